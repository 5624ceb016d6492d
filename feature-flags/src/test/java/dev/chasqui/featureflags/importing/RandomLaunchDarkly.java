package dev.chasqui.featureflags.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** LaunchDarkly's data and contexts by chance, of few names and values, so that they meet. */
final class RandomLaunchDarkly {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final List<String> KEYS = List.of("ann", "bob", "cem", "5", "");
  private static final List<String> ATTRIBUTES = List.of(
      "email",
      "age",
      "groups",
      "key",
      "name",
      "anonymous",
      "kind",
      "address",
      "/address/city",
      "/address",
      "/groups",
      "beta",
      "a/b",
      "~1",
      "/a~1b",
      "address/city",
      "/email/0/x");

  /** What JSON has, as texts that might be taken for one another. */
  static final List<String> VALUES = List.of(
      "\"\"",
      "\"a\"",
      "\"ab\"",
      "\"abc\"",
      "\"b\"",
      "\"5\"",
      "\"5.0\"",
      "\"true\"",
      "\"false\"",
      "\"null\"",
      "\"user\"",
      "\"ann\"",
      "\"a,b\"",
      "\"[object Object]\"",
      "\" 5\"",
      "5",
      "5.0",
      "4.5",
      "0",
      "-1",
      "1",
      "1e3",
      "9007199254740993",
      "true",
      "false",
      "null");

  static final List<String> WITHIN = List.of(
      "[]",
      "[\"a\"]",
      "[\"a\",\"b\"]",
      "[5]",
      "[null]",
      "[true]",
      "[[\"a\"]]",
      "[[5]]",
      "[{}]",
      "[\"\"]",
      "[\"5\",4.5]",
      "{}",
      "{\"city\":\"a\"}",
      "{\"city\":5}",
      "{\"city\":[\"ab\",5]}",
      "{\"city\":null}",
      "{\"city\":{}}",
      "{\"length\":0}");

  static final List<String> OPERATORS = List.of(
      "in",
      "startsWith",
      "endsWith",
      "contains",
      "lessThan",
      "lessThanOrEqual",
      "greaterThan",
      "greaterThanOrEqual");

  private final Dice dice;

  RandomLaunchDarkly(long seed) {
    dice = new Dice(seed);
  }

  private JsonNode value() {
    return MAPPER.readTree(dice.one(VALUES));
  }

  /** Attributes by name, and the key by the name {@code key}, which is never empty. */
  Map<String, JsonNode> context() {
    Map<String, JsonNode> context = new LinkedHashMap<>();
    context.put("key", JSON.stringNode(dice.one(KEYS.subList(0, 4))));
    for (String name : List.of(
        "email",
        "age",
        "groups",
        "name",
        "anonymous",
        "address",
        "beta",
        "a/b",
        "~1",
        "address/city")) {
      if (!dice.chance(4)) {
        context.put(name, dice.chance(2) ? value() : MAPPER.readTree(dice.one(WITHIN)));
      }
    }
    return context;
  }

  ObjectNode data() {
    ObjectNode data = JSON.objectNode();
    ObjectNode flags = data.putObject("flags");
    int count = 1 + dice.nextInt(8);
    for (int i = 0; i < count; i++) {
      flags.set("f" + i, flag("f" + i, i));
    }
    ObjectNode segments = data.putObject("segments");
    for (int i = 0; i < 3; i++) {
      segments.set("s" + i, segment("s" + i, i));
    }
    if (dice.chance(3)) {
      data.putObject("flagValues").put("v", dice.one(List.of("x", "y"))).put("w", true);
    }
    return data;
  }

