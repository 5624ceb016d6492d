package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Rules of every operator with likely and odd operands, and contexts that they say something of. */
final class RandomRules {
  static final List<String> ATTRIBUTES =
      List.of("email", "country", "age", "version", "beta", "tags", "device", "nothing");
  private static final List<String> TEXTS = List.of(
      "",
      "0",
      "1",
      "on",
      "off",
      "DE",
      "FR",
      "a@corp.example",
      "b@mail.example",
      "1.2.3",
      "2.0.0-alpha",
      "v1",
      "007",
      " 12 ",
      "abc",
      "é€😀");
  private static final double[] NUMBERS = {
    0, -0.0, 1, -1, 2, 18, 0.5, 1e21, 1e-7, 123456.789, 4294967296.0
  };
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Random random;

  RandomRules(Random random) {
    this.random = random;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** A rule of at most so many levels. */
  JsonNode rule(int depth) {
    if (depth <= 0 || random.nextInt(6) == 0) {
      return random.nextBoolean() ? literal() : variable();
    }
    return switch (random.nextInt(24)) {
      case 0, 1, 2 -> operation("if", rules(depth, 1 + random.nextInt(5)));
      case 3, 4 -> operation("and", rules(depth, 1 + random.nextInt(3)));
      case 5, 6 -> operation("or", rules(depth, 1 + random.nextInt(3)));
      case 7 -> operation(any(List.of("==", "===", "!=", "!==")), rules(depth, 2));
      case 8 -> operation(any(List.of("<", "<=")), rules(depth, 2 + random.nextInt(2)));
      case 9 -> operation(any(List.of(">", ">=", "/", "%")), rules(depth, 2));
      case 10 -> operation(any(List.of("!", "!!")), rules(depth, 1));
      case 11 ->
        operation(
            any(List.of("+", "*", "min", "max", "cat", "merge")),
            rules(depth, 1 + random.nextInt(3)));
      case 12 -> operation("-", rules(depth, 1 + random.nextInt(2)));
      case 13 -> operation("in", List.of(variable(), list()));
      case 14 -> operation("in", rules(depth, 2));
      case 15 -> operation("substr", rules(depth, 2 + random.nextInt(2)));
      case 16 ->
        operation(
            any(List.of("starts_with", "ends_with")),
            List.of(variable(), JSON.stringNode(any(TEXTS))));
      case 17 ->
        operation(
            "sem_ver",
            List.of(
                variable(),
                JSON.stringNode(any(List.of("=", "!=", "<", "<=", ">", ">=", "^", "~", "?"))),
                JSON.stringNode(any(TEXTS))));
      case 18 ->
        operation(
            any(List.of("map", "filter", "all", "none", "some")),
            List.of(
                random.nextBoolean() ? JSON.objectNode().put("var", "tags") : list(),
                rule(depth - 1)));
      case 19 -> operation("reduce", List.of(list(), rule(depth - 1), literal()));
      case 20, 21 -> fractional(depth);
      case 22 ->
        operation(
            "missing", List.of(JSON.stringNode(any(ATTRIBUTES)), JSON.stringNode("device.model")));
      default -> operation(any(List.of("==", "<", "starts_with")), List.of(variable(), literal()));
    };
  }

  private JsonNode fractional(int depth) {
    List<JsonNode> operands = new ArrayList<>();
    switch (random.nextInt(4)) {
      case 0 -> operands.add(operation("cat", List.of(JSON.stringNode("seed"), variable())));
      case 1 -> operands.add(variable());
      case 2 -> operands.add(rule(depth - 1));
      default -> {} // by flag and targeting key
    }
    int shares = 1 + random.nextInt(3);
    for (int i = 0; i < shares; i++) {
      ArrayNode share = JSON.arrayNode()
          .add(
              random.nextInt(8) == 0
                  ? rule(depth - 1)
                  : JSON.stringNode(any(List.of("on", "off", "third"))));
      if (random.nextInt(5) != 0) {
        share.add(
            random.nextInt(8) == 0 ? rule(depth - 1) : JSON.numberNode(random.nextInt(60) - 5));
      }
      operands.add(share);
    }
    return operation("fractional", operands);
  }

  private List<JsonNode> rules(int depth, int count) {
    List<JsonNode> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rules.add(rule(depth - 1));
    }
    return rules;
  }

  private JsonNode variable() {
    String path = switch (random.nextInt(10)) {
      case 0 -> "targetingKey";
      case 1 -> "device.model";
      case 2 -> "tags.1";
      case 3 -> "tags.length";
      case 4 -> "$flagd.flagKey";
      case 5 -> "";
      default -> any(ATTRIBUTES);
    };
    return random.nextInt(5) == 0
        ? operation("var", List.of(JSON.stringNode(path), literal()))
        : JSON.objectNode().put("var", path);
  }

  private JsonNode literal() {
    return switch (random.nextInt(8)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2, 3 -> JSON.numberNode(NUMBERS[random.nextInt(NUMBERS.length)]);
      case 4 -> list();
      default -> JSON.stringNode(any(TEXTS));
    };
  }

  private JsonNode list() {
    ArrayNode list = JSON.arrayNode();
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      list.add(
          random.nextInt(4) == 0
              ? JSON.numberNode(random.nextInt(3))
              : JSON.stringNode(any(TEXTS)));
    }
    return list;
  }

  private static ObjectNode operation(String operator, List<JsonNode> operands) {
    ObjectNode operation = JSON.objectNode();
    ArrayNode array = operation.putArray(operator);
    operands.forEach(array::add);
    return operation;
  }

  EvaluationContext context() {
    Map<String, Value> attributes = new LinkedHashMap<>();
    for (String attribute : ATTRIBUTES) {
      if (random.nextInt(4) != 0 && !attribute.equals("nothing")) {
        attributes.put(attribute, value(attribute));
      }
    }
    return random.nextInt(8) == 0
        ? new ImmutableContext(attributes)
        : new ImmutableContext(
            random.nextInt(10) == 0 ? "" : "user-" + random.nextInt(1000), attributes);
  }

  private Value value(String attribute) {
    if (attribute.equals("tags")) {
      return new Value(
          List.of(new Value(any(TEXTS)), new Value(random.nextInt(3)), new Value(any(TEXTS))));
    }
    if (attribute.equals("device")) {
      return new Value(new ImmutableStructure(Map.of("model", new Value(any(TEXTS)))));
    }
    return switch (random.nextInt(7)) {
      case 0 -> new Value(random.nextInt(30));
      case 1 -> new Value(NUMBERS[random.nextInt(NUMBERS.length)]);
      case 2 -> new Value(random.nextBoolean());
      case 3 -> new Value();
      default -> new Value(any(TEXTS));
    };
  }
}
