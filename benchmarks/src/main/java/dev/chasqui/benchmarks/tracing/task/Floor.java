package dev.chasqui.benchmarks.tracing.task;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;

/** OpenTelemetry's context alone. */
public class Floor extends TaskBenchmark {
  @Override
  @SuppressWarnings("MustBeClosedChecker") // closed at the end
  Scope current() {
    return Context.root().with(Span.getInvalid()).makeCurrent();
  }

  @Override
  Runnable kept(Runnable task) {
    return Context.current().wrap(task);
  }
}
