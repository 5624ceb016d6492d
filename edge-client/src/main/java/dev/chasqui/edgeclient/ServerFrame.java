package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A frame from a gateway. */
sealed interface ServerFrame {
  /** A transfer begins, asked for or not; {@code full}: what follows replaces all that the device holds. */
  record Begin(boolean full, String reason, Duration ackWithin, Duration heartbeat)
      implements ServerFrame {}

  record WholeProfile(Profile profile) implements ServerFrame {}

  record Edits(ProfileEdits edits) implements ServerFrame {}

  record Complete(long revision) implements ServerFrame {}

  /** Asks how long the steps of what comes next take, under this name. */
  record Trace(String trace) implements ServerFrame {}

  record Goodbye(Duration retryAfter, String reason) implements ServerFrame {}

  record Failure(String message) implements ServerFrame {}

  /** Of a type that this software does not know. */
  record Unknown(String type) implements ServerFrame {}

  /** An ack has room for it beside as many violations as it may have. */
  int LONGEST_TRACE = 512;

  /**
   * Reads a frame.
   *
   * @throws IllegalArgumentException if it is none; names the member at fault
   */
  static ServerFrame read(String text) {
    JsonNode json;
    try {
      json = JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode type = json.path("type");
    if (!type.isString()) {
      throw new IllegalArgumentException("member \"type\" must be a string, was " + type);
    }
    try {
      return read(type.stringValue(), json);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(type.stringValue() + ": " + e.getMessage(), e);
    }
  }

  private static ServerFrame read(String type, JsonNode json) {
    return switch (type) {
      case "begin" ->
        new Begin(
            isFull(json.path("mode").asString("")),
            json.path("reason").asString(""),
            millis(json, "ackWithin", 0),
            millis(json, "heartbeat", 1));
      case "profile" -> new WholeProfile(ProfileJson.readProfile(json.path("profile")));
      case "edits" -> new Edits(ProfileJson.readEdits(json.path("edits")));
      case "complete" -> new Complete(whole(json, "revision", 0));
      case "trace" -> trace(json.path("trace"));
      case "goodbye" ->
        new Goodbye(millis(json, "retryAfter", 0), json.path("reason").asString(""));
      case "error" ->
        new Failure(json.path("status").asString("") + ' ' + json.path("title").asString("") + ": "
            + json.path("detail").asString(""));
      default -> new Unknown(type);
    };
  }

  /** One that cannot be repeated is not worth the connection. */
  private static ServerFrame trace(JsonNode trace) {
    String text = trace.isString() ? trace.stringValue() : "";
    return text.isEmpty() || text.length() > LONGEST_TRACE ? new Unknown("trace") : new Trace(text);
  }

  private static boolean isFull(String mode) {
    return switch (mode) {
      case "full" -> true;
      case "changes", "none" -> false;
      default ->
        throw new IllegalArgumentException(
            "member \"mode\" must be none, changes or full, was \"" + mode + '"');
    };
  }

  private static Duration millis(JsonNode json, String name, long least) {
    return Duration.ofMillis(
        Math.min(whole(json, name, least), Duration.ofDays(1).toMillis()));
  }

  private static long whole(JsonNode json, String name, long least) {
    JsonNode number = json.path(name);
    if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < least) {
      throw new IllegalArgumentException("member \"" + name
          + "\" must be a whole number of at least " + least + ", was " + number);
    }
    return number.longValue();
  }
}
