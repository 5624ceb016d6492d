package dev.chasqui.app.web;

import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import io.vertx.core.http.HttpClosedException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jdbi.v3.core.ConnectionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Says what went wrong: what each failure means in HTTP, and its {@code application/problem+json}. */
final class Failures {
  static final String PROBLEM_JSON = "application/problem+json";
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private static final int MOST_ERRORS = 100;

  private Failures() {}

  static HttpProblem problem(Throwable failure) {
    if (failure instanceof HttpProblem problem) {
      return problem;
    }
    if (failure instanceof RefusedException refused) {
      return HttpProblem.refused(refused.problems());
    }
    if (failure instanceof Flags.UnknownException unknown) {
      return HttpProblem.notFound(unknown.field(), String.valueOf(unknown.getMessage()));
    }
    if (failure instanceof Flags.ConflictException conflict) {
      return HttpProblem.of(409, "Conflict", String.valueOf(conflict.getMessage()));
    }
    if (isOutage(failure)) {
      LOG.warn("The database does not answer: {}", failure.getMessage());
      return HttpProblem.of(
              503, "Unavailable", "the database does not answer; try again in some seconds")
          .withHeader("Retry-After", "5");
    }
    if (isHangUp(failure)) {
      LOG.info("A request broke off: {}", failure.getMessage());
      return HttpProblem.badRequest("body", "broken-off", "the request did not come to its end");
    }
    LOG.error("A request failed", failure);
    return HttpProblem.of(
        500, "Internal error", "this is our fault; the log says more under this trace");
  }

  private static boolean isOutage(Throwable failure) {
    return failure instanceof TimeoutException
        || hasCause(
            failure,
            cause -> cause instanceof ConnectionException
                || (cause instanceof SQLException sql && isOutage(sql)));
  }

  private static boolean isOutage(SQLException sql) {
    String state = sql.getSQLState() == null ? "" : sql.getSQLState();
    return sql instanceof SQLTransientException
        || state.startsWith("08")
        || state.startsWith("57P");
  }

  /** Whether the other side is gone, which is no fault of ours. */
  private static boolean isHangUp(Throwable failure) {
    return hasCause(
        failure,
        cause ->
            cause instanceof BodyStream.BrokenOffException || cause instanceof HttpClosedException);
  }

  private static boolean hasCause(Throwable failure, Predicate<Throwable> test) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (test.test(cause)) {
        return true;
      }
    }
    return false;
  }

  static Reply reply(HttpProblem problem) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", "about:blank");
    json.put("title", problem.title());
    json.put("status", problem.status());
    json.put("detail", problem.detail());
    json.set("errors", errors(problem.errors()));
    return new Reply(
        problem.status(),
        PROBLEM_JSON,
        (json + "\n").getBytes(StandardCharsets.UTF_8),
        withNoStore(problem.headers()));
  }

  private static Map<String, String> withNoStore(Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("Cache-Control", "no-store");
    return all;
  }

  /** The first of them: a file can have thousands. */
  static ArrayNode errors(List<Problem> problems) {
    ArrayNode errors = JsonNodeFactory.instance.arrayNode();
    for (Problem problem : problems.subList(0, Math.min(MOST_ERRORS, problems.size()))) {
      errors
          .addObject()
          .put("field", problem.field())
          .put("rule", problem.rule())
          .put("message", problem.message());
    }
    return errors;
  }
}
