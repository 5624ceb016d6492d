package dev.chasqui.featureflags.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** GrowthBook's payloads and contexts by chance, of few names and values, so that they meet. */
final class RandomGrowthBook {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** What JSON has, as texts, that might be taken for one another. */
  static final List<String> VALUES = List.of(
      "''",
      "' '",
      "'a'",
      "'ab'",
      "'b'",
      "'a,b'",
      "'A'",
      "'K'",
      "'5'",
      "'5.0'",
      "' 5'",
      "'0'",
      "'-0'",
      "'1'",
      "'1e3'",
      "'1000'",
      "'0x10'",
      "'16'",
      "'12px'",
      "'true'",
      "'false'",
      "'null'",
      "'undefined'",
      "'NaN'",
      "'Infinity'",
      "'-Infinity'",
      "'[object Object]'",
      "'array'",
      "'string'",
      "'number'",
      "'boolean'",
      "'object'",
      "'length'",
      "'beta'",
      "'condition'",
      "'constructor'",
      "5",
      "5.0",
      "4.5",
      "0",
      "-0.0",
      "-1",
      "1",
      "2",
      "16",
      "1e3",
      "1e21",
      "1e-7",
      "9007199254740993",
      "12345678901234567890",
      "true",
      "false",
      "null",
      "[]",
      "[null]",
      "['']",
      "['a']",
      "['a','b']",
      "['b','a']",
      "['5']",
      "[5]",
      "[5,0]",
      "[0]",
      "[false]",
      "[true]",
      "[null,'a']",
      "[['a']]",
      "[['a'],'b']",
      "[[]]",
      "[{}]",
      "[{'city':'a'},{'city':5}]",
      "[{'id':'a'}]",
      "[{'city':['a','b']}]",
      "['abc',{'city':null}]",
      "{}",
      "{'city':'a'}",
      "{'city':5}",
      "{'city':['a',5]}",
      "{'city':null}",
      "{'city':{'city':'a'}}",
      "{'length':0}",
      "{'0':'a'}");

  /** Conditions with one of these in the place of a dot. */
  static final List<String> FORMS = List.of(
      ".",
      "{'$eq':.}",
      "{'$ne':.}",
      "{'$lt':.}",
      "{'$lte':.}",
      "{'$gt':.}",
      "{'$gte':.}",
      "{'$exists':.}",
      "{'$type':.}",
      "{'$in':.}",
      "{'$in':[.]}",
      "{'$in':['a',.,5]}",
      "{'$nin':[.]}",
      "{'$nin':['a',.,5]}",
      "{'$inGroup':.}",
      "{'$notInGroup':.}",
      "{'$size':.}",
      "{'$size':{'$gt':.}}",
      "{'$all':[]}",
      "{'$all':[.]}",
      "{'$all':['a',.]}",
      "{'$all':[{'$gte':.}]}",
      "{'$elemMatch':.}",
      "{'$elemMatch':{'$eq':.}}",
      "{'$elemMatch':{'$not':.}}",
      "{'$elemMatch':{'$gt':.}}",
      "{'$elemMatch':{'$in':[.]}}",
      "{'$elemMatch':{'city':.}}",
      "{'$elemMatch':{'id':.}}",
      "{'$elemMatch':{'city':{'$all':[.]}}}",
      "{'$elemMatch':{'$size':.}}",
      "{'$regex':.}",
      "{'$not':.}",
      "{'$not':{'$lt':.}}",
      "{'$ne':'a','$gt':.}");

  static final List<String> REGEXES = List.of(
      "a",
      "^a",
      "b$",
      "^a$",
      "^ab$",
      "null",
      "^nu",
      "ll$",
      "^null$",
      "5",
      "^5$",
      "\\.",
      "^5\\.0",
      "e",
      ",",
      "^\\[object Object\\]$",
      "\\/",
      "a/i",
      "tru",
      "^true$",
      "\\$",
      "-");

  private final Dice dice;

  RandomGrowthBook(long seed) {
    dice = new Dice(seed);
  }

  static JsonNode json(String text) {
    return MAPPER.readTree(text.replace('\'', '"'));
  }

  private JsonNode value() {
    return json(dice.one(VALUES));
  }

