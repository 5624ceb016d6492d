package dev.chasqui.benchmarks.tracing.task;

import brave.propagation.CurrentTraceContext;
import brave.propagation.ThreadLocalCurrentTraceContext;
import brave.propagation.TraceContext;
import io.opentelemetry.context.Scope;

/** Brave's context. */
public class Brave extends TaskBenchmark {
  private final CurrentTraceContext context =
      ThreadLocalCurrentTraceContext.newBuilder().build();

  @Override
  Scope current() {
    CurrentTraceContext.Scope scope =
        context.newScope(TraceContext.newBuilder().traceId(1).spanId(2).build());
    return scope::close;
  }

  @Override
  Runnable kept(Runnable task) {
    return context.wrap(task);
  }
}
