package dev.chasqui.benchmarks.tracing.token;

import dev.chasqui.benchmarks.Measured;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Writes the current trace into something of text, and reads it from there. */
public abstract class TokenBenchmark extends Measured {
  private Scope current = Scope.noop();
  private Object written = "";

  @Setup
  @SuppressWarnings("MustBeClosedChecker") // closed at the end
  public final void start() {
    SpanContext span = SpanContext.create(
        "12345678901234567890123456789012",
        "1234567890123456",
        TraceFlags.getSampled(),
        TraceState.getDefault());
    current = Context.root().with(Span.wrap(span)).makeCurrent();
    written = write();
  }

  @TearDown
  public final void stop() {
    current.close();
  }

  @Benchmark
  public final Object writeIt() {
    return write();
  }

  @Benchmark
  public final Object readIt() {
    return read(written);
  }

  abstract Object write();

  abstract Object read(Object written);
}
