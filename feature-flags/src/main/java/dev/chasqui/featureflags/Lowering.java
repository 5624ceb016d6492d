package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rewrites the flags of one document without our extensions (SPEC.md, 5).
 *
 * <p><b>Threads:</b> for one.
 */
final class Lowering {
  private static final int MOST_NODES = 200_000;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final FlagDocument document;
  private final FlagSet set;
  private final Bucketing readers;
  private final Map<String, Inlined> inlined = new HashMap<>();
  private int nodes; // of the rule that is being made

  /**
   * Makes one.
   *
   * @param set what {@code document} means
   * @param readers by which revision who reads what is written puts subjects into buckets
   */
  Lowering(FlagDocument document, FlagSet set, Bucketing readers) {
    this.document = document;
    this.set = set;
    this.readers = readers;
  }

  /**
   * A flag as others understand it, its extensions still in it.
   *
   * @throws FlagFormatException where others cannot evaluate it as we do
   */
  ObjectNode lowered(String key) {
    FlagDefinition flag = definition(key);
    if (!flag.enabled() || flag.killed()) {
      return fixed(key, flag.enabled() ? flag.off() : null);
    }
    nodes = 0;
    JsonNode rule = rule(flag, new Place(flag, false));
    ObjectNode lowered = copy(key);
    if (rule == null) {
      lowered.remove("targeting");
    } else {
      lowered.set("targeting", isOperation(rule) ? rule : always(rule));
    }
    return lowered;
  }

  /** A flag as if it were killed, its extensions still in it. */
  ObjectNode off(String key) {
    FlagDefinition flag = definition(key);
    return fixed(key, flag.enabled() ? flag.off() : null);
  }

  private ObjectNode fixed(String key, @Nullable String variant) {
    ObjectNode fixed = copy(key);
    fixed.remove("targeting");
    if (variant == null) {
      fixed.put("state", "DISABLED");
    } else if (variant.isEmpty()) {
      fixed.set("targeting", always(JSON.stringNode(variant))); // "" is no default
    } else {
      fixed.put("defaultVariant", variant);
    }
    return fixed;
  }

  private ObjectNode copy(String key) {
    return ((ObjectNode) Objects.requireNonNull(document.plainFlag(key))).deepCopy();
  }

  private FlagDefinition definition(String key) {
    return Objects.requireNonNull(Objects.requireNonNull(set.flag(key)).definition());
  }

  /** Where a rule stands: what its buckets are drawn by, and whether another flag's rule holds it. */
  private final class Place {
    final String key;
    final String seed;
    final Bucketing bucketing;
    final boolean isInlined;
    final boolean isSalted;

    Place(FlagDefinition flag, boolean isInlined) {
      this.key = flag.key();
      JsonNode salt = Objects.requireNonNull(document.plainFlag(flag.key())).get("x-salt");
      this.isSalted = salt != null && salt.isString();
      this.seed = salt != null && salt.isString() ? salt.stringValue() : key;
      this.bucketing = flag.bucketing();
      this.isInlined = isInlined;
    }

    boolean needsKey() {
      return isInlined || isSalted;
    }
  }

  /** All that says which variant a flag is, null for the default; null where the default is all. */
  private @Nullable JsonNode rule(FlagDefinition flag, Place place) {
    List<JsonNode> cases = new ArrayList<>();
    List<JsonNode> unmet = unmet(flag);
    JsonNode off = flag.off() == null ? JSON.nullNode() : JSON.stringNode(flag.off());
    if (unmet.stream().anyMatch(Lowering::isTrue)) {
      return always(off);
    }
    for (JsonNode condition : unmet) {
      cases.add(condition);
      cases.add(off);
    }
    if (flag.layer() != null) {
      cases.add(operation("!", isIn(flag.layer(), place)));
      cases.add(JSON.nullNode());
    }
    addTargets(flag, cases);
    addSchedule(flag, place, cases);
    JsonNode targeting = targeting(
        Objects.requireNonNull(document.plainFlag(flag.key())).get("targeting"),
        place,
        FlagDocument.pointer(flag.key()) + "/targeting");
    if (cases.isEmpty()) {
      return targeting;
    }
    cases.add(targeting == null ? JSON.nullNode() : targeting);
    grow(cases.size());
    return operation("if", cases.toArray(JsonNode[]::new));
  }

  private @Nullable JsonNode targeting(@Nullable JsonNode json, Place place, String pointer) {
    return json == null || json.isNull() || (json.isObject() && json.isEmpty())
        ? null
        : rewritten(json, place, pointer, false);
  }