  List<ObjectNode> contexts(int count) {
    List<ObjectNode> contexts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode context = JSON.objectNode();
      if (!dice.chance(5)) {
        context.put("id", dice.one(List.of("ann", "bob", "a", "5", "")));
      }
      for (String name : List.of("age", "tags", "company", "beta", "address")) {
        if (!dice.chance(5)) {
          context.set(name, value());
        }
      }
      contexts.add(context);
    }
    return contexts;
  }

  ObjectNode payload() {
    ObjectNode payload = JSON.objectNode();
    ObjectNode features = payload.putObject("features");
    int count = 1 + dice.nextInt(8);
    for (int i = 0; i < count; i++) {
      features.set("f" + i, feature(i));
    }
    ObjectNode groups = payload.putObject("savedGroups");
    ArrayNode legacy = groups.putArray("legacy");
    ArrayNode listed = groups
        .putObject("list")
        .put("type", "list")
        .put("attributeKey", dice.one(List.of("id", "tags", "company.city")))
        .putArray("values");
    for (int i = dice.nextInt(4); i > 0; i--) {
      legacy.add(dice.chance(2) ? JSON.stringNode("ann") : value());
      listed.add(dice.chance(2) ? JSON.stringNode("bob") : value());
    }
    groups.putObject("condition").put("type", "condition").set("condition", condition(2));
    groups
        .putObject("nested")
        .put("type", "condition")
        .putObject("condition")
        .putObject("$savedGroup")
        .put("id", dice.one(List.of("condition", "list", "legacy", "nobody")));
    return payload;
  }

  private ObjectNode feature(int index) {
    Supplier<JsonNode> values = dice.one(List.<Supplier<JsonNode>>of(
        () -> JSON.booleanNode(dice.chance(2)),
        () -> JSON.booleanNode(dice.chance(2)),
        () -> json(dice.one(List.of("'a'", "'b'", "'c'"))),
        () -> json(dice.one(List.of("1", "2.5", "3", "-0.0"))),
        () -> json(dice.one(List.of("{'city':'a'}", "{}", "{'city':null}", "{'city':[1,2]}"))),
        () -> json(dice.one(List.of("true", "false", "null")))));
    ObjectNode feature = JSON.objectNode();
    if (!dice.chance(10)) {
      feature.set("defaultValue", values.get());
    }
    ArrayNode rules = feature.putArray("rules");
    if (index > 0 && dice.chance(2)) {
      ObjectNode rule = rules.addObject();
      for (int i = dice.nextInt(2); i >= 0; i--) {
        ObjectNode parent = rule.withArrayProperty("parentConditions")
            .addObject()
            .put("id", "f" + dice.nextInt(index))
            .put("gate", !dice.chance(12));
        String path = dice.chance(6) ? "value.city" : "value";
        parent.putObject("condition").set(path, dice.chance(2) ? JSON.booleanNode(true) : test());
      }
    }
    for (int i = dice.nextInt(5); i > 0; i--) {
      rules.add(rule(values));
    }
    return feature;
  }

  private ObjectNode rule(Supplier<JsonNode> values) {
    ObjectNode rule = JSON.objectNode();
    if (!dice.chance(6)) {
      rule.set("condition", condition(3));
    }
    if (dice.chance(4)) {
      rule.put("hashAttribute", dice.one(List.of("", "id", "age", "tags", "company")));
    }
    if (dice.chance(4)) {
      rule.put("hashVersion", dice.nextInt(3));
    }
    if (dice.chance(4)) {
      rule.set("coverage", json(dice.one(List.of("1", "1", "0", "1.5", "-1", "0.9999"))));
    }
    if (!dice.chance(3)) {
      rule.set("force", values.get());
      if (dice.chance(6)) {
        rule.set(
            "range", json(dice.one(List.of("[0,1]", "[0,1]", "[0.5,0.5]", "[1,2]", "[0,0.5]"))));
      }
      return rule;
    }
    int count = dice.nextInt(4);
    ArrayNode variations = rule.putArray("variations");
    for (int i = 0; i < count; i++) {
      variations.add(values.get());
    }
    ArrayNode weights = rule.putArray("weights");
    int all = dice.nextInt(4);
    for (int i = 0; i < count; i++) {
      double weight = i == all ? dice.one(List.of(1.0, 1.0, 1.005, 0.995)) : 0;
      weights.add(weight);
    }
    if (dice.chance(4)) {
      rule.set(
          "ranges",
          json(dice.one(List.of(
              "[[0,1]]",
              "[[0,0],[0,1]]",
              "[[0,0.5],[0.5,1]]",
              "[]",
              "[[0,0],[0,0],[0,0],[0,1]]"))));
    }
    if (dice.chance(6)) {
      ArrayNode meta = rule.putArray("meta");
      for (int i = 0; i < count; i++) {
        meta.addObject().put("key", "v" + i).put("passthrough", dice.chance(3));
      }
    }
    return rule;
  }

  private ObjectNode condition(int deepest) {
    ObjectNode condition = JSON.objectNode();
    for (int i = dice.chance(3) ? 2 : 1; i > 0; i--) {
      switch (deepest == 0 ? 9 : dice.nextInt(10)) {
        case 0 -> conditions(condition.putArray("$or"), deepest - 1);
        case 1 -> conditions(condition.putArray("$nor"), deepest - 1);
        case 2 -> conditions(condition.putArray("$and"), deepest - 1);
        case 3 -> condition.set("$not", condition(deepest - 1));
        case 4 -> {
          ObjectNode group = condition
              .putObject("$savedGroup")
              .put("id", dice.one(List.of("list", "condition", "nested", "legacy", "nobody")));
          if (dice.chance(4)) {
            group.put("attributeKey", dice.one(List.of("id", "age", "tags")));
          }
        }
        case 5 ->
          condition
              .putObject(dice.one(List.of("id", "tags")))
              .put(
                  dice.chance(2) ? "$inGroup" : "$notInGroup",
                  dice.one(List.of("list", "legacy", "nobody")));
        case 6 -> condition.putObject("tags").putObject("$elemMatch").set("$not", test());
        default ->
          condition.set(
              dice.one(List.of(
                  "id", "age", "tags", "company", "company.city", "address.city.city", "beta")),
              test());
      }
    }
    return condition;
  }

  private void conditions(ArrayNode array, int deepest) {
    for (int i = dice.nextInt(3); i > 0; i--) {
      array.add(condition(deepest));
    }
  }

  private JsonNode test() {
    return json(dice.one(FORMS.subList(0, FORMS.size() - (dice.chance(9) ? 0 : 4)))
        .replace(".", dice.one(VALUES)));
  }
}
