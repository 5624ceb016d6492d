package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Documents, rules and contexts of a seed. Rules are wild, with operands of every type in every place, or tame: with operands as people
 * write them, on which evaluators agree.
 */
final class RandomFlags {
  /** Steps of schedules are around it. */
  static final long NOW = 1_800_000_000L;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> VARIANTS = List.of("on", "off", "third", "true", "0");
  private static final List<String> TEXTS = List.of(
      "",
      "on",
      "off",
      "a",
      "ab",
      "abc",
      "1",
      "0",
      "1.5",
      "-7",
      "0x1f",
      "1e3",
      " 12 ",
      "12px",
      "true",
      "null",
      "Zürich",
      "日本",
      "😀x",
      "1.2.3",
      "v2.0.0",
      "2.0.0-rc.1",
      "1.2",
      "10",
      "u1",
      "u2");
  private static final List<String> VERSIONS = List.of(
      "1.2.3",
      "1.2.4",
      "v1.2.3",
      "2.0.0",
      "2.0.0-rc.1",
      "2.0.0-rc.10",
      "1.2",
      "1",
      "1.2.3+b",
      "1.05",
      "007",
      "1.2.3.4",
      "1.2.03");
  private static final double[] NUMBERS = {
    0, -0.0, 1, -1, 2, 3, 7, 10, 0.5, -1.5, 1e21, 1e-7, 123456789, 4294967296.0, 0.1
  };
  private static final List<String> PATHS = List.of(
      "text",
      "number",
      "flag",
      "list",
      "object",
      "nothing",
      "absent",
      "object.inner",
      "object.deep.er",
      "list.0",
      "list.1",
      "list.length",
      "text.length",
      "text.0",
      "targetingKey",
      "$flagd.flagKey",
      "$flagd.timestamp",
      "version",
      "odd");

  private final Random random;
  private List<String> evaluators = List.of();