  private static void addTargets(FlagDefinition flag, List<JsonNode> cases) {
    Map<String, ArrayNode> byVariant = new LinkedHashMap<>();
    flag.targets()
        .forEach((target, variant) ->
            byVariant.computeIfAbsent(variant, any -> JSON.arrayNode()).add(target));
    byVariant.forEach((variant, targets) -> {
      cases.add(operation("in", targetingKey(), targets));
      cases.add(JSON.stringNode(variant));
    });
  }

  private void addSchedule(FlagDefinition flag, Place place, List<JsonNode> cases) {
    JsonNode steps = Objects.requireNonNull(document.plainFlag(flag.key())).path("x-schedule");
    for (int i = flag.schedule().size() - 1; i >= 0; i--) {
      long at = flag.schedule().get(i).at();
      String pointer = FlagDocument.pointer(flag.key()) + "/x-schedule/" + i;
      cases.add(
          operation(">=", JSON.objectNode().put("var", "$flagd.timestamp"), JSON.numberNode(at)));
      cases.add(step(steps.get(i), at, place, pointer));
    }
  }

  private JsonNode step(JsonNode step, long at, Place place, String pointer) {
    JsonNode variant = step.get("variant");
    if (variant != null && variant.isString()) {
      return variant;
    }
    JsonNode ramp = step.get("ramp");
    if (ramp != null && ramp.isString()) {
      JsonNode rule = Schedule.ramp(
          ramp.stringValue(),
          step.required("else").stringValue(),
          step.required("from").intValue(),
          step.required("to").intValue(),
          at,
          Schedule.seconds(step.get("until"), pointer + "/until"),
          pointer);
      return rewritten(rule, place, pointer, false);
    }
    JsonNode targeting = targeting(step.get("targeting"), place, pointer + "/targeting");
    return targeting == null ? JSON.nullNode() : targeting;
  }

  private JsonNode isIn(FlagDefinition.Layer layer, Place place) {
    if (readers != Bucketing.V2) {
      throw new FlagFormatException(
          FlagDocument.pointer(place.key) + "/x-layer",
          "layers are of revision 2 of bucketing, and it is written for " + readers.text(),
          null);
    }
    ArrayNode entries = JSON.arrayNode();
    entries.add(operation("cat", JSON.stringNode(layer.name()), targetingKey()));
    entries.add(JSON.arrayNode().add("before").add(layer.from()));
    entries.add(JSON.arrayNode().add("in").add(layer.to() - layer.from()));
    entries.add(JSON.arrayNode().add("after").add(100 - layer.to()));
    return operation(
        "and",
        targetingKey(),
        operation("===", JSON.objectNode().set("fractional", entries), JSON.stringNode("in")));
  }

  /** For each prerequisite that can fail, whether it does; true for one that always does. */
  private List<JsonNode> unmet(FlagDefinition flag) {
    List<JsonNode> conditions = new ArrayList<>();
    for (FlagDefinition.Prerequisite prerequisite : flag.prerequisites()) {
      JsonNode holds = holds(prerequisite);
      if (!isTrue(holds)) {
        conditions.add(isFalse(holds) ? JSON.booleanNode(true) : operation("!", holds));
      }
    }
    return conditions;
  }

  /**
   * Another flag, to be put into the rules of others.
   *
   * @param rule what it is; null where that is its default variant
   * @param results all that the rule can give, null among them; null where that is not known
   * @param otherwise variant where the rule gives null
   */
  private record Inlined(
      @Nullable JsonNode rule,
      int nodes,
      @Nullable Set<JsonNode> results,
      @Nullable String otherwise) {}

  private JsonNode holds(FlagDefinition.Prerequisite prerequisite) {
    Inlined other = inlined(prerequisite.flag());
    Set<String> wanted = prerequisite.variants();
    boolean isDefaultWanted = other.otherwise != null && wanted.contains(other.otherwise);
    JsonNode rule = other.rule;
    if (rule == null) {
      return JSON.booleanNode(isDefaultWanted);
    }
    grow(other.nodes);
    if (other.results == null) {
      grow(other.nodes);
      ArrayNode names = JSON.arrayNode();
      wanted.forEach(names::add);
      return operation(
          "if",
          operation("===", rule, JSON.nullNode()),
          JSON.booleanNode(isDefaultWanted),
          operation("in", operation("cat", rule), names));
    }
    ArrayNode good = JSON.arrayNode();
    for (JsonNode result : other.results) {
      if (result.isNull() ? isDefaultWanted : wanted.contains(text(result))) {
        good.add(result);
      }
    }
    if (good.isEmpty() || good.size() == other.results.size()) {
      return JSON.booleanNode(!good.isEmpty());
    }
    return good.size() == 1 ? operation("===", rule, good.get(0)) : operation("in", rule, good);
  }

