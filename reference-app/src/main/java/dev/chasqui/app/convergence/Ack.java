package dev.chasqui.app.convergence;

import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a device says it has: cumulative, so a newer one makes older ones needless.
 *
 * @param received every change of its path up to this revision is stored on it
 * @param effective every change of its path up to this revision is what it runs with
 * @param receivedAtMillis when the former became so, in milliseconds since 1970 by this server
 * @param effectiveAtMillis the same for the latter
 * @param fingerprint of its effective config, empty if it said none
 * @param rejected what it said under {@code rejected}; null if it refuses nothing
 */
public record Ack(
    String device,
    long received,
    long effective,
    long receivedAtMillis,
    long effectiveAtMillis,
    String fingerprint,
    @Nullable JsonNode rejected) {
  private static final int FINGERPRINT_LIMIT = 128;

  /**
   * Reads an ack as a device sends it.
   *
   * @param nowMillis when it arrived
   * @throws RefusedException if a member breaks a rule
   */
  public static Ack read(String device, JsonNode json, long nowMillis) {
    if (!json.isObject()) {
      throw new RefusedException("", "wrong-type", "an ack must be an object");
    }
    List<Problem> problems = new ArrayList<>();
    long received = whole(json, "received", true, problems);
    long effective = whole(json, "effective", true, problems);
    long receivedAgo = whole(json, "receivedAgo", false, problems);
    long effectiveAgo = whole(json, "effectiveAgo", false, problems);
    if (effective > received) {
      problems.add(new Problem(
          "/effective",
          "out-of-range",
          "effective must be at most received (" + received + "), was " + effective));
    }
    JsonNode fingerprint = json.path("fingerprint");
    if (!fingerprint.isMissingNode()
        && (!fingerprint.isString() || fingerprint.stringValue().length() > FINGERPRINT_LIMIT)) {
      problems.add(new Problem(
          "/fingerprint",
          "wrong-type",
          "fingerprint must be a string of at most " + FINGERPRINT_LIMIT + " characters"));
    }
    JsonNode rejected = json.path("rejected");
    if (rejected.isNull() || rejected.isMissingNode()) {
      rejected = null;
    } else {
      whole(rejected, "revision", true, "/rejected", problems);
    }
    if (!problems.isEmpty()) {
      throw new RefusedException(problems);
    }
    return new Ack(
        device,
        received,
        effective,
        nowMillis - Math.min(receivedAgo, nowMillis),
        nowMillis - Math.min(effectiveAgo, nowMillis),
        fingerprint.asString(""),
        rejected);
  }

  private static long whole(JsonNode json, String name, boolean required, List<Problem> problems) {
    return whole(json, name, required, "", problems);
  }

  private static long whole(
      JsonNode json, String name, boolean required, String in, List<Problem> problems) {
    JsonNode number = json.path(name);
    if (number.isMissingNode() && !required) {
      return 0;
    }
    if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
      problems.add(new Problem(
          in + '/' + name,
          number.isMissingNode() ? "missing" : "wrong-type",
          name + " must be a whole number of at least 0, was "
              + (number.isMissingNode() ? "not there" : number.getNodeType())));
      return 0;
    }
    return number.longValue();
  }

  /** The revision up to which it refuses what it received; 0 if it refuses nothing. */
  long rejectedRevision() {
    return rejected == null ? 0 : rejected.path("revision").asLong(0);
  }

  /** Why it refuses, for people; null if it refuses nothing. */
  @Nullable
  String rejection() {
    if (rejected == null) {
      return null;
    }
    List<String> messages = new ArrayList<>();
    for (JsonNode violation : rejected.path("violations")) {
      if (messages.size() == 3) {
        messages.add("…");
        break;
      }
      String message = violation.path("message").asString("");
      messages.add(
          message.isEmpty() ? violation.path("setting").asString("unknown setting") : message);
    }
    return messages.isEmpty() ? "no reason given" : String.join("; ", messages);
  }

  /** As it stands in the Redis Stream. */
  ObjectNode write() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("device", device);
    json.put("received", received);
    json.put("effective", effective);
    json.put("receivedAt", receivedAtMillis);
    json.put("effectiveAt", effectiveAtMillis);
    json.put("fingerprint", fingerprint);
    if (rejected != null) {
      json.set("rejected", rejected);
    }
    return json;
  }

  /** Reads what {@link #write()} wrote. */
  static Ack readWritten(JsonNode json) {
    JsonNode rejected = json.path("rejected");
    return new Ack(
        json.path("device").asString(),
        json.path("received").asLong(),
        json.path("effective").asLong(),
        json.path("receivedAt").asLong(),
        json.path("effectiveAt").asLong(),
        json.path("fingerprint").asString(),
        rejected.isMissingNode() ? null : rejected);
  }
}
