package dev.chasqui.featureflags;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Times and ramps of {@code x-schedule} (SPEC.md, 5.4). */
final class Schedule {
  private static final int ALL = 100;
  /** So that weights of a hundredth of a second each stay within what {@code fractional} takes. */
  private static final long LONGEST_RAMP = Integer.MAX_VALUE / ALL;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Schedule() {}

  /**
   * Seconds since 1970 of a time as RFC 3339 writes it. What is less than a second counts as nothing.
   *
   * @throws FlagFormatException if it is none
   */
  static long seconds(@Nullable JsonNode time, String pointer) {
    if (time != null && time.isString()) {
      try {
        return OffsetDateTime.parse(time.stringValue()).toEpochSecond();
      } catch (DateTimeException e) {
        throw new FlagFormatException(
            pointer, "must be a time such as 2026-12-01T08:00:00Z, but is " + time, e);
      }
    }
    throw new FlagFormatException(
        pointer, "must be a time such as 2026-12-01T08:00:00Z, but is " + time, null);
  }

  /**
   * A ramp as a rule: the share of {@code variant} grows from {@code from} percent at {@code at} to {@code to} percent at
   * {@code until}.
   *
   * @throws FlagFormatException if it ends before it begins, or takes longer than can be weighed
   */
  static JsonNode ramp(
      String variant, String otherwise, int from, int to, long at, long until, String pointer) {
    if (until <= at) {
      throw new FlagFormatException(pointer + "/until", "must be after at", null);
    }
    if (until - at > LONGEST_RAMP) {
      throw new FlagFormatException(
          pointer + "/until", "a ramp must take at most " + LONGEST_RAMP / 86_400 + " days", null);
    }
    JsonNode left = operation("-", JSON.numberNode(until), now());
    JsonNode gone = operation("-", now(), JSON.numberNode(at));
    JsonNode during = fractional(
        variant, weight(from, left, to, gone), otherwise, weight(ALL - from, left, ALL - to, gone));
    JsonNode after = fractional(variant, JSON.numberNode(to), otherwise, JSON.numberNode(ALL - to));
    return operation("if", operation("<", now(), JSON.numberNode(until)), during, after);
  }

  private static JsonNode weight(int from, JsonNode left, int to, JsonNode gone) {
    return operation(
        "+",
        operation("*", JSON.numberNode(from), left.deepCopy()),
        operation("*", JSON.numberNode(to), gone.deepCopy()));
  }

  private static JsonNode fractional(
      String variant, JsonNode weight, String otherwise, JsonNode otherWeight) {
    return operation(
        "fractional",
        JSON.arrayNode().add(variant).add(weight),
        JSON.arrayNode().add(otherwise).add(otherWeight));
  }

  private static JsonNode now() {
    return JSON.objectNode().put("var", "$flagd.timestamp");
  }

  private static ObjectNode operation(String operator, JsonNode... operands) {
    ArrayNode array = JSON.arrayNode();
    for (JsonNode operand : operands) {
      array.add(operand);
    }
    ObjectNode operation = JSON.objectNode();
    operation.set(operator, array);
    return operation;
  }
}