  private Inlined inlined(String key) {
    Inlined known = inlined.get(key);
    if (known == null) {
      FlagDefinition flag = definition(key);
      int before = nodes;
      nodes = 0;
      known = flag.enabled() && !flag.killed()
          ? inlined(flag)
          : new Inlined(null, 0, Set.of(), flag.enabled() ? flag.off() : null);
      nodes = before;
      inlined.put(key, known);
    }
    return known;
  }

  private Inlined inlined(FlagDefinition flag) {
    JsonNode rule = rule(flag, new Place(flag, true));
    if (rule == null || !isOperation(rule)) {
      rule = rule == null ? null : always(rule);
    }
    Set<JsonNode> results = new LinkedHashSet<>();
    boolean known = rule == null || addResults(rule, results);
    return new Inlined(rule, nodes, known ? results : null, flag.defaultVariant());
  }

  /** Adds all that a rule can give. Whether that is known. */
  private static boolean addResults(JsonNode rule, Set<JsonNode> results) {
    if (rule.isString() || rule.isBoolean() || rule.isNull()) {
      results.add(rule);
      return true;
    }
    if (!isOperation(rule)) {
      return false;
    }
    String operator = operator(rule);
    JsonNode operands = rule.get(operator);
    return switch (operator) {
      case "if" -> operands.isArray() && addResultsOfChoice(operands, results);
      case "fractional" -> operands.isArray() && addResultsOfBuckets(operands, results);
      case "==",
          "===",
          "!=",
          "!==",
          "<",
          "<=",
          ">",
          ">=",
          "!",
          "!!",
          "in",
          "all",
          "none",
          "some" -> {
        results.add(JSON.booleanNode(true));
        results.add(JSON.booleanNode(false));
        yield true;
      }
      default -> false;
    };
  }

  private static boolean addResultsOfChoice(JsonNode operands, Set<JsonNode> results) {
    boolean known = true;
    int i = 0;
    for (; i + 1 < operands.size(); i += 2) {
      known &= addResults(operands.get(i + 1), results);
    }
    return known && addResults(i < operands.size() ? operands.get(i) : JSON.nullNode(), results);
  }

  private static boolean addResultsOfBuckets(JsonNode operands, Set<JsonNode> results) {
    results.add(JSON.nullNode());
    for (int i = 0; i < operands.size(); i++) {
      JsonNode entry = operands.get(i);
      boolean isKey = i == 0 && isText(entry);
      if (!isKey && !(entry.isArray() && !entry.isEmpty() && addResults(entry.get(0), results))) {
        return false;
      }
    }
    return true;
  }

  private void grow(int by) {
    nodes += by;
    if (nodes > MOST_NODES) {
      throw new FlagFormatException(
          "", "lowered, a flag's rules must have at most " + MOST_NODES + " nodes", null);
    }
  }

  /** A rule without references, and with keys where its place says. */
  private JsonNode rewritten(JsonNode json, Place place, String pointer, boolean ofItem) {
    grow(1);
    if (json.isArray()) {
      ArrayNode elements = JSON.arrayNode();
      for (int i = 0; i < json.size(); i++) {
        elements.add(rewritten(json.get(i), place, pointer + "/" + i, ofItem));
      }
      return elements;
    }
    if (!isOperation(json)) {
      return json;
    }
    String operator = operator(json);
    JsonNode operands = json.get(operator);
    String inside = pointer + "/" + RuleReader.escaped(operator);
    switch (operator) {
      case "$ref" -> {
        String name = operands.stringValue();
        return rewritten(
            document.plainEvaluators().required(name),
            place,
            "/$evaluators/" + RuleReader.escaped(name),
            ofItem);
      }
      case "map", "filter", "reduce", "all", "none", "some" -> {
        ArrayNode all = JSON.arrayNode();
        for (int i = 0; i < operands.size(); i++) {
          all.add(rewritten(operands.get(i), place, inside + "/" + i, ofItem || i == 1));
        }
        return JSON.objectNode().set(operator, all);
      }
      case "var" -> {
        JsonNode path = operands.isArray() && !operands.isEmpty() ? operands.get(0) : operands;
        if (place.isInlined && !ofItem && isFlagKey(path, inside)) {
          return JSON.stringNode(place.key);
        }
      }
      case "missing_some" -> {
        if (place.needsKey() && !isLiteralArray(operands.path(1))) {
          throw new FlagFormatException(
              inside,
              "whether its paths are an array must be seen where "
                  + (place.isInlined ? place.key + " is a prerequisite" : "there is a salt"),
              null);
        }
      }
      case "fractional" -> {
        return buckets(operands, place, inside, ofItem);
      }
      default -> {}
    }
    return JSON.objectNode().set(operator, operands(operands, place, inside, ofItem));
  }

