package dev.chasqui.app.web;

import dev.chasqui.tracing.Step;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The span of a request, below that of its caller, until it is answered. */
final class RequestSpan {
  /** As the conventions have them; all others come from whoever makes some up. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");

  /** Too much to do, or not all is there yet: nothing that a trace explains, and many at a time. */
  private static final int UNAVAILABLE = 503;

  private final Step step;
  private final String method;
  private final Context context;
  private final String traceId;
  private final String traceParent;
  private final CompletableFuture<Void> answered = new CompletableFuture<>();

  private RequestSpan(Tracing tracing, Step step, String method) {
    this.step = step;
    this.method = method;
    this.context = Context.current();
    this.traceId = Trace.id();
    Map<String, String> fields = new HashMap<>();
    tracing.inject(fields::put);
    this.traceParent = fields.getOrDefault("traceparent", "");
  }

  static RequestSpan begin(Tracing tracing, HttpServerRequest request) {
    CompletableFuture<RequestSpan> begun = new CompletableFuture<>();
    String method = methodOf(request);
    var unused = tracing
        .step(method, tracing.extract(name -> request.headers().getAll(name)))
        .kind(SpanKind.SERVER)
        .set(WritesSampled.METHOD, method)
        .set(WritesSampled.PATH, request.path() == null ? "" : request.path())
        .async(step -> {
          RequestSpan span = new RequestSpan(tracing, step, method);
          begun.complete(span);
          return span.answered;
        });
    return begun.join(); // it is there: a step calls its body at once
  }

  /** The method of a request, or {@code _OTHER}. */
  static String methodOf(HttpServerRequest request) {
    String name = request.method().name();
    return METHODS.contains(name) ? name : "_OTHER";
  }

  /** Says that it is answered; the first time counts. */
  void end(String route, int status) {
    if (answered.isDone()) {
      return;
    }
    named(route).set("http.response.status_code", status);
    if (status >= 500 && status != UNAVAILABLE) {
      step.fail(String.valueOf(status));
    }
    answered.complete(null);
  }

  /** Says that whoever asked did not wait for the answer. */
  void abandon(String route) {
    if (!answered.isDone()) {
      named(route).set("http.request.abandoned", true);
      answered.complete(null);
    }
  }

  private Step named(String route) {
    return step.rename((method.equals("_OTHER") ? "HTTP" : method) + ' ' + route)
        .set("http.route", route);
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
