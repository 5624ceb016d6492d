package dev.chasqui.hierarchicalconfig;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;

/** The rule language and the bucketing that the test vectors are resolved with. */
final class VectorRules {
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}");

  private VectorRules() {}

  /**
   * Whether the value of {@code rule} is exactly true.
   *
   * @throws IllegalArgumentException if an object in it is no operator with the right arguments,
   *     also where the rest of the rule would decide without it
   */
  static boolean matches(JsonNode rule, JsonNode facts) {
    return isTrue(value(rule, facts));
  }

  /** The index of the arm that {@code unit} falls into, each arm as likely as its weight says. */
  static int bucket(String seed, String unit, List<Integer> weights) {
    long point =
        hash(seed + '/' + unit) % weights.stream().mapToLong(Integer::longValue).sum();
    int arm = 0;
    for (long upTo = weights.get(0); upTo <= point; upTo += weights.get(arm)) {
      arm++;
    }
    return arm;
  }

  private static long hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Integer.toUnsignedLong(ByteBuffer.wrap(digest).getInt());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static JsonNode value(JsonNode rule, JsonNode facts) {
    if (rule.isArray()) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      rule.forEach(element -> list.add(value(element, facts)));
      return list;
    }
    if (!rule.isObject()) {
      return rule;
    }
    if (rule.size() != 1) {
      throw new IllegalArgumentException("not one operator: " + rule);
    }
    String operator = rule.propertyNames().iterator().next();
    JsonNode arguments = rule.path(operator);
    if (operator.equals("var") && arguments.isString()) {
      return facts.has(arguments.stringValue())
          ? facts.path(arguments.stringValue())
          : NullNode.getInstance();
    }
    if (!arguments.isArray()) {
      throw new IllegalArgumentException("no arguments: " + rule);
    }
    List<JsonNode> values =
        arguments.valueStream().map(each -> value(each, facts)).toList();
    return BooleanNode.valueOf(apply(operator, values));
  }

  private static boolean apply(String operator, List<JsonNode> values) {
    int count = operator.equals("!") ? 1 : operator.equals("sem_ver") ? 3 : 2;
    if (operator.equals("and")) {
      return values.stream().allMatch(VectorRules::isTrue);
    }
    if (operator.equals("or")) {
      return values.stream().anyMatch(VectorRules::isTrue);
    }
    if (values.size() != count) {
      throw new IllegalArgumentException(operator + " takes " + count + ", has " + values);
    }
    JsonNode first = values.get(0);
    JsonNode last = values.get(count - 1);
    return switch (operator) {
      case "!" -> !isTrue(first);
      case "==" -> NaiveSetting.same(first, last);
      case "!=" -> !NaiveSetting.same(first, last);
      case "<", "<=", ">", ">=" ->
        first.isNumber()
            && last.isNumber()
            && holds(operator, first.decimalValue().compareTo(last.decimalValue()));
      case "in" ->
        last.isArray() && last.valueStream().anyMatch(each -> NaiveSetting.same(each, first));
      case "sem_ver" ->
        holds(values.get(1).asString(""), isVersion(first) && isVersion(last), first, last);
      default -> throw new IllegalArgumentException("unknown operator " + operator);
    };
  }

  private static boolean holds(
      String comparison, boolean versions, JsonNode first, JsonNode second) {
    if (!List.of("=", "!=", "<", "<=", ">", ">=").contains(comparison)) {
      throw new IllegalArgumentException("unknown comparison " + comparison);
    }
    if (!versions) {
      return false;
    }
    String[] left = first.stringValue().split("\\.", -1);
    String[] right = second.stringValue().split("\\.", -1);
    int order = 0;
    for (int i = 0; i < 3 && order == 0; i++) {
      order = Integer.compare(Integer.parseInt(left[i]), Integer.parseInt(right[i]));
    }
    return holds(comparison, order);
  }

  private static boolean holds(String comparison, int order) {
    return switch (comparison) {
      case "=" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  private static boolean isVersion(JsonNode value) {
    return value.isString() && VERSION.matcher(value.stringValue()).matches();
  }

  private static boolean isTrue(JsonNode value) {
    return value.isBoolean() && value.booleanValue();
  }
}