  private ObjectNode flag(String key, int index) {
    ObjectNode flag = JSON.objectNode().put("key", key).put("version", 1).put("salt", "s");
    flag.put("on", !dice.chance(5));
    List<String> variations = dice.one(List.of(
        List.of("true", "false"),
        List.of("false", "true"),
        List.of("\"a\"", "\"b\"", "\"a\""),
        List.of("1", "2.5", "3"),
        List.of("{\"a\":1}", "{}"),
        List.of("true", "true", "false")));
    variations.forEach(value -> flag.withArray("/variations").add(MAPPER.readTree(value)));
    int most = variations.size();
    if (!dice.chance(4)) {
      flag.put("offVariation", dice.nextInt(most));
    }
    flag.set("fallthrough", served(JSON.objectNode(), most));
    if (index > 0 && dice.chance(2)) {
      for (int i = 0; i <= dice.nextInt(2); i++) {
        flag.withArray("/prerequisites")
            .add(JSON.objectNode()
                .put("key", "f" + dice.nextInt(index))
                .put("variation", dice.nextInt(2)));
      }
    }
    if (dice.chance(2)) {
      targets(flag, most);
    }
    for (int i = dice.nextInt(4); i > 0; i--) {
      flag.withArray("/rules").add(served(rule(3), most).put("id", "r" + i));
    }
    return flag;
  }

  private void targets(ObjectNode flag, int most) {
    for (int i = 0; i < 2; i++) {
      ObjectNode target = JSON.objectNode().put("variation", dice.nextInt(most));
      keys(target.putArray("values"));
      flag.withArray("/targets").add(target);
    }
    if (dice.chance(2)) {
      for (int i = 0; i < 2; i++) {
        ObjectNode target = JSON.objectNode()
            .put("variation", dice.nextInt(most))
            .put("contextKind", dice.chance(6) ? "org" : "user");
        target.putArray("values");
        flag.withArray("/contextTargets").add(target);
      }
    }
  }

  private void keys(ArrayNode keys) {
    for (int i = dice.nextInt(3); i > 0; i--) {
      keys.add(dice.one(KEYS));
    }
  }

  private ObjectNode served(ObjectNode in, int most) {
    if (!dice.chance(8)) {
      return in.put("variation", dice.nextInt(most));
    }
    ArrayNode entries = in.putObject("rollout").putArray("variations");
    int all = dice.nextInt(most);
    int share = dice.chance(3) ? 50_000 : 100_000;
    for (int i = 0; i < most; i++) {
      entries.addObject().put("variation", i).put("weight", i == all ? share : 0);
    }
    return in;
  }

  private ObjectNode rule(int segmentsBelow) {
    ObjectNode rule = JSON.objectNode();
    ArrayNode clauses = rule.putArray("clauses");
    for (int i = dice.chance(10) ? 0 : 1 + dice.nextInt(2); i > 0; i--) {
      clauses.add(clause(segmentsBelow));
    }
    return rule;
  }

  private ObjectNode clause(int segmentsBelow) {
    ObjectNode clause = JSON.objectNode().put("negate", dice.chance(3));
    ArrayNode values = clause.putArray("values");
    if (dice.chance(5)) {
      clause.put("op", "segmentMatch");
      for (int i = dice.nextInt(3); i > 0; i--) {
        values.add("s" + dice.nextInt(segmentsBelow + 1)); // s3 is not there
      }
      return clause;
    }
    clause.put("op", dice.one(OPERATORS)).put("attribute", dice.one(ATTRIBUTES));
    if (!dice.chance(3)) {
      clause.put("contextKind", "user");
    }
    for (int i = dice.nextInt(4); i > 0; i--) {
      values.add(value());
    }
    return clause;
  }

  private ObjectNode segment(String key, int index) {
    ObjectNode segment = JSON.objectNode().put("key", key).put("version", 1).put("salt", "s");
    keys(segment.putArray("included"));
    keys(segment.putArray("excluded"));
    if (dice.chance(3)) {
      ObjectNode target =
          segment.putArray("includedContexts").addObject().put("contextKind", "user");
      keys(target.putArray("values"));
    }
    ArrayNode rules = segment.putArray("rules");
    for (int i = dice.nextInt(3); i > 0; i--) {
      ObjectNode rule = rule(index == 0 ? 3 : index - 1);
      if (dice.chance(8)) {
        rule.put("weight", dice.chance(2) ? 0 : 50_000);
      }
      rules.add(rule);
    }
    return segment;
  }

  /** Many contexts. */
  List<Map<String, JsonNode>> contexts(int count) {
    List<Map<String, JsonNode>> contexts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      contexts.add(context());
    }
    return contexts;
  }
}
