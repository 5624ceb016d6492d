package dev.chasqui.featureflags.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Unleash's features and contexts by chance, of few names and values, so that they meet. */
final class RandomUnleash {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Texts that might be taken for one another. */
  static final List<String> VALUES = List.of(
      "",
      "a",
      "A",
      "ab",
      "AB",
      "aB",
      "abc",
      "b",
      "i",
      "ki",
      "KI",
      "ik",
      "m",
      "mm",
      "null",
      "nu",
      "ll",
      "undefined",
      "5",
      "5.0",
      "5.",
      ".5",
      "0.5",
      "05",
      "+5",
      "-5",
      "-0",
      "0",
      "1",
      "1.0",
      "0.1",
      "0.10000000000000002",
      "0.1000000000000005",
      "4.5",
      "1e3",
      "1E3",
      "1e",
      "1e999",
      "1000",
      "0x5",
      "0X5",
      "0b101",
      "0o5",
      "-0x5",
      " 5",
      "5 ",
      "\t5",
      "5\n",
      "\u00a05",
      "5_0",
      "5px",
      "-",
      ".",
      "+",
      "nan",
      "NaN",
      "9007199254740993",
      "1.0000000000000002",
      "1.2.3",
      "v1.2.3",
      "V1.2.3",
      "1.2",
      "1.2.4",
      "01.2.3",
      "1.2.3-beta",
      "1.2.3-beta.1",
      "1.2.3-beta.2",
      "1.2.3-beta.10",
      "1.2.3-01",
      "1.2.3-",
      "1.2.3+b",
      "1.2.3-beta+b",
      "1.2.3+",
      " 1.2.3",
      "1.10.0",
      "0.0.0",
      "1.2.3.4",
      "10.0.0.1",
      "::1",
      "true",
      "\"",
      "a\"b",
      "\\",
      "a\\",
      "a\\b",
      "a\\\"b",
      "@acme.com",
      "ann@acme.com",
      "Ann@Acme.COM",
      "\u212ai",
      "\u0130",
      "k\u0130",
      "\u0130k",
      "i\u0307",
      "\u00fc",
      "\u00dc",
      "\u017f",
      "s",
      "S",
      "\ud83d\ude00i",
      "currentTime",
      "2026-11-28T12:00:00.000Z");

  static final List<String> OPERATORS = List.of(
      "IN",
      "NOT_IN",
      "STR_STARTS_WITH",
      "STR_ENDS_WITH",
      "STR_CONTAINS",
      "NUM_EQ",
      "NUM_GT",
      "NUM_GTE",
      "NUM_LT",
      "NUM_LTE",
      "SEMVER_EQ",
      "SEMVER_GT",
      "SEMVER_LT",
      "DATE_AFTER",
      "DATE_BEFORE");

  private static final List<String> DATES = List.of(
      "2026-11-28T12:00:00.000Z",
      "2026-11-28T12:00:00Z",
      "2026-11-28T12:00:00.001Z",
      "2026-11-28T11:59:59.999Z",
      "2026-11-28T14:00:01+02:00",
      "2026-11-28T11:30:00.000-00:30",
      "2026-11-28T12:00:00-00:00",
      "2026-11-28",
      "0000-01-01T00:00:00Z");

  private static final List<String> NUMBERS = List.of("5", "0", "1", "-5", "4.5", "1e3");
  private static final List<String> VERSIONS = List.of("1.2.3", "1.2.3-beta", "0.0.0", "1.3.0");

  static final List<String> ATTRIBUTES = List.of(
      "userId",
      "sessionId",
      "remoteAddress",
      "environment",
      "appName",
      "x",
      "plan",
      "0",
      "a b",
      "length");

  private static final List<String> SOME =
      List.of("", "a", "b", "ab", "5", "4.5", "1.2.3", "1.2.3-beta", "10.0.0.1", "ann");

  private final Dice dice;

  RandomUnleash(long seed) {
    dice = new Dice(seed);
  }

  /** Attributes by Unleash's names. The environment and the application are always there, as Unleash's SDK has them. */
  Map<String, String> context() {
    Map<String, String> context = new LinkedHashMap<>();
    for (String name : ATTRIBUTES) {
      if (name.equals("environment") || name.equals("appName") || !dice.chance(3)) {
        context.put(name, dice.one(dice.chance(6) ? VALUES : SOME));
      }
    }
    return context;
  }

  /** Features called f0 and so on. */
  ObjectNode data(int count) {
    ObjectNode data = JSON.objectNode().put("version", 2);
    ArrayNode features = data.putArray("features");
    for (int i = 0; i < count; i++) {
      features.add(feature("f" + i, i, count));
    }
    ArrayNode segments = data.putArray("segments");
    for (int i = 0; i < 4; i++) {
      constraints(segments.addObject().put("id", i).put("name", "s"), 3);
    }
    return data;
  }

