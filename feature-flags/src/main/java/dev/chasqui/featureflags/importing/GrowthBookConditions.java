package dev.chasqui.featureflags.importing;

import static dev.chasqui.featureflags.importing.Logic.isArray;
import static dev.chasqui.featureflags.importing.Logic.isBoolean;
import static dev.chasqui.featureflags.importing.Logic.isNumber;
import static dev.chasqui.featureflags.importing.Logic.isText;
import static dev.chasqui.featureflags.importing.Logic.operation;
import static dev.chasqui.featureflags.importing.Logic.variable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Conditions, which look like MongoDB's, as JsonLogic. GrowthBook coerces as JavaScript does, and so does JsonLogic, but not always in
 * the same places. An attribute that is not there is {@code null}.
 */
final class GrowthBookConditions {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final JsonNode NULL = JSON.nullNode();
  private static final JsonNode TRUE = JSON.booleanNode(true);
  private static final JsonNode FALSE = JSON.booleanNode(false);
  private static final int DEEPEST = 50; // what comes of it is at most six times as deep
  private static final Set<String> REFUSED =
      Set.of("$ini", "$nini", "$alli", "$regexi", "$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte");

  private final Members groups;
  private final Draft draft;
  private final Chain groupsAbove = new Chain("saved groups");

  private int depth;

  GrowthBookConditions(Members groups, Draft draft) {
    this.groups = groups;
    this.draft = draft;
  }

  /** Of the attributes of a context. */
  JsonNode ofContext(Members condition) {
    return condition(condition, GrowthBookPath.Of.CONTEXT);
  }

  /** Of an object by itself, which names nothing that is elsewhere. */
  JsonNode ofObject(Members condition) {
    return condition(condition, GrowthBookPath.Of.ANYTHING);
  }

  private JsonNode condition(Members condition, GrowthBookPath.Of of) {
    return all(condition.object(), condition.pointer(), (name, operand, pointer) -> {
      return switch (name) {
        case "$or" -> or(condition.objects(name), of);
        case "$nor" -> not(or(condition.objects(name), of));
        case "$and" ->
          Logic.all(
              condition.objects(name).stream().map(each -> condition(each, of)).toList());
        case "$not" -> not(condition(Members.of(operand, pointer), of));
        case "$savedGroup" -> savedGroup(Members.of(operand, pointer), of);
        default -> {
          if (name.startsWith("$")) {
            throw Members.wrong(pointer, "there is no operator " + name);
          }
          yield value(operand, GrowthBookPath.read(name, of, pointer), pointer);
        }
      };
    });
  }

  private interface Member {
    JsonNode rule(String name, JsonNode operand, String pointer);
  }

  /** All members of it, each of which is a rule. */
  private JsonNode all(JsonNode object, String pointer, Member member) {
    if (depth == DEEPEST) {
      throw Members.wrong(pointer, "conditions must not be nested more than " + DEEPEST + " deep");
    }
    depth++;
    try {
      List<JsonNode> rules = new ArrayList<>();
      object
          .properties()
          .forEach(each -> rules.add(
              member.rule(each.getKey(), each.getValue(), Members.at(pointer, each.getKey()))));
      return Logic.all(rules);
    } finally {
      depth--;
    }
  }

  private JsonNode or(List<Members> conditions, GrowthBookPath.Of of) {
    return conditions.isEmpty()
        ? TRUE
        : Logic.any(conditions.stream().map(each -> condition(each, of)).toList());
  }

  private static JsonNode not(JsonNode rule) {
    return operation("!", rule);
  }

  /** What is at a path, against a value or operators. */
  private JsonNode value(JsonNode condition, String path, String pointer) {
    JsonNode value = variable(path);
    if (condition.isString()) {
      return isWritten(value, condition.stringValue());
    }
    if (condition.isNumber()) { // null is 0
      JsonNode equal = operation("==", value, condition);
      return condition.doubleValue() == 0 ? operation("or", isNull(value), equal) : equal;
    }
    if (condition.isBoolean()) {
      return condition.booleanValue()
          ? isTrue(value)
          : operation("in", value, JSON.arrayNode().add(FALSE).add(0).add(""));
    }
    if (condition.isNull()) {
      return isNull(value);
    }
    if (condition.isArray()) {
      return isArrayOf(path, condition, pointer);
    }
    if (!isOperators(condition)) {
      throw Members.wrong(
          pointer, "GrowthBook compares members in their order, which contexts here do not keep");
    }
    return all(condition, pointer, (name, operand, where) -> operator(name, operand, path, where));
  }

  private static boolean isOperators(JsonNode condition) {
    return condition.isObject()
        && !condition.isEmpty()
        && condition.propertyNames().stream().allMatch(name -> name.startsWith("$"));
  }

