package dev.chasqui.featureflags;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the rules of one flag (SPEC.md, 3 and 4): each operator is known and has as many operands as it takes, each {@code $ref}
 * leads somewhere.
 */
final class RuleReader {
  private static final int DEEPEST = 200;
  private static final int MOST_NODES = 200_000;

  private final Attributes attributes;
  private final @Nullable String flagKey;
  private final @Nullable String seed;
  private final Bucketing bucketing;
  private final ObjectNode evaluators;
  private final SharedArrays shared;

  private final Map<String, Read> references = new HashMap<>(); // by name, and whether of an item
  private final Map<String, JsonNode> usedEvaluators = new LinkedHashMap<>();
  private final Deque<String> referring = new ArrayDeque<>();
  private int nodes;
  private int depth;
  private int deepest;

  private record Read(Rule.Reference reference, int nodes, int height) {}

  /**
   * Arrays of literals of one document's evaluators, by the node itself: a list of ten thousand keys is there once, however many flags
   * refer to it.
   */
  static final class SharedArrays {
    private final IdentityHashMap<JsonNode, Rule.Literal> read = new IdentityHashMap<>();
  }

  /**
   * Makes one. {@code seed} stands in the bucketing key before the targeting key; it and {@code flagKey} are null for rules that
   * are of no flag (SPEC.md, 7.2).
   */
  RuleReader(
      Attributes attributes,
      @Nullable String flagKey,
      @Nullable String seed,
      Bucketing bucketing,
      ObjectNode evaluators,
      SharedArrays shared) {
    this.attributes = attributes;
    this.flagKey = flagKey;
    this.seed = seed;
    this.bucketing = bucketing;
    this.evaluators = evaluators;
    this.shared = shared;
  }

  /** Makes one that shares nothing. */
  RuleReader(
      Attributes attributes,
      @Nullable String flagKey,
      @Nullable String seed,
      Bucketing bucketing,
      ObjectNode evaluators) {
    this(attributes, flagKey, seed, bucketing, evaluators, new SharedArrays());
  }

  /** The evaluators that were referred to. */
  Map<String, JsonNode> usedEvaluators() {
    return usedEvaluators;
  }

  /**
   * Reads a rule.
   *
   * @param pointer JSON pointer of it in the document
   * @throws FlagFormatException if it is none
   */
  Rule read(JsonNode json, String pointer) {
    return read(json, pointer, false);
  }

  private Rule read(JsonNode json, String pointer, boolean ofItem) {
    if (++nodes > MOST_NODES) {
      throw new FlagFormatException(
          pointer,
          "a flag's rules must have at most " + MOST_NODES + " nodes, $refs followed",
          null);
    }
    depth++;
    try {
      checkDepth(depth, pointer);
      deepest = Math.max(deepest, depth);
      return switch (json.getNodeType()) {
        case OBJECT -> readOperation((ObjectNode) json, pointer, ofItem);
        case ARRAY -> readArray(json, pointer, ofItem);
        case STRING -> new Rule.Literal(json.stringValue());
        case BOOLEAN -> new Rule.Literal(json.booleanValue());
        case NUMBER -> new Rule.Literal(number(json, pointer));
        case NULL -> new Rule.Literal(null);
        default -> throw new FlagFormatException(pointer, "is no JSON", null);
      };
    } finally {
      depth--;
    }
  }

  private static void checkDepth(int depth, String pointer) {
    if (depth > DEEPEST) {
      throw new FlagFormatException(
          pointer, "a rule must be nested at most " + DEEPEST + " deep, $refs followed", null);
    }
  }

  private static double number(JsonNode json, String pointer) {
    double number = json.numberValue().doubleValue();
    if (json.isDouble() && Double.isInfinite(number)) {
      throw new FlagFormatException(
          pointer, "a number with a fraction or an exponent must be one of 64 bits", null);
    }
    return number; // of a whole number all digits are kept, but rules read it as JavaScript does
  }

