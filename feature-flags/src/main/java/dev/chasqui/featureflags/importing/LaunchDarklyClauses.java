package dev.chasqui.featureflags.importing;

import static dev.chasqui.featureflags.importing.Logic.any;
import static dev.chasqui.featureflags.importing.Logic.isArray;
import static dev.chasqui.featureflags.importing.Logic.isBoolean;
import static dev.chasqui.featureflags.importing.Logic.isNumber;
import static dev.chasqui.featureflags.importing.Logic.isText;
import static dev.chasqui.featureflags.importing.Logic.operation;
import static dev.chasqui.featureflags.importing.Logic.variable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * LaunchDarklyClauses of rules as JsonLogic. LaunchDarkly never takes one type for another, JsonLogic nearly always does: so each
 * operator is asked only of operands of its own type. A clause on an array holds if it does for an element. One on an attribute that is
 * not there, or is an object, does not hold, negated or not.
 */
final class LaunchDarklyClauses {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Set<String> BUILT_IN = Set.of("key", "kind", "name", "anonymous");
  private static final Set<String> REFUSED =
      Set.of("matches", "before", "after", "semVerEqual", "semVerLessThan", "semVerGreaterThan");

  private final Segments segments;

  LaunchDarklyClauses(Segments segments) {
    this.segments = segments;
  }

  /** What clauses refer to by {@code segmentMatch}. */
  interface Segments {
    /**
     * A rule that is true for those in the segment.
     *
     * @param pointer of what refers to it
     */
    JsonNode rule(String key, String pointer);
  }

  /** True if all hold. */
  JsonNode all(List<Members> clauses) {
    return Logic.all(clauses.stream().map(this::rule).toList());
  }

  private JsonNode rule(Members clause) {
    String operator = clause.text("op");
    boolean negated = clause.flag("negate");
    if (operator == null) {
      throw clause.wrongAt("op", "a clause must have an operator");
    }
    if (operator.equals("segmentMatch")) {
      JsonNode any = any(segmentRules(clause));
      return negated ? operation("!", any) : any;
    }
    if (REFUSED.contains(operator)) {
      throw clause.wrongAt(
          "op", operator + " cannot be said exactly by the rules that are had here");
    }
    Attribute attribute = attribute(clause);
    JsonNode match = any(tests(attribute.value, false, operator, clause));
    if (attribute.mayBeArray) {
      JsonNode ofElement = any(tests(variable(""), true, operator, clause));
      match = operation("or", match, operation("some", attribute.value, ofElement));
    }
    if (!negated) {
      return match;
    }
    JsonNode none = operation("!", match);
    return attribute.isThere == null ? none : operation("and", attribute.isThere, none);
  }

  private List<JsonNode> segmentRules(Members clause) {
    List<JsonNode> rules = new ArrayList<>();
    String pointer = Members.at(clause.pointer(), "values");
    for (String key : clause.texts("values")) {
      rules.add(segments.rule(key, pointer + "/" + rules.size()));
    }
    return rules;
  }

  /** One for each value of the clause, or fewer. */
  private static List<JsonNode> tests(
      JsonNode value, boolean isElement, String operator, Members clause) {
    List<JsonNode> values = clause.list("values");
    List<JsonNode> tests = new ArrayList<>();
    switch (operator) {
      case "in" -> {
        ArrayNode list = JSON.arrayNode();
        for (int i = 0; i < values.size(); i++) {
          JsonNode wanted = values.get(i);
          if (wanted.isContainer()) {
            throw Members.wrong(
                Members.at(clause.pointer(), "values") + "/" + i,
                "a value must be a string, a number or a boolean");
          }
          if (!wanted.isNull()) {
            list.add(wanted);
          } else if (isElement) { // an attribute that is null is none
            tests.add(operation("===", value, wanted));
          }
        }
        if (!list.isEmpty()) {
          tests.add(operation("in", value, list));
        }
      }
      case "startsWith" ->
        each(
            values,
            JsonNode::isString,
            wanted -> tests.add(operation("starts_with", value, wanted)));
      case "endsWith" ->
        each(
            values, JsonNode::isString, wanted -> tests.add(operation("ends_with", value, wanted)));
      case "contains" ->
        each(
            values,
            JsonNode::isString,
            wanted -> tests.add(
                wanted.stringValue().isEmpty() // which JsonLogic does not find in an empty text
                    ? isText(value)
                    : operation("and", isText(value), operation("in", wanted, value))));
      case "lessThan" -> compared(value, "<", values, tests);
      case "lessThanOrEqual" -> compared(value, "<=", values, tests);
      case "greaterThan" -> compared(value, ">", values, tests);
      case "greaterThanOrEqual" -> compared(value, ">=", values, tests);
      default -> throw clause.wrongAt("op", "there is no operator " + operator);
    }
    return tests;
  }

