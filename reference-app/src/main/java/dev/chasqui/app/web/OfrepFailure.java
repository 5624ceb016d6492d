package dev.chasqui.app.web;

import dev.openfeature.sdk.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says what went wrong with a request of OFREP, in the protocol's JSON and with its statuses, which its clients know.
 *
 * @param key of the flag that was asked for, null if all were
 */
record OfrepFailure(@Nullable String key) {
  Reply reply(HttpProblem problem) {
    int status = isRefusal(problem.status()) ? 400 : problem.status();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (key != null) {
      json.put("key", key);
    }
    json.put("errorCode", code(status).name());
    json.put("errorDetails", problem.detail());
    Map<String, String> headers = new HashMap<>(problem.headers());
    headers.put("Cache-Control", "no-store");
    return new Reply(status, Reply.JSON, json.toString().getBytes(StandardCharsets.UTF_8), headers);
  }

  /** What HTTP has statuses for, and the protocol has not. */
  private static boolean isRefusal(int status) {
    return status == 413 || status == 415 || status == 422;
  }

  private ErrorCode code(int status) {
    return switch (status) {
      case 400 -> ErrorCode.PARSE_ERROR;
      case 404 -> key == null ? ErrorCode.GENERAL : ErrorCode.FLAG_NOT_FOUND; // of all: no such set
      default -> ErrorCode.GENERAL;
    };
  }
}
