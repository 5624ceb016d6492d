package dev.chasqui.benchmarks.tracing.task;

import io.opentelemetry.context.Context;

/** OpenTelemetry's context alone. */
public class Floor extends TaskBenchmark {
  @Override
  Runnable kept(Runnable task) {
    return Context.current().wrap(task);
  }
}
