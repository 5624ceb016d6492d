package dev.chasqui.featureflags.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.featureflags.FixedSource;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagProvider;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TracingHookTest {
  private static final String FLAGS = """
      {"metadata": {"flagSetId": "shop", "version": "41"},
       "flags": {
         "checkout": {"state": "ENABLED", "variants": {"new": true, "old": false}, "defaultVariant": "old",
           "targeting": {"if": [{"ends_with": [{"var": "email"}, "@corp.example"]}, "new"]}},
         "off": {"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"},
         "limit": {"state": "ENABLED", "variants": {"low": 5}, "defaultVariant": "low", "metadata": {"version": "7"}}}}""";

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider = provider(Sampler.alwaysOn());
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private final Client client = api.getClient();

  private SdkTracerProvider provider(Sampler sampler) {
    return SdkTracerProvider.builder()
        .setSampler(sampler)
        .addSpanProcessor(SimpleSpanProcessor.create(spans))
        .build();
  }

  @BeforeEach
  void start() {
    api.setProviderAndWait(FlagProvider.builder().source(FixedSource.of(FLAGS)).build());
  }

  @AfterEach
  void stop() {
    api.shutdown();
    provider.close();
  }

  private static void within(Tracer tracer, Runnable body) {
    Span span = tracer.spanBuilder("request").startSpan();
    Context.current().with(span).wrap(body).run();
    span.end();
  }

  private SpanData spanOf(Runnable body) {
    spans.reset();
    within(provider.get("test"), body);
    assertThat(spans.getFinishedSpanItems()).hasSize(1);
    return spans.getFinishedSpanItems().get(0);
  }

  private static Map<String, Object> attributes(EventData event) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    event.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), value));
    return attributes;
  }

  private Map<String, Object> eventOf(Runnable body) {
    SpanData span = spanOf(body);
    assertThat(span.getEvents()).hasSize(1);
    assertThat(span.getEvents().get(0).getName()).isEqualTo("feature_flag.evaluation");
    return attributes(span.getEvents().get(0));
  }

  @Test
  void evaluation_withinASpan_isAnEventByTheConventions() {
    client.addHooks(new TracingHook());
    FlagContext ann = FlagContext.of("ann").with("email", "ann@corp.example");
    assertThat(eventOf(() -> client.getBooleanValue("checkout", false, ann)))
        .containsExactlyInAnyOrderEntriesOf(Map.of(
            "feature_flag.key", "checkout",
            "feature_flag.provider.name", "chasqui",
            "feature_flag.result.reason", "targeting_match",
            "feature_flag.result.variant", "new",
            "feature_flag.set.id", "shop",
            "feature_flag.version", "41"));
    assertThat(eventOf(() -> client.getIntegerValue("limit", 1, ann)))
        .containsEntry("feature_flag.result.variant", "low")
        .containsEntry("feature_flag.result.reason", "static")
        .containsEntry("feature_flag.version", "7");
  }

  @Test
  void evaluation_withoutAVariant_hasTheValue() {
    client.addHooks(new TracingHook());
    assertThat(eventOf(() -> client.getBooleanValue("off", true)))
        .containsEntry("feature_flag.result.reason", "disabled")
        .containsEntry("feature_flag.result.value", true)
        .doesNotContainKey("feature_flag.result.variant");
    assertThat(eventOf(() -> client.getLongValue("none", 7L)))
        .containsEntry("feature_flag.result.value", 7L);
    assertThat(eventOf(() -> client.getDoubleValue("none", 0.5)))
        .containsEntry("feature_flag.result.value", 0.5);
    assertThat(eventOf(() -> client.getStringValue("none", "text")))
        .containsEntry("feature_flag.result.value", "text");
    assertThat(eventOf(() -> client.getObjectValue("none", new Value("secret"))))
        .doesNotContainKey("feature_flag.result.value");
  }

  @Test
  void evaluation_inError_saysWhichAndWhy() {
    client.addHooks(new TracingHook());
    assertThat(eventOf(() -> client.getBooleanValue("nowhere", true)))
        .containsEntry("feature_flag.result.reason", "error")
        .containsEntry("error.type", "flag_not_found")
        .containsEntry("feature_flag.error.message", "there is no flag nowhere");
    assertThat(eventOf(() -> client.getStringValue("checkout", "")))
        .containsEntry("error.type", "type_mismatch");
  }

  @Test
  void contextId_isNamedOnlyIfAskedFor() {
    FlagContext ann = FlagContext.of("ann");
    client.addHooks(new TracingHook());
    assertThat(eventOf(() -> client.getBooleanValue("checkout", false, ann)).toString())
        .doesNotContain("ann");
    client.addHooks(new TracingHook(TracingHookConfig.DEFAULT.withContextId(true)));
    SpanData span = spanOf(() -> client.getBooleanValue("checkout", false, ann));
    assertThat(span.getEvents())
        .hasSize(2)
        .anySatisfy(
            event -> assertThat(attributes(event)).containsEntry("feature_flag.context.id", "ann"));
  }

  @Test
  void evaluations_beyondTheBound_areCounted_ofEachSpan() {
    client.addHooks(new TracingHook(TracingHookConfig.DEFAULT.withMaximumEvents(3)));
    AttributeKey<Long> unrecorded = AttributeKey.longKey("chasqui.feature_flag.unrecorded");
    for (int evaluations : new int[] {3, 4, 10}) {
      SpanData span = spanOf(() -> {
        for (int i = 0; i < evaluations; i++) {
          client.getBooleanValue("checkout", false);
        }
      });
      assertThat(span.getEvents()).hasSize(3);
      assertThat(span.getAttributes().get(unrecorded))
          .isEqualTo(evaluations == 3 ? null : Long.valueOf(evaluations - 3));
    }
  }

  @Test
  void evaluation_whereNoSpanRecords_doesNothing() {
    client.addHooks(new TracingHook());
    assertThat(client.getBooleanValue("checkout", true)).isFalse();
    try (SdkTracerProvider unsampled = provider(Sampler.alwaysOff())) {
      within(
          unsampled.get("test"),
          () -> assertThat(client.getBooleanValue("checkout", true)).isFalse());
    }
    assertThat(spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void bound_belowOne_isRefused() {
    assertThatThrownBy(() -> TracingHookConfig.DEFAULT.withMaximumEvents(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maximumEvents must be at least 1, was 0");
  }
}