  private static void compared(
      JsonNode value, String operator, List<JsonNode> values, List<JsonNode> tests) {
    each(
        values,
        JsonNode::isNumber,
        wanted -> tests.add(operation("and", isNumber(value), operation(operator, value, wanted))));
  }

  private static void each(
      List<JsonNode> values, Predicate<JsonNode> type, Consumer<JsonNode> consumer) {
    values.stream().filter(type).forEach(consumer);
  }

  /**
   * What a clause looks at.
   *
   * @param isThere whether it can hold at all; null: always
   */
  private record Attribute(
      JsonNode value, boolean mayBeArray, @Nullable JsonNode isThere) {}

  private static Attribute attribute(Members clause) {
    requireUsers(clause, "contextKind");
    String written = clause.text("attribute");
    if (written == null || written.isEmpty()) {
      throw clause.wrongAt("attribute", "a clause must name an attribute");
    }
    // before there were kinds, an attribute was a name and no path
    List<String> path = clause.has("contextKind") && written.startsWith("/")
        ? path(written, clause)
        : List.of(written);
    String name = path.get(0);
    if (BUILT_IN.contains(name)) {
      if (path.size() > 1) {
        throw clause.wrongAt("attribute", "there is nothing within " + name);
      }
      return builtIn(name);
    }
    if (name.equals("targetingKey") || name.equals("$flagd")) {
      throw clause.wrongAt("attribute", name + " is something else here");
    }
    for (int i = 0; i < path.size(); i++) {
      String part = path.get(i);
      if (part.contains(".")) {
        throw clause.wrongAt("attribute", "a rule cannot say a name that has a dot");
      }
      if (i > 0 && (part.equals("length") || part.chars().allMatch(Character::isDigit))) {
        throw clause.wrongAt(
            "attribute", "a rule would look into texts and arrays for " + part + " too");
      }
    }
    JsonNode value = variable(String.join(".", path));
    return new Attribute(value, true, isScalarOrArray(value));
  }

  private static Attribute builtIn(String name) {
    return switch (name) {
      case "key" -> new Attribute(variable("targetingKey"), false, null);
      case "kind" -> new Attribute(JSON.stringNode("user"), false, null);
      case "anonymous" -> // false, unless it is true
        new Attribute(operation("===", variable("anonymous"), JSON.booleanNode(true)), false, null);
      default -> { // a name that is no text is none
        JsonNode value = variable(name);
        JsonNode text = operation("if", isText(value), value, JSON.nullNode());
        yield new Attribute(text, false, isText(value));
      }
    };
  }

  private static List<String> path(String written, Members clause) {
    List<String> path = new ArrayList<>();
    for (String part : written.substring(1).split("/", -1)) {
      if (part.isEmpty() || part.replace("~0", "").replace("~1", "").contains("~")) {
        throw clause.wrongAt("attribute", "is no path: " + written);
      }
      path.add(part.replace("~1", "/").replace("~0", "~"));
    }
    return path;
  }

  /** Its argument is neither null nor an object. */
  private static JsonNode isScalarOrArray(JsonNode value) {
    return operation("or", isText(value), isNumber(value), isBoolean(value), isArray(value));
  }

  /** Refuses all kinds of contexts but users. */
  static void requireUsers(Members of, String name) {
    if (isOtherKind(of, name)) {
      throw of.wrongAt(
          name, "contexts of kind " + of.text(name) + " are not known here, only users are");
    }
  }

  /** Whether it is a kind of contexts, and not users. */
  static boolean isOtherKind(Members of, String name) {
    String kind = of.text(name);
    return kind != null && !kind.isEmpty() && !kind.equals("user");
  }
}
