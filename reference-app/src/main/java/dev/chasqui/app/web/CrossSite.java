package dev.chasqui.app.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What pages of other sites may have a browser send. Writes are refused: there is no sign-in yet, so whoever can reach the port may
 * write, and a browser on that machine must not be made to by strangers. OFREP, which changes nothing, is open to the pages of the
 * origins that the node was started with, by the rules of CORS, and without cookies.
 */
final class CrossSite {
  private static final Set<HttpMethod> READS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
  private static final String REMEMBER_SECONDS = "600";

  private final Set<String> ofrepOrigins;

  /** {@code ofrepOrigins} are as browsers send them: scheme, host, and a port that is not the usual one. */
  CrossSite(Set<String> ofrepOrigins) {
    this.ofrepOrigins = Set.copyOf(ofrepOrigins);
  }

  /** Lets pages of known origins read what this route of OFREP answers; a preflight is answered here. */
  void openOfrep(RoutingContext context, String methods) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = context.response();
    response.putHeader(HttpHeaders.VARY, "Origin");
    if (isKnown(request.getHeader(HttpHeaders.ORIGIN))) {
      response.putHeader(
          HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, request.getHeader(HttpHeaders.ORIGIN));
      if (isPreflight(request)) {
        answerPreflight(request, response, methods);
        return;
      }
      response.putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, "ETag");
    }
    context.next();
  }

  private boolean isKnown(@Nullable String origin) {
    return origin != null && ofrepOrigins.contains(origin);
  }

  private static boolean isPreflight(HttpServerRequest request) {
    return request.method().equals(HttpMethod.OPTIONS)
        && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
  }

  private static void answerPreflight(
      HttpServerRequest request, HttpServerResponse response, String methods) {
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods);
    // Any: besides Content-Type and If-None-Match, clients are told by their page what else to
    // send.
    String headers = request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
    if (headers != null) {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
    }
    response.putHeader("Access-Control-Max-Age", REMEMBER_SECONDS);
    response.setStatusCode(204).end();
  }

  /** Refuses writes from pages of other sites, but not what known origins ask OFREP. */
  void refuse(HttpServerRequest request, boolean isOfrep) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (READS.contains(request.method()) || (isOfrep && isKnown(origin))) {
      return;
    }
    String site = request.getHeader("Sec-Fetch-Site");
    boolean foreign = site == null
        ? origin != null && !isOurs(origin, request)
        : !site.equals("same-origin") && !site.equals("none");
    if (foreign) {
      throw HttpProblem.of(
          403,
          "Forbidden",
          isOfrep
              ? "pages of " + origin + " may not ask here: the node was not started with"
                  + " --ofrep-origins for them"
              : "writes from pages of another site are refused");
    }
  }

  private static boolean isOurs(String origin, HttpServerRequest request) {
    try {
      String authority = URI.create(origin).getAuthority();
      return authority != null && authority.equals(request.getHeader("Host"));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
