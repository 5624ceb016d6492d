package dev.chasqui.app.web;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** A span for each request, that of the caller continued. */
final class Tracing {
  private static final TextMapGetter<HttpServerRequest> HEADERS = new TextMapGetter<>() {
    @Override
    public @Nullable String get(@Nullable HttpServerRequest request, String name) {
      return request == null ? null : request.getHeader(name);
    }
  };

  private final Tracer tracer;

  Tracing(Tracer tracer) {
    this.tracer = tracer;
  }

  Span start(HttpServerRequest request) {
    Context caller =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), request, HEADERS);
    return tracer
        .spanBuilder(request.method().name())
        .setParent(caller)
        .setSpanKind(SpanKind.SERVER)
        .setAttribute("http.request.method", request.method().name())
        .setAttribute("url.path", request.path() == null ? "" : request.path())
        .startSpan();
  }

  static void end(Span span, String route, int status) {
    span.updateName(route);
    span.setAttribute("http.route", route);
    span.setAttribute("http.response.status_code", status);
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }

  /** As the header of this name says it; empty if nothing is traced. */
  static String traceParent(Span span) {
    SpanContext context = span.getSpanContext();
    return context.isValid()
        ? "00-" + context.getTraceId() + '-' + context.getSpanId() + '-'
            + context.getTraceFlags().asHex()
        : "";
  }

  /** {@code task} as part of {@code span}, on whatever thread it runs. */
  static <T> Callable<T> within(Span span, Callable<T> task) {
    return () -> {
      MDC.put("trace_id", span.getSpanContext().getTraceId());
      Scope current = span.makeCurrent();
      try {
        return task.call();
      } finally {
        current.close();
        MDC.remove("trace_id");
      }
    };
  }
}
