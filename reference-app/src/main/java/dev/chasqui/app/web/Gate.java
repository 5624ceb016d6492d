package dev.chasqui.app.web;

import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Lets requests in to the endpoints: tracing, what every answer carries, what is refused before
 * anybody looks closer, which thread answers, and how failures are told.
 */
final class Gate {
  private static final int INTAKES = 2;
  private static final int MOST_INTAKES_WAITING = 8;
  private static final Duration LONGEST_INTAKE = Duration.ofMinutes(10);
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final String SPAN = "span";
  private static final String ENDPOINT = "endpoint";
  private static final String OFREP = "ofrep";
  /** Scripts and styles only from files of ours; nothing from elsewhere. */
  private static final String CONTENT_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
          + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  /** Swagger UI and the picture of a trace have style attributes. */
  private static final String STYLED_CONTENT_POLICY =
      CONTENT_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

  private final Vertx vertx;
  private final Tracing tracing;
  private final MeterRegistry meters;
  private final ErrorPages errorPages;
  private final Workers workers;
  private final CrossSite crossSite;

  /** How a failure looks to somebody with a browser. */
  interface ErrorPages {
    Reply page(HttpProblem problem, String traceId);
  }

  Gate(
      Vertx vertx,
      Tracing tracing,
      MeterRegistry meters,
      ErrorPages errorPages,
      Workers workers,
      CrossSite crossSite) {
    this.vertx = vertx;
    this.tracing = tracing;
    this.meters = meters;
    this.errorPages = errorPages;
    this.workers = workers;
    this.crossSite = crossSite;
  }