  RandomFlags(long seed) {
    random = new Random(seed);
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  private ObjectNode operation(String operator, JsonNode... operands) {
    ArrayNode array = JSON.arrayNode();
    for (JsonNode operand : operands) {
      array.add(operand);
    }
    ObjectNode operation = JSON.objectNode();
    operation.set(operator, array);
    return operation;
  }

  private ObjectNode operation(String operator, int operands, Supplier<JsonNode> operand) {
    if (operands == 1 && once(2)) {
      JsonNode only = operand.get();
      if (!only.isArray()) {
        return JSON.objectNode().set(operator, only);
      }
    }
    return operation(
        operator,
        IntStream.range(0, operands).mapToObj(i -> operand.get()).toArray(JsonNode[]::new));
  }

  private JsonNode variable(String path) {
    return JSON.objectNode().put("var", path);
  }

  private JsonNode number(double number) {
    return number == Math.rint(number)
            && Math.abs(number) < 1e15
            && Double.compare(number, -0.0) != 0
        ? JSON.numberNode((long) number)
        : JSON.numberNode(number);
  }

  // Wild rules

  private JsonNode scalar() {
    return switch (random.nextInt(8)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2, 3 -> number(NUMBERS[random.nextInt(NUMBERS.length)]);
      default -> JSON.stringNode(any(TEXTS));
    };
  }

  private JsonNode literal(int depth) {
    if (once(5)) {
      ArrayNode array = JSON.arrayNode();
      for (int i = random.nextInt(4); i > 0; i--) {
        array.add(depth > 0 ? wild(depth - 1) : scalar());
      }
      return array;
    }
    return once(25) ? JSON.objectNode() : scalar();
  }

  private JsonNode wildVariable(int depth) {
    return switch (random.nextInt(10)) {
      case 0 -> operation("var", JSON.stringNode(any(PATHS)), wild(depth - 1));
      case 1 -> JSON.objectNode().put("var", random.nextInt(2));
      case 2 -> once(2) ? variable("") : operation("var");
      case 3 ->
        once(3)
            ? operation("var", variable("path"))
            : operation("var", operation("cat", JSON.stringNode("te"), JSON.stringNode("xt")));
      case 4 -> operation("var", JSON.stringNode(any(PATHS)));
      default -> variable(any(PATHS));
    };
  }

  /** A rule of any operator. */
  JsonNode wild(int depth) {
    if (depth <= 0) {
      return once(2) ? wildVariable(0) : scalar();
    }
    Supplier<JsonNode> inner = () -> wild(depth - 1);
    return switch (random.nextInt(26)) {
      case 0, 1 -> literal(depth - 1);
      case 2, 3, 4 -> wildVariable(depth);
      case 5 -> operation(any(List.of("if", "if", "?:")), random.nextInt(6), inner);
      case 6 -> operation(any(List.of("and", "or")), 1 + random.nextInt(3), inner);
      case 7 -> operation(any(List.of("!", "!!")), 1, inner);
      case 8, 9 -> operation(any(List.of("==", "!=", "===", "!==")), 2, inner);
      case 10, 11 -> operation(any(List.of(">", ">=", "<", "<=")), 2, inner);
      case 12 -> operation(any(List.of("<", "<=")), 3, inner);
      case 13 ->
        operation(any(List.of("+", "min", "max", "cat", "merge")), random.nextInt(4), inner);
      case 14 -> operation("*", 1 + random.nextInt(3), inner);
      case 15 -> operation("-", 1 + random.nextInt(2), inner);
      case 16 -> operation(any(List.of("/", "%")), 2, inner);
      case 17 -> operation("in", 2, inner);
      case 18 -> operation("substr", 2 + random.nextInt(2), inner);
      case 19 -> operation(any(List.of("starts_with", "ends_with")), once(8) ? 1 : 2, inner);
      case 20 -> wildVersion(inner);
      case 21, 22 -> wildFractional(depth);
      case 23 ->
        operation(
            any(List.of("map", "filter", "all", "none", "some")), array(depth), wild(depth - 1));
      case 24 ->
        once(2)
            ? operation("reduce", array(depth), reducer(depth), scalar())
            : operation("reduce", array(depth), reducer(depth));
      default -> missing(depth);
    };
  }

  private JsonNode wildVersion(Supplier<JsonNode> inner) {
    String operator = any(List.of("=", "!=", "<", "<=", ">", ">=", "^", "~", "?"));
    return once(8)
        ? operation("sem_ver", 3, inner)
        : operation(
            "sem_ver",
            once(3) ? inner.get() : JSON.stringNode(any(VERSIONS)),
            JSON.stringNode(operator),
            once(2) ? variable("version") : JSON.stringNode(any(VERSIONS)));
  }

  private JsonNode array(int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> variable("list");
      case 1 -> wild(depth - 1);
      default -> {
        ArrayNode array = JSON.arrayNode();
        for (int i = random.nextInt(5); i > 0; i--) {
          array.add(scalar());
        }
        yield array;
      }
    };
  }

  private JsonNode reducer(int depth) {
    return operation(
        any(List.of("+", "cat", "max", "merge")),
        variable("accumulator"),
        once(3) ? wild(depth - 1) : variable("current"));
  }

  private JsonNode missing(int depth) {
    if (once(2)) {
      ArrayNode paths = JSON.arrayNode();
      for (int i = random.nextInt(4); i > 0; i--) {
        paths.add(any(PATHS.subList(0, 11)));
      }
      return once(2)
          ? operation("missing_some", JSON.numberNode(random.nextInt(4)), paths)
          : JSON.objectNode().set("missing", paths);
    }
    return once(6)
        ? operation("missing_some", number(random.nextInt(3)), wild(depth - 1))
        : operation("missing", JSON.stringNode(any(PATHS.subList(0, 11))));
  }