  /** Refuses what would be a text when it is written again. */
  static void checkNumbers(JsonNode json, String pointer) {
    if (json.isNumber()) {
      number(json, pointer);
    } else if (json.isArray()) {
      for (int i = 0; i < json.size(); i++) {
        checkNumbers(json.get(i), pointer + "/" + i);
      }
    } else if (json.isObject()) {
      json.properties()
          .forEach(
              member -> checkNumbers(member.getValue(), pointer + "/" + escaped(member.getKey())));
    }
  }

  private Rule readArray(JsonNode json, String pointer, boolean ofItem) {
    Rule.Literal known = shared.read.get(json);
    if (known != null) {
      nodes += json.size(); // each flag counts them
      return known;
    }
    List<Rule> elements = readAll(json, pointer, ofItem);
    if (elements.stream().allMatch(Rule.Literal.class::isInstance)) {
      List<@Nullable Object> values = new ArrayList<>();
      elements.forEach(element -> values.add(((Rule.Literal) element).value()));
      Rule.Literal array = new Rule.Literal(values);
      if (!referring.isEmpty() && isFlat(json)) {
        shared.read.put(json, array);
      }
      return array;
    }
    return new Rule.Elements(elements);
  }

  /** Whether what is in it is the same for all flags. */
  private static boolean isFlat(JsonNode array) {
    for (JsonNode element : array) {
      if (element.isContainer()) {
        return false;
      }
    }
    return true;
  }

