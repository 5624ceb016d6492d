package dev.chasqui.featureflags;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A condition on one attribute that lint understands. */
sealed interface Condition {
  /** Path of the attribute. */
  String attribute();

  /** Whether it holds just where what it says does not. */
  default boolean negated() {
    return false;
  }

  /** Its number, by JavaScript's coercion, lies in an interval. */
  record Within(String attribute, Interval interval) implements Condition {}

  /** It is a text that begins or ends with another. */
  record Affix(String attribute, String text, boolean atEnd) implements Condition {
    boolean fits(String whole) {
      return atEnd ? whole.endsWith(text) : whole.startsWith(text);
    }
  }

  /**
   * It is one of some texts, numbers and booleans: by {@code ===}, or by {@code ==} if not {@code exact}. Then they are numbers, and texts
   * that are none, so that different ones are not {@code ==} to the same.
   */
  record OneOf(String attribute, Set<Object> values, boolean exact, boolean negated)
      implements Condition {}

  /** Null if it is none that is understood. */
  static @Nullable Condition of(String operator, JsonNode operands) {
    if (!operands.isArray()) {
      return null;
    }
    if (operands.size() == 3) {
      return between(operator, operands);
    }
    if (operands.size() != 2) {
      return null;
    }
    String first = attribute(operands.get(0));
    String second = attribute(operands.get(1));
    return switch (operator) {
      case "==", "===", "!=", "!==" -> {
        String attribute = first != null ? first : second;
        yield attribute == null
            ? null
            : equal(attribute, operands.get(first != null ? 1 : 0), operator);
      }
      case "<", "<=" ->
        first != null
            ? below(first, operands.get(1), operator.equals("<="))
            : second == null ? null : above(second, operands.get(0), operator.equals("<="));
      case ">", ">=" ->
        first != null
            ? above(first, operands.get(1), operator.equals(">="))
            : second == null ? null : below(second, operands.get(0), operator.equals(">="));
      case "in" -> first == null ? null : among(first, operands.get(1));
      case "starts_with", "ends_with" ->
        first != null && operands.get(1).isString()
            ? new Affix(first, operands.get(1).stringValue(), operator.equals("ends_with"))
            : null;
      default -> null;
    };
  }

  /** Path of the attribute that a rule reads, and gives nothing else for; null if it does not. */
  static @Nullable String attribute(@Nullable JsonNode rule) {
    if (rule == null || !rule.isObject() || rule.size() != 1) {
      return null;
    }
    JsonNode path = rule.get("var");
    if (path != null && path.isArray() && path.size() == 1) {
      path = path.get(0);
    }
    return path != null && path.isString() && !path.stringValue().isEmpty()
        ? path.stringValue()
        : null;
  }

  private static @Nullable Condition equal(String attribute, JsonNode constant, String operator) {
    Object value = ConstantConditions.scalar(constant);
    boolean exact = operator.length() == 3;
    if (!exact) {
      if (value instanceof Boolean known) {
        value = known ? 1.0 : 0.0; // == makes a number of it
      } else if (value instanceof String text && !Double.isNaN(Coercion.number(text))) {
        return null; // texts are compared with it as such, and numbers as with a number
      }
    }
    return value == null
        ? null
        : new OneOf(attribute, Set.of(value), exact, operator.charAt(0) == '!');
  }

  private static @Nullable Condition among(String attribute, JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      return null;
    }
    Set<Object> values = new LinkedHashSet<>();
    for (JsonNode element : list) {
      Object value = ConstantConditions.scalar(element);
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return new OneOf(attribute, values, true, false);
  }

  private static @Nullable Condition between(String operator, JsonNode operands) {
    String attribute = attribute(operands.get(1));
    boolean orEqual = operator.equals("<=");
    if (attribute == null
        || !(orEqual || operator.equals("<"))
        || !(ConstantConditions.scalar(operands.get(0)) instanceof Double least)
        || !(ConstantConditions.scalar(operands.get(2)) instanceof Double most)) {
      return null;
    }
    return new Within(attribute, Interval.above(least, orEqual).and(Interval.below(most, orEqual)));
  }

  private static @Nullable Condition below(String attribute, JsonNode bound, boolean with) {
    return ConstantConditions.scalar(bound) instanceof Double number
        ? new Within(attribute, Interval.below(number, with))
        : null;
  }

  private static @Nullable Condition above(String attribute, JsonNode bound, boolean with) {
    return ConstantConditions.scalar(bound) instanceof Double number
        ? new Within(attribute, Interval.above(number, with))
        : null;
  }
}
