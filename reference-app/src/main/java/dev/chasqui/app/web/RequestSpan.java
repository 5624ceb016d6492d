package dev.chasqui.app.web;

import dev.chasqui.tracing.Step;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The span of a request, below that of its caller, until it is answered. */
final class RequestSpan {
  private final Step step;
  private final Context context;
  private final String traceId;
  private final String traceParent;
  private final CompletableFuture<Void> answered = new CompletableFuture<>();

  private RequestSpan(Tracing tracing, Step step) {
    this.step = step;
    this.context = Context.current();
    this.traceId = Trace.id();
    Map<String, String> fields = new HashMap<>();
    tracing.inject(fields::put);
    this.traceParent = fields.getOrDefault("traceparent", "");
  }

  static RequestSpan begin(Tracing tracing, HttpServerRequest request) {
    CompletableFuture<RequestSpan> begun = new CompletableFuture<>();
    String method = request.method().name();
    var unused = tracing
        .step(method, tracing.extract(name -> request.headers().getAll(name)))
        .kind(SpanKind.SERVER)
        .set(ReadsUnsampled.METHOD, method)
        .set("url.path", request.path() == null ? "" : request.path())
        .async(step -> {
          RequestSpan span = new RequestSpan(tracing, step);
          begun.complete(span);
          return span.answered;
        });
    return begun.join(); // it is there: a step calls its body at once
  }

  /** Says that it is answered; the first time counts. */
  void end(String method, String route, int status) {
    if (answered.isDone()) {
      return;
    }
    step.rename(method + ' ' + route)
        .set("http.route", route)
        .set("http.response.status_code", status);
    if (status >= 500) {
      step.fail(String.valueOf(status));
    }
    answered.complete(null);
  }

  /** Empty if nothing is traced, as the next. */
  String traceId() {
    return traceId;
  }

  /** As the header of this name says it. */
  String traceParent() {
    return traceParent;
  }

  /** {@code task} as a part of it, on whatever thread it runs. */
  <T> Callable<T> within(Callable<T> task) {
    return context.wrap(task);
  }

  /** Does something as a part of it now. */
  void run(Runnable body) {
    context.wrap(body).run();
  }

  /** Does the same with something that has a result. */
  <T> T get(Supplier<T> body) {
    return context.wrapSupplier(body).get();
  }
}
