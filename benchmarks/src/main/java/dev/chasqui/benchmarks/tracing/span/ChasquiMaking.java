package dev.chasqui.benchmarks.tracing.span;

import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.OpenTelemetry;

/** Ours as it comes, making spans of what is not sampled too. */
public class ChasquiMaking extends SpanBenchmark {
  private Tracing tracing = Tracing.of("bench", OpenTelemetry.noop());

  @Override
  void setUp(OpenTelemetry telemetry) {
    tracing = Tracing.of("bench", telemetry);
  }

  @Override
  Object make() {
    return tracing
        .step("op")
        .call(step -> step.set(TENANT, tenant).set(COUNT, count).set(ROUTE, route));
  }
}