  private JsonNode operator(String operator, JsonNode operand, String path, String pointer) {
    JsonNode value = variable(path);
    if (REFUSED.contains(operator)) {
      throw Members.wrong(
          pointer, operator + " cannot be said exactly by the rules that are had here");
    }
    return switch (operator) {
      case "$eq" -> isSame(value, operand);
      case "$ne" -> not(isSame(value, operand));
      case "$lt" -> ordered("<", value, operand, pointer);
      case "$lte" -> ordered("<=", value, operand, pointer);
      case "$gt" -> ordered(">", value, operand, pointer);
      case "$gte" -> ordered(">=", value, operand, pointer);
      case "$exists" -> isTruth(operand) ? not(isNull(value)) : isNull(value);
      case "$in" -> isIn(value, scalars(operand, pointer));
      case "$nin" -> not(isIn(value, scalars(operand, pointer)));
      case "$inGroup" -> isIn(value, group(operand, pointer));
      case "$notInGroup" -> not(isIn(value, group(operand, pointer)));
      case "$not" -> not(value(operand, path, pointer));
      case "$size" ->
        operation(
            "and", isArray(value), value(operand, GrowthBookPath.within(path, "length"), pointer));
      case "$elemMatch" -> {
        JsonNode matches = isOperators(operand)
            ? value(operand, "", pointer)
            : condition(Members.of(operand, pointer), GrowthBookPath.Of.ANYTHING);
        JsonNode element = variable("");
        yield operation("some", value, operation("and", not(isNull(element)), matches));
      }
      case "$all" -> {
        List<JsonNode> rules = new ArrayList<>(List.of(isArray(value)));
        int i = 0;
        for (JsonNode wanted : array(operand, pointer)) {
          rules.add(operation("some", value, value(wanted, "", pointer + "/" + i++)));
        }
        yield Logic.all(rules);
      }
      case "$regex" -> {
        requireText(operand, pointer);
        yield matches(value, GrowthBookRegex.read(operand.stringValue(), pointer));
      }
      case "$type" -> {
        requireText(operand, pointer);
        yield isOfType(value, operand.stringValue());
      }
      default -> throw Members.wrong(pointer, "there is no operator " + operator);
    };
  }

  static JsonNode isNull(JsonNode value) {
    return operation("===", value, NULL);
  }

  /** JavaScript's truth, by which an empty array is true. */
  static JsonNode isTrue(JsonNode value) {
    return not(
        operation("in", value, JSON.arrayNode().add(NULL).add(FALSE).add(0).add("")));
  }

  private static boolean isTruth(JsonNode json) {
    return switch (json.getNodeType()) {
      case BOOLEAN -> json.booleanValue();
      case NUMBER -> json.doubleValue() != 0;
      case STRING -> !json.stringValue().isEmpty();
      default -> json.isContainer();
    };
  }

  private static JsonNode isSame(JsonNode value, JsonNode wanted) {
    return wanted.isContainer() ? FALSE : operation("===", value, wanted);
  }

  private static JsonNode ordered(String operator, JsonNode value, JsonNode than, String pointer) {
    requireScalar(than, pointer);
    return operation(operator, value, than);
  }

  /** Whether it is that text once it is made one. */
  private static JsonNode isWritten(JsonNode value, String wanted) {
    if (wanted.equals("null")) {
      return operation(
          "or", isNull(value), operation("===", operation("cat", value), JSON.stringNode(wanted)));
    }
    if (wanted.isEmpty()) { // which cat makes of null
      return operation(
          "and",
          not(isNull(value)),
          operation("===", operation("cat", value), JSON.stringNode(wanted)));
    }
    return isWord(wanted)
        ? operation("==", value, JSON.stringNode(wanted))
        : operation("===", operation("cat", value), JSON.stringNode(wanted));
  }

