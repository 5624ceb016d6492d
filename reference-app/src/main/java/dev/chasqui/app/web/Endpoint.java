package dev.chasqui.app.web;

import io.vertx.core.http.HttpMethod;
import java.io.InputStream;
import java.util.List;
import java.util.Set;

/**
 * One thing that can be asked for.
 *
 * @param path with the router's {@code :name} for a variable part
 * @param parameters that the query may have; another is refused, or ignored by OFREP
 * @param consumes media types that the body may have; empty if a body means nothing
 * @param largestBody bytes that the body may have
 * @param isOfrep whether it is of OFREP: pages of other origins may be let ask, failures are told in its protocol's JSON
 */
record Endpoint(
    HttpMethod method,
    String path,
    Set<String> parameters,
    List<String> consumes,
    Action action,
    long largestBody,
    boolean isOfrep) {
  /** What is not said to be larger. */
  static final long LARGEST_BODY = 1 << 20;

  static final List<String> FORM = List.of("application/x-www-form-urlencoded");

  /** How it is answered. */
  sealed interface Action {}

  /** Blocks as it likes, on a worker thread, once the body (if any) is there. */
  @FunctionalInterface
  non-sealed interface Answer extends Action {
    Reply to(Ask ask) throws Exception;
  }

  /** As {@link Answer}, and reads the body while it arrives; two at a time, so that only these are in memory. */
  @FunctionalInterface
  non-sealed interface Intake extends Action {
    Reply to(Ask ask, InputStream body) throws Exception;
  }

  /** Writes to the response itself, on the event loop, and must not block. */
  @FunctionalInterface
  non-sealed interface Stream extends Action {
    void open(Ask ask, io.vertx.core.http.HttpServerResponse response);
  }

  /** A stream for who asks for server-sent events, else an answer. */
  record Either(Answer answer, Stream stream) implements Action {}

  Endpoint(
      HttpMethod method,
      String path,
      Set<String> parameters,
      List<String> consumes,
      Action action) {
    this(method, path, parameters, consumes, action, LARGEST_BODY, false);
  }

  Endpoint ofOfrep() {
    return new Endpoint(method, path, parameters, consumes, action, largestBody, true);
  }

  Endpoint upTo(long bytes) {
    return new Endpoint(method, path, parameters, consumes, action, bytes, isOfrep);
  }

  static Endpoint get(String path, Set<String> parameters, Answer answer) {
    return new Endpoint(HttpMethod.GET, path, parameters, List.of(), answer);
  }

  static Endpoint get(String path, Answer answer) {
    return get(path, Set.of(), answer);
  }

  static Endpoint json(HttpMethod method, String path, Answer answer) {
    return new Endpoint(method, path, Set.of(), List.of(Reply.JSON), answer);
  }

  static Endpoint form(String path, Answer answer) {
    return new Endpoint(HttpMethod.POST, path, Set.of(), FORM, answer);
  }
}