  private JsonNode wildFractional(int depth) {
    ArrayNode operands = JSON.arrayNode();
    switch (random.nextInt(5)) {
      case 0 -> operands.add(wild(depth - 1));
      case 1 -> operands.add(variable("text"));
      case 2 ->
        operands.add(operation("cat", variable("$flagd.flagKey"), variable("targetingKey")));
      default -> {}
    }
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      ArrayNode entry = JSON.arrayNode();
      entry.add(once(6) ? wild(depth - 1) : JSON.stringNode(any(VARIANTS)));
      if (!once(4)) {
        entry.add(once(8) ? wild(depth - 1) : JSON.numberNode(random.nextInt(60) - 3));
      }
      operands.add(once(20) ? wild(depth - 1) : entry);
    }
    return JSON.objectNode().set("fractional", operands);
  }

  // Tame rules

  /** A rule that gives a variant, or null. */
  JsonNode tame(int depth) {
    return switch (random.nextInt(depth <= 0 ? 2 : 6)) {
      case 0 -> tameLeaf();
      case 1 -> fractional();
      default -> {
        int pairs = 1 + random.nextInt(3);
        ArrayNode operands = JSON.arrayNode();
        for (int i = 0; i < pairs; i++) {
          operands.add(condition(depth - 1));
          operands.add(tame(depth - 1));
        }
        operands.add(tame(depth - 1));
        yield JSON.objectNode().set("if", operands);
      }
    };
  }

  private JsonNode tameLeaf() {
    return switch (random.nextInt(8)) {
      case 0 -> JSON.nullNode();
      case 1 -> condition(0);
      case 2 -> variable("wanted");
      case 3 -> JSON.arrayNode().add(any(VARIANTS));
      default -> JSON.stringNode(any(VARIANTS));
    };
  }

  private JsonNode condition(int depth) {
    if (depth > 0 && once(3)) {
      return once(3)
          ? operation("!", condition(depth - 1))
          : operation(any(List.of("and", "or")), condition(depth - 1), condition(depth - 1));
    }
    return switch (random.nextInt(evaluators.isEmpty() ? 9 : 11)) {
      case 0 -> operation("==", variable("text"), JSON.stringNode(any(TEXTS)));
      case 1 -> operation(">=", variable("number"), number(random.nextInt(10)));
      case 2 ->
        operation("in", variable("text"), JSON.arrayNode().add("a").add("ab").add("on"));
      case 3 -> operation("starts_with", variable("text"), JSON.stringNode("a"));
      case 4 ->
        operation(
            "sem_ver",
            variable("version"),
            JSON.stringNode(any(List.of(">=", "<", "^", "~"))),
            JSON.stringNode(any(VERSIONS)));
      case 5 ->
        operation("==", variable("$flagd.flagKey"), JSON.stringNode("flag" + random.nextInt(4)));
      case 6 ->
        operation(
            "<", variable("$flagd.timestamp"), JSON.numberNode(NOW + random.nextInt(200) - 100));
      case 7 ->
        operation(
            "==",
            JSON.objectNode()
                .set(
                    "fractional",
                    JSON.arrayNode()
                        .add(JSON.arrayNode().add("in").add(random.nextInt(100)))
                        .add(JSON.arrayNode().add("out").add(50))),
            JSON.stringNode("in"));
      case 8 -> operation("!!", variable("flag"));
      default -> JSON.objectNode().put("$ref", any(evaluators));
    };
  }

  private JsonNode fractional() {
    ArrayNode operands = JSON.arrayNode();
    switch (random.nextInt(5)) {
      case 0 -> operands.add(variable("text"));
      case 1 -> operands.add(operation("cat", JSON.stringNode("s"), variable("targetingKey")));
      case 2 -> operands.add(JSON.stringNode("all alike " + random.nextInt(9)));
      case 3 -> {
        if (once(3)) {
          operands.add(variable("odd"));
        }
      }
      default -> {}
    }
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      ArrayNode entry = JSON.arrayNode().add(any(VARIANTS));
      if (!once(4)) {
        entry.add(random.nextInt(60));
      }
      operands.add(entry);
    }
    return JSON.objectNode().set("fractional", operands);
  }

  // Flags and documents

  private ObjectNode flag() {
    ObjectNode flag = JSON.objectNode();
    flag.put("state", once(20) ? "DISABLED" : "ENABLED");
    ObjectNode variants = flag.putObject("variants");
    int type = random.nextInt(4);
    List<String> names = VARIANTS.subList(0, 2 + random.nextInt(VARIANTS.size() - 1));
    for (String name : names) {
      switch (type) {
        case 0 -> variants.put(name, name.equals("on"));
        case 1 -> variants.put(name, "is " + name);
        case 2 -> variants.put(name, name.length() + 0.5);
        default -> variants.putObject(name).put("is", name);
      }
    }
    if (!once(4)) {
      flag.put("defaultVariant", any(names));
    }
    return flag;
  }

  private String variantOf(ObjectNode flag) {
    return any(new ArrayList<>(flag.get("variants").propertyNames()));
  }

  /** A document that every evaluator can read; evaluators in it refer to no others. */
  ObjectNode plainDocument(int flags) {
    ObjectNode document = JSON.objectNode();
    document.set("$evaluators", evaluators(false));
    ObjectNode all = document.putObject("flags");
    for (int i = 0; i < flags; i++) {
      ObjectNode flag = flag();
      if (!once(6)) {
        JsonNode rule = once(2) ? tame(3) : wild(3);
        flag.set(
            "targeting", rule.isObject() && !rule.isEmpty() ? rule : operation("if", rule, rule));
      }
      all.set("flag" + i, flag);
    }
    return document;
  }

  private ObjectNode evaluators(boolean nested) {
    evaluators = List.of();
    ObjectNode rules = JSON.objectNode();
    rules.set("isFlag1", operation("==", variable("$flagd.flagKey"), JSON.stringNode("flag1")));
    rules.set("isA", condition(0));
    rules.set(
        "half",
        operation(
            "===",
            JSON.objectNode()
                .set(
                    "fractional",
                    JSON.arrayNode()
                        .add(JSON.arrayNode().add("x"))
                        .add(JSON.arrayNode().add("y"))),
            JSON.stringNode("x")));
    evaluators = new ArrayList<>(List.of("isFlag1", "isA", "half"));
    if (nested) {
      rules.set("both", operation("and", JSON.objectNode().put("$ref", "isA"), condition(1)));
      evaluators.add("both");
    }
    return rules;
  }

  /** A document with all that is ours, in which flags have those before them as prerequisites. */
  ObjectNode document(int flags, boolean wild) {
    ObjectNode document = JSON.objectNode();
    document.set("$evaluators", evaluators(true));
    if (once(3)) {
      document.putObject("metadata").put("bucketing", any(List.of("v1", "v2", "v3")));
    }
    Map<String, ObjectNode> made = new HashMap<>();
    ObjectNode all = document.putObject("flags");
    for (int i = 0; i < flags; i++) {
      String key = "flag" + i;
      ObjectNode flag = flag();
      if (!once(5)) {
        flag.set("targeting", targeting(wild));
      }
      if (once(8)) {
        flag.putObject("metadata").put("bucketing", any(List.of("v1", "v2", "v2", "v3")));
      }
      if (once(2)) {
        flag.put("x-off", variantOf(flag));
      }
      if (once(15)) {
        flag.put("x-killed", true);
      }
      if (i > 0 && once(2)) {
        ArrayNode prerequisites = flag.putArray("x-prerequisites");
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
          String other = "flag" + random.nextInt(i);
          ObjectNode prerequisite = prerequisites.addObject().put("flag", other);
          ObjectNode otherFlag = Objects.requireNonNull(made.get(other));
          if (once(3)) {
            prerequisite.putArray("variant").add(variantOf(otherFlag)).add(variantOf(otherFlag));
          } else {
            prerequisite.put("variant", variantOf(otherFlag));
          }
        }
      }
      if (once(4)) {
        ObjectNode targets = flag.putObject("x-targets");
        List<String> names = new ArrayList<>(flag.get("variants").propertyNames());
        targets.putArray(names.get(0)).add("u1").add("u2").add("u3");
        targets.putArray(names.get(1)).add("u4").add("");
      }
      if (once(4)) {
        addSchedule(flag, wild);
      }
      if (once(4)) {
        flag.put("x-salt", any(List.of("salt", "", "flag1")));
      }
      if (once(5)) {
        int from = random.nextInt(100);
        flag.putObject("x-layer")
            .put("name", any(List.of("layer", "")))
            .put("from", from)
            .put("to", from + 1 + random.nextInt(100 - from));
      }
      made.put(key, flag);
      all.set(key, flag);
    }
    return document;
  }

  private JsonNode targeting(boolean wild) {
    JsonNode rule = wild && once(2) ? wild(3) : tame(3);
    return rule.isObject() ? rule : operation("if", JSON.booleanNode(true), rule);
  }

  private void addSchedule(ObjectNode flag, boolean wild) {
    ArrayNode steps = flag.putArray("x-schedule");
    long at = NOW - 150 + random.nextInt(100);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      ObjectNode step = steps.addObject().put("at", time(at));
      switch (random.nextInt(3)) {
        case 0 -> step.put("variant", variantOf(flag));
        case 1 -> step.set("targeting", targeting(wild));
        default ->
          step.put("until", time(at + 1 + random.nextInt(200)))
              .put("ramp", variantOf(flag))
              .put("from", random.nextInt(101))
              .put("to", random.nextInt(101))
              .put("else", variantOf(flag));
      }
      at += 1 + random.nextInt(100);
    }
  }

  private String time(long seconds) {
    return java.time.Instant.ofEpochSecond(seconds, once(4) ? 500_000_000 : 0).toString();
  }

  // Contexts

  /** Seconds around {@link #NOW}. */
  long time() {
    return NOW + random.nextInt(400) - 200;
  }

  /** Attributes, and a targeting key most of the time. */
  ObjectNode attributes(boolean wild) {
    ObjectNode attributes = JSON.objectNode();
    if (!once(8)) {
      attributes.put(
          "targetingKey",
          switch (random.nextInt(10)) {
            case 0 -> "";
            case 1, 2, 3 -> "u" + random.nextInt(6);
            case 4 -> wild ? any(TEXTS) : "key";
            default -> "user-" + random.nextInt(100_000);
          });
    }
    attributes.put("text", any(TEXTS));
    attributes.put("version", any(VERSIONS));
    attributes.set("number", number(random.nextInt(12)));
    attributes.put("flag", random.nextBoolean());
    attributes.put("wanted", any(VARIANTS));
    attributes.put("path", any(PATHS.subList(0, 15)));
    if (once(4)) {
      attributes.remove("wanted");
    }
    attributes.set(
        "odd",
        switch (random.nextInt(4)) {
          case 0 -> JSON.arrayNode().add("on").add(7);
          case 1 -> JSON.arrayNode();
          case 2 -> JSON.numberNode(5);
          default -> JSON.stringNode("key");
        });
    if (wild) {
      attributes.putNull("nothing");
      ArrayNode list = attributes.putArray("list");
      for (int i = random.nextInt(4); i > 0; i--) {
        list.add(scalar());
      }
      ObjectNode object = attributes.putObject("object");
      if (!once(4)) {
        object.set("inner", scalar());
        object.putObject("deep").set("er", scalar());
      }
      for (String name : List.of("text", "number", "flag", "version")) {
        if (once(4)) {
          attributes.set(name, scalar());
        }
      }
    }
    return attributes;
  }

  /** As OpenFeature has it. */
  static EvaluationContext context(ObjectNode attributes) {
    Map<String, Value> values = new HashMap<>();
    attributes
        .properties()
        .forEach(member -> values.put(member.getKey(), value(member.getValue())));
    Value key = values.remove("targetingKey");
    return key == null
        ? new ImmutableContext(values)
        : new ImmutableContext(key.asString(), values);
  }

  private static Value value(JsonNode json) {
    return switch (json.getNodeType()) {
      case BOOLEAN -> new Value(json.booleanValue());
      case STRING -> new Value(json.stringValue());
      case NUMBER -> json.isInt() ? new Value(json.intValue()) : new Value(json.doubleValue());
      case ARRAY -> {
        List<Value> elements = new ArrayList<>();
        json.forEach(element -> elements.add(value(element)));
        yield new Value(elements);
      }
      case OBJECT -> {
        Map<String, Value> members = new HashMap<>();
        json.properties().forEach(member -> members.put(member.getKey(), value(member.getValue())));
        yield new Value(new ImmutableStructure(members));
      }
      default -> new Value();
    };
  }
}
