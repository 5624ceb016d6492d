package dev.chasqui.benchmarks.tracing.token;

import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.OpenTelemetry;

/** Ours: a text. It is read as part of preparing a step, for which nobody makes a span here. */
public class Chasqui extends TokenBenchmark {
  private final Tracing tracing = Tracing.of("bench", OpenTelemetry.noop());

  @Override
  Object write() {
    return tracing.token();
  }

  @Override
  Object read(Object written) {
    return tracing.resume("op", (String) written);
  }
}
