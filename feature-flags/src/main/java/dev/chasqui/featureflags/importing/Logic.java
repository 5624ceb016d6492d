package dev.chasqui.featureflags.importing;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JsonLogic, put together. */
final class Logic {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Logic() {}

  static JsonNode variable(String path) {
    return operation("var", JSON.stringNode(path));
  }

  /** Of the elements, if there is one operand and it is an array. */
  static ObjectNode operation(String operator, JsonNode... operands) {
    ArrayNode array = JSON.arrayNode();
    if (operands.length == 1 && operands[0] instanceof ArrayNode all) {
      array.addAll(all);
    } else {
      array.addAll(List.of(operands));
    }
    ObjectNode operation = JSON.objectNode();
    operation.set(operator, array);
    return operation;
  }

  static JsonNode any(List<JsonNode> rules) {
    if (rules.isEmpty()) {
      return JSON.booleanNode(false);
    }
    return rules.size() == 1 ? rules.get(0) : operation("or", JSON.arrayNode().addAll(rules));
  }

  /** Those that are true by themselves do not count. */
  static JsonNode all(List<JsonNode> rules) {
    List<JsonNode> open = rules.stream()
        .filter(rule -> !(rule.isBoolean() && rule.booleanValue()))
        .toList();
    if (open.isEmpty()) {
      return JSON.booleanNode(true);
    }
    return open.size() == 1 ? open.get(0) : operation("and", JSON.arrayNode().addAll(open));
  }

  static JsonNode isText(JsonNode value) {
    return operation("starts_with", value, JSON.stringNode(""));
  }

  static JsonNode isNumber(JsonNode value) {
    return operation("===", operation("+", value), value);
  }

  static JsonNode isBoolean(JsonNode value) {
    return operation("in", value, JSON.arrayNode().add(true).add(false));
  }

  static JsonNode isArray(JsonNode value) {
    return operation(
        "or",
        operation("some", value, JSON.booleanNode(true)),
        operation(
            "!", operation("merge", value))); // merging makes an array of all but an empty one
  }
}