  private ObjectNode feature(String name, int index, int count) {
    ObjectNode feature = JSON.objectNode().put("name", name).put("enabled", !dice.chance(6));
    boolean variants = dice.chance(2);
    ArrayNode strategies = feature.putArray("strategies");
    for (int i = dice.chance(8) ? 0 : 1 + dice.nextInt(3); i > 0; i--) {
      ObjectNode strategy = strategies.addObject();
      strategy(strategy);
      if (!dice.chance(20)) {
        ArrayNode own = strategy.putArray("variants");
        if (variants && dice.chance(2)) {
          variants(own, false);
        }
      }
    }
    if (variants && !dice.chance(3)) {
      variants(feature.putArray("variants"), true);
    }
    if (index > count / 2 && dice.chance(2)) {
      ArrayNode dependencies = feature.putArray("dependencies");
      for (int i = dice.chance(3) ? 2 : 1; i > 0; i--) {
        ObjectNode dependency =
            dependencies.addObject().put("feature", "f" + dice.nextInt(count / 2 + 20));
        if (dice.chance(2)) {
          dependency.put("enabled", dice.chance(2));
        }
        if (dice.chance(2)) {
          dependency.putArray("variants").add(dice.one(List.of("v0", "v1", "v0")));
        }
      }
    }
    return feature;
  }

  private void variants(ArrayNode variants, boolean overrides) {
    int count = 1 + dice.nextInt(3);
    int all = dice.chance(3) ? dice.nextInt(count) : 0;
    for (int i = 0; i < count; i++) {
      ObjectNode variant = variants
          .addObject()
          .put("name", "v" + i)
          .put("weight", i == all ? (dice.chance(2) ? 1000 : 1) : dice.chance(30) ? 500 : 0)
          .put("stickiness", dice.one(List.of("default", "userId", "random", "x")));
      if (dice.chance(8)) {
        variant.putObject("payload").put("type", "string").put("value", dice.one(SOME));
      } else if (i == 0) {
        variant.putObject("payload").put("type", "json").put("value", "{\"a\": [1]}");
      }
      if (overrides && dice.chance(2)) {
        texts(variant
            .putArray("overrides")
            .addObject()
            .put("contextName", dice.one(ATTRIBUTES))
            .putArray("values"));
      }
    }
  }

  private void texts(ArrayNode values) {
    for (int i = 1 + dice.nextInt(2); i > 0; i--) {
      values.add(dice.one(SOME));
    }
  }

  private void strategy(ObjectNode strategy) {
    String name = dice.one(List.of(
        "default",
        "default",
        "userWithId",
        "remoteAddress",
        "flexibleRollout",
        "flexibleRollout",
        "gradualRolloutUserId",
        "gradualRolloutSessionId",
        "gradualRolloutRandom"));
    strategy.put("name", name);
    ObjectNode parameters = strategy.putObject("parameters");
    String percent = dice.chance(12) ? "50" : dice.chance(3) ? "0" : "100";
    if (!dice.chance(10)) {
      switch (name) {
        case "userWithId" ->
          parameters.put("userIds", dice.one(List.of("", "a, b", " ann,5 ,", "a\nb,\tb ")));
        case "remoteAddress" ->
          parameters.put(
              "IPs", dice.one(List.of("10.0.0.1", "10.0.0.2, 10.0.0.1/32", "10.0.0.0/8", "", "5")));
        case "flexibleRollout" ->
          parameters
              .put("rollout", percent)
              .put(
                  "stickiness",
                  dice.one(List.of("default", "random", "userId", "sessionId", "x", "appName")));
        default -> parameters.put("percentage", percent);
      }
      if (!dice.chance(8)) {
        parameters.put("groupId", "g");
      }
    }
    if (dice.chance(2)) {
      constraints(strategy, 3);
    }
    if (dice.chance(4)) {
      strategy.putArray("segments").add(dice.nextInt(5)); // 4 is not there
    }
  }

  private void constraints(ObjectNode of, int most) {
    ArrayNode constraints = of.putArray("constraints");
    for (int i = dice.nextInt(most); i > 0; i--) {
      String operator = dice.one(OPERATORS);
      boolean isDate = operator.startsWith("DATE");
      List<String> values = isDate
          ? DATES
          : operator.startsWith("NUM") ? NUMBERS : operator.startsWith("SEM") ? VERSIONS : SOME;
      constraints.add(constraint(
          isDate ? "currentTime" : dice.one(ATTRIBUTES),
          operator,
          dice.one(values),
          dice.chance(4),
          dice.chance(4)));
    }
  }

  static ObjectNode constraint(
      String attribute, String operator, String value, boolean inverted, boolean anyCase) {
    ObjectNode constraint = JSON.objectNode()
        .put("contextName", attribute)
        .put("operator", operator)
        .put("value", value)
        .put("inverted", inverted)
        .put("caseInsensitive", anyCase);
    constraint.putArray("values").add(value);
    return constraint;
  }

  /** Many contexts. */
  List<Map<String, String>> contexts(int count) {
    List<Map<String, String>> contexts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      contexts.add(context());
    }
    return contexts;
  }
}
