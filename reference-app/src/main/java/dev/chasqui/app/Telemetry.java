package dev.chasqui.app;

import dev.chasqui.app.store.RefusedException;
import dev.chasqui.app.web.WritesSampled;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.TracingConfig;
import dev.chasqui.tracing.sdk.CardinalityGuard;
import dev.chasqui.tracing.sdk.ForcingSampler;
import dev.chasqui.tracing.sdk.LateKeep;
import dev.chasqui.tracing.sdk.SpanBudget;
import dev.chasqui.tracing.sdk.TraceStore;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The traces of a node: the last ones in its memory, and all of them wherever the environment variables of OpenTelemetry
 * say, such as {@code OTEL_EXPORTER_OTLP_ENDPOINT}. Without those nothing leaves the node.
 */
final class Telemetry implements AutoCloseable {
  private static final int SPANS_IN_MEMORY = 20_000; // some 20 MB
  private static final int SPANS_OF_A_TRACE = 2_000;
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final int MOST_ASIDE = 10_000;
  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");

  private final TraceStore store = new TraceStore(SPANS_IN_MEMORY, SPANS_OF_A_TRACE);
  private final OpenTelemetrySdk sdk;
  private final Tracing tracing;

  /**
   * Begins.
   *
   * @param node what the node is called
   * @param otherwise what holds where the environment says nothing, by the names of OpenTelemetry's system properties
   * @throws RuntimeException if a variable makes no sense, which it names
   */
  Telemetry(String node, Map<String, String> otherwise) {
    Map<String, String> defaults = new HashMap<>(Map.of(
        "otel.service.name", "chasqui",
        // Makes up an id, and complains of any other.
        "otel.java.disabled.resource.providers",
            "io.opentelemetry.sdk.autoconfigure.ServiceInstanceIdResourceProvider",
        "otel.metrics.exporter", "none", // Prometheus asks for those
        "otel.logs.exporter", "none"));
    defaults.putAll(otherwise);
    Pipeline pipeline = new Pipeline(store);
    sdk = AutoConfiguredOpenTelemetrySdk.builder()
        .disableShutdownHook() // the node closes it, in its order
        .addPropertiesSupplier(() -> defaults)
        .addPropertiesCustomizer(Telemetry::whetherToExport)
        .addResourceCustomizer((resource, config) -> resource.getAttribute(INSTANCE) == null
            ? resource.toBuilder().put(INSTANCE, node).build()
            : resource)
        .addSamplerCustomizer((sampler, config) -> pipeline.samples(sampler))
        .addSpanProcessorCustomizer((processor, config) -> pipeline.exports(processor))
        .addTracerProviderCustomizer((provider, config) -> pipeline.addTo(provider))
        .build()
        .getOpenTelemetrySdk();
    tracing = Tracing.builder("dev.chasqui.app")
        .openTelemetry(sdk)
        .config(TracingConfig.DEFAULT.withOutcomes(Set.of(RefusedException.class)))
        .build();
  }

  /** Not where nobody listens, which is what OpenTelemetry would do. */
  private static Map<String, String> whetherToExport(ConfigProperties config) {
    boolean isSaid = config.getString("otel.traces.exporter") != null;
    boolean hasEndpoint = config.getString("otel.exporter.otlp.endpoint") != null
        || config.getString("otel.exporter.otlp.traces.endpoint") != null;
    return isSaid ? Map.of() : Map.of("otel.traces.exporter", hasEndpoint ? "otlp" : "none");
  }

  /** What is put together while OpenTelemetry reads the variables: sampler, exporters, the provider at last. */
  private static final class Pipeline {
    private final List<SpanProcessor> ends = new ArrayList<>();
    private Sampler sampler = Sampler.parentBased(Sampler.alwaysOn());

    private Pipeline(TraceStore store) {
      ends.add(store);
    }

    private Sampler samples(Sampler configured) {
      sampler = configured;
      return configured;
    }

    private SpanProcessor exports(SpanProcessor configured) {
      ends.add(configured);
      return SpanProcessor.composite(); // it gets what the others leave
    }

    private SdkTracerProviderBuilder addTo(SdkTracerProviderBuilder provider) {
      LateKeep keep = new LateKeep(
          SpanProcessor.composite(ends), new LateKeep.Limits(SLOW, MOST_ASIDE, SPANS_OF_A_TRACE));
      SpanBudget budget = new SpanBudget(keep);
      return provider
          .setSampler(budget.sampler(
              keep.sampler(new ForcingSampler(new WritesSampled(sampler, System::nanoTime)))))
          .addSpanProcessor(new CardinalityGuard())
          .addSpanProcessor(budget);
    }
  }

  TraceStore store() {
    return store;
  }

  Tracing tracing() {
    return tracing;
  }

  /** Exports what waits, for three seconds at most: others have to stop too. */
  @Override
  public void close() {
    var unused = sdk.shutdown().join(3, TimeUnit.SECONDS);
  }
}
