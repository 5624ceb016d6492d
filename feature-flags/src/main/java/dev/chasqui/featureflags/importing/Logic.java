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

  static JsonNode all(List<JsonNode> rules) {
    return rules.isEmpty()
        ? JSON.booleanNode(true)
        : operation("and", JSON.arrayNode().addAll(rules));
  }

  static JsonNode isText(JsonNode value) {
    return operation("starts_with", value, JSON.stringNode(""));
  }

  static JsonNode isNumber(JsonNode value) {
    return operation("===", operation("+", value), value);
  }
}
