package dev.chasqui.benchmarks.tracing.span;

import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.TracingConfig;
import io.opentelemetry.api.OpenTelemetry;

/** Ours, skipping what is not sampled. */
public class Chasqui extends SpanBenchmark {
  private Tracing tracing = Tracing.of("bench", OpenTelemetry.noop());

  @Override
  void setUp(OpenTelemetry telemetry) {
    tracing = Tracing.builder("bench").openTelemetry(telemetry).config(config()).build();
  }

  TracingConfig config() {
    return TracingConfig.DEFAULT.withSkipsUnsampled(true);
  }

  @Override
  Object make() {
    return tracing
        .step("op")
        .call(step -> step.set(TENANT, tenant).set(COUNT, count).set(ROUTE, route));
  }
}