  Router router(List<Endpoint> endpoints) {
    Router router = Router.router(vertx);
    router.route().handler(this::begin).failureHandler(this::fail);
    Map<String, Set<HttpMethod>> methods = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints) {
      methods
          .computeIfAbsent(
              endpoint.path(),
              path -> new TreeSet<>(java.util.Comparator.comparing(HttpMethod::name)))
          .addAll(methodsOf(endpoint));
    }
    for (Endpoint endpoint : endpoints) {
      if (endpoint.isOfrep()) {
        String allowed = names(Objects.requireNonNull(methods.get(endpoint.path())));
        router.route(endpoint.path()).handler(context -> {
          context.put(OFREP, new OfrepFailure(context.pathParam("key")));
          crossSite.openOfrep(context, allowed);
        });
      }
      add(router, endpoint);
    }
    methods.forEach((path, allowed) -> router.route(path).handler(context -> {
      throw HttpProblem.of(
              405,
              "Method not allowed",
              context.request().method() + " is not possible here, only " + names(allowed))
          .withHeader("Allow", names(allowed));
    }));
    router.route().handler(context -> context.fail(404));
    return router;
  }

  private static String names(Set<HttpMethod> methods) {
    return methods.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
  }

  private static List<HttpMethod> methodsOf(Endpoint endpoint) {
    return endpoint.method().equals(HttpMethod.GET)
        ? List.of(HttpMethod.GET, HttpMethod.HEAD)
        : List.of(endpoint.method());
  }

  private void add(Router router, Endpoint endpoint) {
    route(router, endpoint).handler(context -> {
      context.put(ENDPOINT, endpoint);
      crossSite.refuse(context.request(), endpoint.isOfrep());
      checkQuery(context, endpoint);
      checkContentType(context, endpoint);
      context.next();
    });
    Route route = route(router, endpoint); // another: a body handler must stand first on its route
    if (!endpoint.consumes().isEmpty() && !(endpoint.action() instanceof Endpoint.Intake)) {
      route.handler(BodyHandler.create(false).setBodyLimit(endpoint.largestBody()));
    }
    // Threads of its own: long ones of one kind hold up no others.
    Workers on = endpoint.action() instanceof Endpoint.Intake
        ? new Workers(
            vertx,
            "chasqui-intake" + endpoint.path(),
            INTAKES,
            MOST_INTAKES_WAITING,
            LONGEST_INTAKE)
        : workers;
    route.handler(context -> answer(context, endpoint, on));
  }

  private static Route route(Router router, Endpoint endpoint) {
    Route route = router.route(endpoint.path()).setName(endpoint.path());
    methodsOf(endpoint).forEach(route::method);
    return route;
  }

  private static void checkQuery(RoutingContext context, Endpoint endpoint) {
    Set<String> names;
    try {
      names = context.queryParams().names();
    } catch (RuntimeException e) {
      throw HttpProblem.badRequest("query", "malformed", "the query is not well encoded");
    }
    if (endpoint.isOfrep()) {
      return; // clients of newer versions may send what this one does not know
    }
    for (String name : names) {
      if (!endpoint.parameters().contains(name)) {
        throw HttpProblem.badRequest(
            name,
            "unknown-parameter",
            "there is no query parameter \"" + name + "\" here"
                + (endpoint.parameters().isEmpty()
                    ? ""
                    : ", only " + new TreeSet<>(endpoint.parameters())));
      }
    }
  }

  private static void checkContentType(RoutingContext context, Endpoint endpoint) {
    if (endpoint.consumes().isEmpty()) {
      return;
    }
    String type = Ask.mediaType(context.request().getHeader(HttpHeaders.CONTENT_TYPE));
    boolean mayBeLeftOut = endpoint.isOfrep(); // its protocol does not ask for it
    if (!endpoint.consumes().contains(type) && !(mayBeLeftOut && type.isEmpty())) {
      throw HttpProblem.of(
              415,
              "Unsupported media type",
              "Content-Type must be one of " + endpoint.consumes() + ", was \"" + type + '"')
          .withHeader("Accept", String.join(", ", endpoint.consumes()));
    }
  }

  private void begin(RoutingContext context) {
    long started = System.nanoTime();
    RequestSpan span = RequestSpan.begin(tracing, context.request());
    context.put(SPAN, span);
    HttpServerResponse response = context.response();
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.putHeader("Referrer-Policy", "same-origin");
    response.putHeader(
        "Content-Security-Policy",
        hasStyles(context.request().path()) ? STYLED_CONTENT_POLICY : CONTENT_POLICY);
    if (!span.traceParent().isEmpty()) {
      response.putHeader("traceresponse", span.traceParent());
    }
    context.addEndHandler(done -> end(
        context,
        span,
        Duration.ofNanos(System.nanoTime() - started),
        done.succeeded() || response.headWritten()));
    context.next();
  }

  private void end(RoutingContext context, RequestSpan span, Duration took, boolean isAnswered) {
    String name = routeOf(context);
    int status = context.response().getStatusCode();
    String method = RequestSpan.methodOf(context.request());
    Timer timer = Timer.builder("chasqui.admin.requests")
        .description("Requests to REST and back office")
        .tags("method", method, "route", name, "status", isAnswered ? "" + status : "none")
        .register(meters);
    timer.record(took);
    if (isAnswered) {
      span.end(name, status);
    } else {
      span.abandon(name);
    }
    boolean lives = "text/event-stream".equals(context.response().headers().get("Content-Type"));
    boolean isSlow = took.compareTo(SLOW) > 0 && !lives && !"/api/v1/imports".equals(name);
    span.run(() -> LOG.atLevel(isSlow ? Level.WARN : Level.DEBUG)
        .log(
            "{}{} {} {} took {} ms",
            isSlow ? "Slow: " : "",
            method,
            context.request().path(),
            isAnswered ? status : "unanswered",
            took.toMillis()));
  }

  private static boolean hasStyles(@Nullable String path) {
    return path != null && (path.equals("/api") || path.startsWith("/traces/"));
  }

  private static String routeOf(RoutingContext context) {
    Endpoint endpoint = context.get(ENDPOINT);
    return endpoint == null ? "(none)" : endpoint.path();
  }

  private void answer(RoutingContext context, Endpoint endpoint, Workers on) {
    RequestSpan span = Objects.requireNonNull(context.<RequestSpan>get(SPAN));
    Ask ask = new Ask(context);
    Endpoint.Action action = endpoint.action();
    if (action instanceof Endpoint.Either either) {
      action = wantsEvents(context) ? either.stream() : either.answer();
    }
    if (action instanceof Endpoint.Stream stream) {
      stream.open(ask, context.response());
      // What comes on it are stories of their own, and it may be open for hours.
      span.end(routeOf(context), context.response().getStatusCode());
      return;
    }
    Future<Reply> reply;
    if (action instanceof Endpoint.Intake intake) {
      InputStream body = body(context, endpoint.largestBody());
      reply = on.run(span.within(() -> intake.to(ask, body)));
    } else {
      Endpoint.Answer answer = (Endpoint.Answer) action;
      reply = on.run(span.within(() -> answer.to(ask)));
    }
    reply.onSuccess(ready -> write(context, ready)).onFailure(context::fail);
  }

  private static boolean wantsEvents(RoutingContext context) {
    String accept = context.request().getHeader(HttpHeaders.ACCEPT);
    return accept != null && accept.contains("text/event-stream");
  }

  private InputStream body(RoutingContext context, long most) {
    String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null && Long.parseLong(length) > most) {
      throw BodyStream.tooLarge(most);
    }
    return new BodyStream(context.request(), vertx.getOrCreateContext(), most, PATIENCE);
  }

  private void fail(RoutingContext context) {
    Throwable failure = context.failure();
    RequestSpan span = Objects.requireNonNull(context.<RequestSpan>get(SPAN));
    HttpProblem problem = span.get(
        () -> // which logs
        failure == null || context.statusCode() == 413 || context.statusCode() == 400
                ? refusal(context)
                : Failures.problem(failure));
    if (context.response().headWritten() || context.response().closed()) {
      if (context.response().headWritten()) {
        span.end(routeOf(context), 500); // whatever was begun
      }
      context.response().reset();
      return;
    }
    // What is left of the body is not read: no more after this. HTTP/2 has no such header.
    if (!context.request().isEnded() && context.request().version() != HttpVersion.HTTP_2) {
      context.response().putHeader("Connection", "close");
    }
    OfrepFailure ofrep = context.get(OFREP);
    if (ofrep != null) {
      write(context, ofrep.reply(problem));
    } else if (wantsPage(context)) {
      write(context, errorPages.page(problem, span.traceId()));
    } else {
      write(context, Failures.reply(problem));
    }
  }

  /** What the router itself refuses. */
  private static HttpProblem refusal(RoutingContext context) {
    return switch (context.statusCode()) {
      case 400 -> HttpProblem.of(400, "Bad request", "the request is malformed");
      case 404 -> HttpProblem.of(404, "Not found", "there is nothing at this address");
      case 413 ->
        BodyStream.tooLarge(
            Objects.requireNonNull(context.<Endpoint>get(ENDPOINT)).largestBody());
      default ->
        HttpProblem.of(
            context.statusCode(),
            "Refused",
            "the request was refused with " + context.statusCode());
    };
  }

  private static boolean wantsPage(RoutingContext context) {
    String path = String.valueOf(context.request().path());
    String accept = context.request().getHeader(HttpHeaders.ACCEPT);
    return !path.startsWith("/api/")
        && context.request().getHeader("HX-Request") == null
        && accept != null
        && accept.contains("text/html");
  }

  private static void write(RoutingContext context, Reply reply) {
    HttpServerResponse response = context.response();
    if (response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(reply.status());
    reply.headers().forEach(response::putHeader);
    if (reply.status() != 304) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, reply.contentType());
    }
    if (context.request().method().equals(HttpMethod.HEAD)) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(reply.body().length));
      response.end();
    } else {
      response.end(io.vertx.core.buffer.Buffer.buffer(reply.body()));
    }
  }
}