  /** A single operand without brackets keeps being one, also where what it refers to is an array. */
  private JsonNode operands(JsonNode json, Place place, String pointer, boolean ofItem) {
    JsonNode rewritten = rewritten(json, place, pointer, ofItem);
    return rewritten.isArray() && !json.isArray() ? JSON.arrayNode().add(rewritten) : rewritten;
  }

  private static boolean isFlagKey(JsonNode path, String pointer) {
    if (path.isArray()) {
      throw new FlagFormatException(
          pointer, "the path of var must not be an array in a prerequisite", null);
    }
    return path.isString() && path.stringValue().equals("$flagd.flagKey");
  }

  private static boolean isLiteralArray(JsonNode json) {
    if (!json.isArray()) {
      return false;
    }
    for (JsonNode element : json) {
      if (element.isContainer()) {
        return false;
      }
    }
    return true;
  }

  private JsonNode buckets(JsonNode json, Place place, String pointer, boolean ofItem) {
    if (place.bucketing != readers) {
      throw new FlagFormatException(
          pointer,
          "is drawn by " + place.bucketing.text() + " of bucketing, and it is written for "
              + readers.text(),
          null);
    }
    JsonNode rewritten = operands(json, place, pointer, ofItem);
    ArrayNode operands =
        rewritten instanceof ArrayNode array ? array : JSON.arrayNode().add(rewritten);
    JsonNode first = operands.get(0);
    ObjectNode plain = JSON.objectNode();
    plain.set("fractional", operands);
    if (!place.needsKey() || isText(first) || isNeitherTextNorArray(first)) {
      return plain;
    }
    String where = place.isInlined ? "in a prerequisite" : "with a salt";
    if (ofItem) {
      throw new FlagFormatException(
          pointer, where + " it must have a key of its own within an iteration", null);
    }
    if (readers == Bucketing.V3) {
      throw new FlagFormatException(
          pointer, where + " it must have a string for a key to be written for v3", null);
    }
    ArrayNode withKey = JSON.arrayNode();
    withKey.add(operation("cat", JSON.stringNode(place.seed), targetingKey()));
    withKey.addAll(operands);
    JsonNode keyed = JSON.objectNode().set("fractional", withKey);
    if (first.isArray()) {
      grow(operands.size());
      return operation("if", targetingKey(), keyed, JSON.nullNode());
    }
    grow(2 * count(operands));
    return operation(
        "if",
        operation("===", operation("cat", first), first), // it is a string
        plain,
        targetingKey(),
        keyed,
        JSON.nullNode());
  }

  private static int count(JsonNode json) {
    int count = 1;
    for (JsonNode inner : json) {
      count += count(inner);
    }
    return count;
  }

  /** Whether it gives a string for all contexts. */
  static boolean isText(JsonNode rule) {
    return rule.isString() || (isOperation(rule) && operator(rule).equals("cat"));
  }

  private static boolean isNeitherTextNorArray(JsonNode rule) {
    if (!isOperation(rule)) {
      return !rule.isString() && !rule.isArray();
    }
    return switch (operator(rule)) {
      case "==",
          "===",
          "!=",
          "!==",
          "<",
          "<=",
          ">",
          ">=",
          "!",
          "!!",
          "in",
          "all",
          "none",
          "some",
          "+",
          "/",
          "%",
          "min",
          "max",
          "starts_with",
          "ends_with",
          "sem_ver" -> true;
      default -> false;
    };
  }

  /** Whether it is one operator and what it is applied to. */
  static boolean isOperation(JsonNode rule) {
    return rule.isObject() && rule.size() == 1;
  }

  /** Name of the operator. */
  static String operator(JsonNode operation) {
    return operation.propertyNames().iterator().next();
  }

  private static String text(JsonNode result) {
    return result.isString() ? result.stringValue() : result.toString();
  }

  private static boolean isTrue(JsonNode rule) {
    return rule.isBoolean() && rule.booleanValue();
  }

  private static boolean isFalse(JsonNode rule) {
    return rule.isBoolean() && !rule.booleanValue();
  }

  /** A rule that gives always the same, since {@code targeting} must be an operation. */
  private static ObjectNode always(JsonNode result) {
    return operation("if", JSON.booleanNode(true), result);
  }

  private static JsonNode targetingKey() {
    return JSON.objectNode().put("var", "targetingKey");
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
