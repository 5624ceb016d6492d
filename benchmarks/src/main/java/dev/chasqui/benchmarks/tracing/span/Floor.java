package dev.chasqui.benchmarks.tracing.span;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;

/** OpenTelemetry's API alone, as its documentation has it. */
public class Floor extends SpanBenchmark {
  private Tracer tracer = OpenTelemetry.noop().getTracer("bench");

  @Override
  void setUp(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("bench");
  }

  @Override
  Object make() {
    Span span = tracer.spanBuilder("op").startSpan();
    Scope scope = span.makeCurrent();
    try {
      span.setAttribute(TENANT, tenant);
      span.setAttribute(COUNT, count);
      span.setAttribute(ROUTE, route);
      return span;
    } catch (RuntimeException e) {
      span.recordException(e);
      span.setStatus(StatusCode.ERROR);
      throw e;
    } finally {
      scope.close();
      span.end();
    }
  }
}
