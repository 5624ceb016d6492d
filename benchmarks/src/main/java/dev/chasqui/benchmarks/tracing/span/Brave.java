package dev.chasqui.benchmarks.tracing.span;

import brave.ScopedSpan;
import brave.Tracing;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.CurrentTraceContext;
import brave.propagation.ThreadLocalCurrentTraceContext;
import brave.propagation.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Scope;

/** Brave, with a handler that takes each span and forgets it. */
public class Brave extends SpanBenchmark {
  private Tracing tracing = tracing();

  private static Tracing tracing() {
    return Tracing.newBuilder()
        .currentTraceContext(ThreadLocalCurrentTraceContext.newBuilder().build())
        .addSpanHandler(new SpanHandler() {
          @Override
          public boolean end(TraceContext context, MutableSpan span, Cause cause) {
            return true;
          }
        })
        .build();
  }

  @Override
  void setUp(OpenTelemetry telemetry) {
    tracing.close();
    tracing = tracing();
    tracing.setNoop(traced == Traced.OFF);
  }

  @Override
  Scope unsampled() {
    TraceContext context =
        TraceContext.newBuilder().traceId(1).spanId(2).sampled(false).build();
    CurrentTraceContext.Scope scope = tracing.currentTraceContext().newScope(context);
    return scope::close;
  }

  @Override
  Object make() {
    ScopedSpan span = tracing.tracer().startScopedSpan("op");
    try {
      return span.tag("app.tenant", tenant)
          .tag("app.count", Long.toString(count))
          .tag("app.route", route);
    } catch (RuntimeException e) {
      span.error(e);
      throw e;
    } finally {
      span.finish();
    }
  }
}
