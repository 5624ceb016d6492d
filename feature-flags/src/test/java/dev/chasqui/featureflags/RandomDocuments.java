package dev.chasqui.featureflags;

import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Documents of a few flags with all extensions, and what chance makes of them. */
final class RandomDocuments {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> VARIANTS = List.of("on", "off", "third");
  private static final List<JsonNode> ODD = List.of(
      JSON.nullNode(),
      JSON.booleanNode(true),
      JSON.numberNode(-1),
      JSON.numberNode(1e300),
      JSON.stringNode(""),
      JSON.stringNode("x"),
      JSON.objectNode(),
      JSON.arrayNode(),
      JSON.objectNode().put("if", 1),
      JSON.objectNode().put("$ref", "a"));

  private final Random random;
  private final RandomRules rules;

  RandomDocuments(Random random) {
    this.random = random;
    this.rules = new RandomRules(random);
  }

  ObjectNode document(int flags) {
    ObjectNode document = JSON.objectNode();
    if (random.nextInt(3) == 0) {
      document
          .putObject("metadata")
          .put("owner", "us")
          .put("bucketing", "v" + (1 + random.nextInt(3)));
    }
    ObjectNode evaluators = document.putObject("$evaluators");
    evaluators.set("a", rules.rule(2));
    evaluators.set(
        "b", JSON.objectNode().set("!", JSON.arrayNode().add(JSON.objectNode().put("$ref", "a"))));
    ObjectNode all = document.putObject("flags");
    for (int i = 0; i < flags; i++) {
      all.set("f" + i, flag(i));
    }
    return document;
  }

  private ObjectNode flag(int index) {
    ObjectNode flag = JSON.objectNode();
    flag.put("state", random.nextInt(12) == 0 ? "DISABLED" : "ENABLED");
    flag.putObject("variants").put("on", true).put("off", false).put("third", true);
    if (random.nextInt(8) != 0) {
      flag.put("defaultVariant", variant());
    }
    if (random.nextInt(5) != 0) {
      flag.set("targeting", targeting());
    }
    if (random.nextInt(4) == 0) {
      flag.put("x-off", variant());
    }
    if (random.nextInt(12) == 0) {
      flag.put("x-killed", true);
    }
    if (index > 0 && random.nextInt(4) == 0) {
      ArrayNode prerequisites = flag.putArray("x-prerequisites");
      for (int i = 0; i < 1 + random.nextInt(2); i++) {
        ObjectNode prerequisite =
            prerequisites.addObject().put("flag", "f" + random.nextInt(index));
        if (random.nextBoolean()) {
          prerequisite.put("variant", variant());
        } else {
          prerequisite.putArray("variant").add("on").add("third");
        }
      }
    }
    if (random.nextInt(6) == 0) {
      ObjectNode targets = flag.putObject("x-targets");
      targets.putArray("on").add("user-1").add("user-2");
      targets.putArray("off").add("user-3");
    }
    if (random.nextInt(6) == 0) {
      int from = random.nextInt(100);
      flag.putObject("x-layer")
          .put("name", "lane")
          .put("from", from)
          .put("to", from + 1 + random.nextInt(100 - from));
    }
    if (random.nextInt(6) == 0) {
      flag.put("x-salt", "salt" + random.nextInt(2));
    }
    if (random.nextInt(6) == 0) {
      ArrayNode schedule = flag.putArray("x-schedule");
      schedule.addObject().put("at", "2026-12-01T00:00:00Z").put("variant", variant());
      schedule
          .addObject()
          .put("at", "2026-12-02T00:00:00Z")
          .put("until", "2026-12-04T00:00:00Z")
          .put("ramp", variant())
          .put("else", variant())
          .put("from", random.nextInt(101))
          .put("to", random.nextInt(101));
      schedule.addObject().put("at", "2026-12-05T00:00:00Z").set("targeting", targeting());
    }
    return flag;
  }

  private String variant() {
    return VARIANTS.get(random.nextInt(VARIANTS.size()));
  }

  /** Mostly one that gives variants, in one of the ways that people write. */
  private JsonNode targeting() {
    if (random.nextInt(6) == 0) {
      JsonNode rule = rules.rule(3);
      return rule.isObject()
          ? rule
          : JSON.objectNode().set("if", JSON.arrayNode().add(rule));
    }
    ArrayNode operands = JSON.arrayNode();
    for (int i = random.nextInt(3); i >= 0; i--) {
      operands.add(
          random.nextInt(6) == 0
              ? JSON.objectNode().put("$ref", random.nextBoolean() ? "a" : "b")
              : rules.rule(2));
      operands.add(result());
    }
    if (random.nextBoolean()) {
      operands.add(result());
    }
    return JSON.objectNode().set("if", operands);
  }

  private JsonNode result() {
    if (random.nextInt(3) == 0) {
      ArrayNode shares = JSON.arrayNode();
      if (random.nextInt(3) == 0) {
        shares.add(JSON.objectNode()
            .set(
                "cat",
                JSON.arrayNode().add("seed").add(JSON.objectNode().put("var", "targetingKey"))));
      }
      shares.add(JSON.arrayNode().add(variant()).add(random.nextInt(100)));
      shares.add(JSON.arrayNode().add(variant()).add(random.nextInt(100)));
      return JSON.objectNode().set("fractional", shares);
    }
    return random.nextInt(10) == 0 ? JSON.nullNode() : JSON.stringNode(variant());
  }

  RandomRules rules() {
    return rules;
  }

  /** Puts something odd somewhere below {@code node}, or takes something away. */
  void spoil(JsonNode node) {
    JsonNode place = node;
    while (true) {
      List<JsonNode> below = place.valueStream().filter(JsonNode::isContainer).toList();
      if (below.isEmpty() || random.nextInt(4) == 0) {
        break;
      }
      place = below.get(random.nextInt(below.size()));
    }
    JsonNode odd = ODD.get(random.nextInt(ODD.size())).deepCopy();
    if (place instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = List.copyOf(object.propertyNames());
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(3)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(name, odd);
        default -> object.set(name + "?", odd);
      }
    } else if (place instanceof ArrayNode array) {
      if (array.isEmpty() || random.nextBoolean()) {
        array.add(odd);
      } else {
        array.set(random.nextInt(array.size()), odd);
      }
    }
  }
}
