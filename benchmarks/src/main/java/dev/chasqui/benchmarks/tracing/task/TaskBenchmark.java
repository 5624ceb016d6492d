package dev.chasqui.benchmarks.tracing.task;

import dev.chasqui.benchmarks.Measured;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Wraps a task so that it keeps what is current, and runs it, on the same thread. */
public abstract class TaskBenchmark extends Measured {
  private Scope current = Scope.noop();
  int done;
  final Runnable task = () -> done++;

  /** Makes a span current, in OpenTelemetry's context. */
  @SuppressWarnings("MustBeClosedChecker") // closed at the end
  Scope current() {
    return Context.root().with(Span.getInvalid()).makeCurrent();
  }

  abstract Runnable kept(Runnable task);

  @Setup
  public final void start() {
    current = current();
  }

  @TearDown
  public final void stop() {
    current.close();
  }

  @Benchmark
  public int keepAndRun() {
    kept(task).run();
    return done;
  }
}
