package dev.chasqui.benchmarks.tracing.span;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelBaggageManager;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;

/** Observations of Micrometer, with its bridge to OpenTelemetry. */
public class Micrometer extends SpanBenchmark {
  private ObservationRegistry registry = ObservationRegistry.NOOP;

  @Override
  void setUp(OpenTelemetry telemetry) {
    if (traced == Traced.OFF) {
      return;
    }
    OtelCurrentTraceContext context = new OtelCurrentTraceContext();
    registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(new DefaultTracingObservationHandler(new OtelTracer(
            telemetry.getTracer("bench"),
            context,
            event -> {},
            new OtelBaggageManager(context, List.of(), List.of()))));
  }

  @Override
  Object make() {
    return Observation.createNotStarted("op", registry)
        .lowCardinalityKeyValue("app.tenant", tenant)
        .lowCardinalityKeyValue("app.count", Long.toString(count))
        .highCardinalityKeyValue("app.route", route)
        .observe(() -> tenant);
  }
}