  /** Whether no number or boolean is equal to it, or written so. */
  private static boolean isWord(String text) {
    char first = text.charAt(0);
    return ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))
        && !Set.of("true", "false", "Infinity", "NaN").contains(text);
  }

  private static JsonNode isArrayOf(String path, JsonNode wanted, String pointer) {
    List<JsonNode> rules = new ArrayList<>(List.of(isArray(variable(path))));
    rules.add(operation(
        "===", variable(GrowthBookPath.within(path, "length")), JSON.numberNode(wanted.size())));
    for (int i = 0; i < wanted.size(); i++) {
      requireScalar(wanted.get(i), pointer + "/" + i);
      rules.add(operation(
          "===", variable(GrowthBookPath.within(path, String.valueOf(i))), wanted.get(i)));
    }
    return Logic.all(rules);
  }

  /** {@code list} may be a reference to one. */
  private static JsonNode isIn(JsonNode value, JsonNode list) {
    return list.isArray() && list.isEmpty()
        ? FALSE
        : operation(
            "or",
            operation("in", value, list),
            operation("some", value, operation("in", variable(""), list)));
  }

  private static JsonNode matches(JsonNode value, GrowthBookRegex regex) {
    JsonNode wanted = JSON.stringNode(regex.text());
    if (regex.fromStart() && regex.toEnd()) {
      return isWritten(value, regex.text());
    }
    JsonNode written = operation("cat", value);
    JsonNode found = regex.fromStart()
        ? operation("starts_with", written, wanted)
        : regex.toEnd()
            ? operation("ends_with", written, wanted)
            : operation("in", wanted, written);
    return regex.matches("null") ? operation("or", isNull(value), found) : found;
  }

  private static JsonNode isOfType(JsonNode value, String type) {
    return switch (type) {
      case "null" -> isNull(value);
      case "string" -> isText(value);
      case "number" -> isNumber(value);
      case "boolean" -> isBoolean(value);
      case "array" -> isArray(value);
      case "object" ->
        not(operation(
            "or", isNull(value), isText(value), isNumber(value), isBoolean(value), isArray(value)));
      default -> FALSE;
    };
  }

  private static void requireScalar(JsonNode operand, String pointer) {
    if (operand.isContainer()) {
      throw Members.wrong(pointer, "must be a string, a number, a boolean or null");
    }
  }

  private static void requireText(JsonNode operand, String pointer) {
    if (!operand.isString()) {
      throw Members.wrong(pointer, "must be a string");
    }
  }

  private static ArrayNode array(JsonNode operand, String pointer) {
    if (operand instanceof ArrayNode array) {
      return array;
    }
    throw Members.wrong(pointer, "must be an array");
  }

  /** Without arrays and objects, which are never the same. */
  private static ArrayNode scalars(JsonNode operand, String pointer) {
    ArrayNode scalars = JSON.arrayNode();
    array(operand, pointer).forEach(element -> {
      if (!element.isContainer()) {
        scalars.add(element);
      }
    });
    return scalars;
  }

  /** The list of a saved group, or a reference to it. One that is not there is empty. */
  private JsonNode group(JsonNode id, String pointer) {
    requireText(id, pointer);
    String name = GrowthBookPath.requireOwn(id.stringValue(), pointer);
    JsonNode entry = groups.object().get(name);
    if (entry == null) {
      return JSON.arrayNode();
    }
    String where = Members.at(groups.pointer(), name);
    return entry.isArray() ? listed(name, entry, where) : list(name, Members.of(entry, where));
  }

  private JsonNode list(String name, Members group) {
    if (!"list".equals(group.text("type"))) {
      throw group.wrongAt("type", "must be a list");
    }
    JsonNode values = group.get("values");
    if (values == null) {
      throw group.wrongAt("values", "must be an array");
    }
    return listed(name, values, Members.at(group.pointer(), "values"));
  }

  private JsonNode listed(String name, JsonNode values, String pointer) {
    ArrayNode list = scalars(values, pointer);
    if (list.isEmpty()) {
      return list;
    }
    draft.evaluator(name, list);
    return reference(name);
  }

  private static ObjectNode reference(String name) {
    return JSON.objectNode().put("$ref", name);
  }

  private JsonNode savedGroup(Members reference, GrowthBookPath.Of of) {
    String id = reference.text("id");
    if (id == null) {
      throw reference.wrongAt("id", "must be a string");
    }
    String name = GrowthBookPath.requireOwn(id, Members.at(reference.pointer(), "id"));
    JsonNode entry = groups.object().get(name);
    if (entry == null || entry.isArray()) {
      return FALSE; // nobody is in it
    }
    Members group = Members.of(entry, Members.at(groups.pointer(), name));
    if (!"condition".equals(group.text("type"))) {
      Members named = reference.object().has("attributeKey") ? reference : group;
      String attribute = named.text("attributeKey");
      if (attribute == null) {
        throw named.wrongAt("attributeKey", "must name an attribute");
      }
      String path = GrowthBookPath.read(attribute, of, Members.at(named.pointer(), "attributeKey"));
      return isIn(variable(path), list(name, group));
    }
    if (of == GrowthBookPath.Of.CONTEXT && draft.hasEvaluator(name)) {
      return reference(name);
    }
    JsonNode rule;
    groupsAbove.enter(name, Members.at(reference.pointer(), "id"));
    try {
      rule = condition(
          Members.of(group.get("condition"), Members.at(group.pointer(), "condition")), of);
    } finally {
      groupsAbove.leave(name);
    }
    if (of == GrowthBookPath.Of.ANYTHING) {
      return rule;
    }
    draft.evaluator(name, rule);
    return reference(name);
  }
}
