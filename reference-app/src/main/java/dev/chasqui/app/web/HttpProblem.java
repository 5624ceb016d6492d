package dev.chasqui.app.web;

import dev.chasqui.app.store.Problem;
import java.util.List;
import java.util.Map;

/** A request that is answered with an error: what {@code application/problem+json} says. */
final class HttpProblem extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String title;
  private final transient List<Problem> errors;
  private final transient Map<String, String> headers;

  private HttpProblem(
      int status, String title, String detail, List<Problem> errors, Map<String, String> headers) {
    super(detail, null, false, false); // an answer, not a fault: nobody reads its stack
    this.status = status;
    this.title = title;
    this.errors = List.copyOf(errors);
    this.headers = Map.copyOf(headers);
  }

  static HttpProblem of(int status, String title, String detail) {
    return new HttpProblem(status, title, detail, List.of(), Map.of());
  }

  /** One thing wrong with the request, at {@code field}. */
  static HttpProblem badRequest(String field, String rule, String message) {
    return new HttpProblem(
        400, "Bad request", message, List.of(new Problem(field, rule, message)), Map.of());
  }

  static HttpProblem notFound(String field, String message) {
    return new HttpProblem(
        404, "Not found", message, List.of(new Problem(field, "not-found", message)), Map.of());
  }

  /** Well-formed, but it breaks rules. */
  static HttpProblem refused(List<Problem> problems) {
    String detail = problems.size() == 1
        ? problems.get(0).message()
        : problems.size() + " things are wrong; nothing was changed";
    return new HttpProblem(422, "Refused", detail, problems, Map.of());
  }

  HttpProblem withHeader(String name, String value) {
    return new HttpProblem(status, title, detail(), errors, Map.of(name, value));
  }

  int status() {
    return status;
  }

  String title() {
    return title;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  List<Problem> errors() {
    return errors;
  }

  Map<String, String> headers() {
    return headers;
  }
}
