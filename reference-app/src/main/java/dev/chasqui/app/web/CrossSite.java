package dev.chasqui.app.web;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.Set;

/**
 * Refuses writes that a page of another site makes a browser send. There is no sign-in yet, so
 * whoever can reach the port may write: a browser on that machine must not be made to by strangers.
 */
final class CrossSite {
  private static final Set<HttpMethod> READS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private CrossSite() {}

  static void refuse(HttpServerRequest request) {
    if (READS.contains(request.method())) {
      return;
    }
    String site = request.getHeader("Sec-Fetch-Site");
    String origin = request.getHeader("Origin");
    boolean foreign = site == null
        ? origin != null && !isOurs(origin, request)
        : !site.equals("same-origin") && !site.equals("none");
    if (foreign) {
      throw HttpProblem.of(403, "Forbidden", "writes from pages of another site are refused");
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
