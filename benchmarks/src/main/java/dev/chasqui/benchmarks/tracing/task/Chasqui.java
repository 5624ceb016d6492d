package dev.chasqui.benchmarks.tracing.task;

import dev.chasqui.tracing.Trace;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;

/** Ours. */
public class Chasqui extends TaskBenchmark {
  @Override
  @SuppressWarnings("MustBeClosedChecker") // closed at the end
  Scope current() {
    return Context.root().with(Span.getInvalid()).makeCurrent();
  }

  @Override
  Runnable kept(Runnable task) {
    return Trace.keep(task);
  }
}