  private List<Rule> readAll(JsonNode array, String pointer, boolean ofItem) {
    List<Rule> rules = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      rules.add(read(array.get(i), pointer + "/" + i, ofItem));
    }
    return rules;
  }

  private Rule readOperation(ObjectNode json, String pointer, boolean ofItem) {
    if (json.isEmpty()) {
      return new Rule.Literal(Map.of());
    }
    if (json.size() != 1) {
      throw new FlagFormatException(
          pointer,
          "an operation must have one member, its operator, but has " + json.propertyNames(),
          null);
    }
    String name = json.propertyNames().iterator().next();
    JsonNode operands = json.get(name);
    String inside = pointer + "/" + escaped(name);
    if (name.equals("$ref")) {
      return readReference(operands, inside, ofItem);
    }
    Operator operator = Operator.of(name);
    if (operator != null) {
      return new Rules.Operation(
          operator, operands(operands, name, inside, ofItem, operator.fewest, operator.most));
    }
    return switch (name) {
      case "var" -> readVariable(operands(operands, name, inside, ofItem, 0, 2), inside, ofItem);
      case "missing" ->
        new Rules.Missing(
            attributes, false, operands(operands, name, inside, ofItem, 0, Operator.ANY), ofItem);
      case "missing_some" ->
        new Rules.Missing(attributes, true, operands(operands, name, inside, ofItem, 2, 2), ofItem);
      case "if", "?:" ->
        new Rules.Choice(operands(operands, name, inside, ofItem, 0, Operator.ANY));
      case "and" ->
        new Rules.Junction(false, operands(operands, name, inside, ofItem, 1, Operator.ANY));
      case "or" ->
        new Rules.Junction(true, operands(operands, name, inside, ofItem, 1, Operator.ANY));
      case "map" -> readIteration(Rules.Iteration.Kind.MAP, operands, name, inside, ofItem);
      case "filter" -> readIteration(Rules.Iteration.Kind.FILTER, operands, name, inside, ofItem);
      case "reduce" -> readIteration(Rules.Iteration.Kind.REDUCE, operands, name, inside, ofItem);
      case "all" -> readIteration(Rules.Iteration.Kind.ALL, operands, name, inside, ofItem);
      case "none" -> readIteration(Rules.Iteration.Kind.NONE, operands, name, inside, ofItem);
      case "some" -> readIteration(Rules.Iteration.Kind.SOME, operands, name, inside, ofItem);
      case "fractional" ->
        readFractional(operands(operands, name, inside, ofItem, 1, Operator.ANY), inside);
      default -> throw new FlagFormatException(inside, "there is no operator " + name, null);
    };
  }

  private List<Rule> operands(
      JsonNode json, String operator, String pointer, boolean ofItem, int fewest, int most) {
    List<Rule> operands =
        json.isArray() ? readAll(json, pointer, ofItem) : List.of(read(json, pointer, ofItem));
    check(operands.size(), operator, pointer, fewest, most);
    return operands;
  }

  private static void check(int count, String operator, String pointer, int fewest, int most) {
    if (count < fewest || count > most) {
      String rule = fewest == most
          ? String.valueOf(fewest)
          : most == Operator.ANY ? "at least " + fewest : fewest + " to " + most;
      throw new FlagFormatException(
          pointer, operator + " must have " + rule + " operands, but has " + count, null);
    }
  }

  private Rule readFractional(List<Rule> operands, String pointer) {
    if (seed == null) {
      Rule first = Shortcuts.of(operands.get(0));
      if (first instanceof Rule.Elements
          || (first instanceof Rule.Literal literal && literal.value() instanceof List)) {
        throw new FlagFormatException(
            pointer, "fractional must have a key as its first operand outside of a flag", null);
      }
    }
    return new Rules.Fractional(bucketing, seed, operands);
  }

  private Rule readVariable(List<Rule> operands, String pointer, boolean ofItem) {
    Rule otherwise = operands.size() > 1 ? operands.get(1) : new Rule.Literal(null);
    if (operands.isEmpty()) {
      return new Rules.DynamicVariable(attributes, new Rule.Literal(null), otherwise, ofItem);
    }
    if (operands.get(0) instanceof Rule.Literal literal
        && literal.value() != null
        && !literal.value().equals("")) {
      String path = Coercion.text(literal.value());
      if (!ofItem && (path.equals("$flagd") || path.startsWith("$flagd."))) {
        if (flagKey == null) {
          throw new FlagFormatException(
              pointer, "there is no " + path + " outside of a flag", null);
        }
        return switch (path) {
          case "$flagd.flagKey" -> new Rule.Literal(flagKey);
          case "$flagd.timestamp" -> new Rules.Timestamp();
          default -> otherwise;
        };
      }
      return new Rules.Variable(attributes, path, otherwise, ofItem);
    }
    return new Rules.DynamicVariable(attributes, operands.get(0), otherwise, ofItem);
  }

  private Rule readIteration(
      Rules.Iteration.Kind kind, JsonNode operands, String name, String pointer, boolean ofItem) {
    int count = operands.isArray() ? operands.size() : 1;
    check(count, name, pointer, 2, kind == Rules.Iteration.Kind.REDUCE ? 3 : 2);
    return new Rules.Iteration(
        kind,
        read(operands.get(0), pointer + "/0", ofItem),
        read(operands.get(1), pointer + "/1", true),
        count == 3 ? read(operands.get(2), pointer + "/2", ofItem) : new Rule.Literal(null));
  }

  private Rule readReference(JsonNode operand, String pointer, boolean ofItem) {
    if (!operand.isString()) {
      throw new FlagFormatException(pointer, "$ref must name an evaluator", null);
    }
    String name = operand.stringValue();
    JsonNode evaluator = evaluators.get(name);
    if (evaluator == null) {
      throw new FlagFormatException(pointer, "there is no evaluator " + name, null);
    }
    if (referring.contains(name)) {
      throw new FlagFormatException(
          pointer, "evaluator " + name + " refers to itself, by " + referring, null);
    }
    Read known = references.get(name + ofItem);
    if (known != null) {
      checkDepth(depth + known.height, pointer);
      deepest = Math.max(deepest, depth + known.height);
      nodes += known.nodes; // each place evaluates it
      return known.reference;
    }
    referring.addLast(name);
    usedEvaluators.put(name, evaluator);
    int before = nodes;
    int deepestBefore = deepest;
    deepest = depth;
    Rule rule = read(evaluator, "/$evaluators/" + escaped(name), ofItem);
    referring.removeLast();
    Rule.Reference reference = new Rule.Reference(name, rule);
    references.put(name + ofItem, new Read(reference, nodes - before, deepest - depth));
    deepest = Math.max(deepest, deepestBefore);
    return reference;
  }

  /** As a part of a JSON pointer. */
  static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
