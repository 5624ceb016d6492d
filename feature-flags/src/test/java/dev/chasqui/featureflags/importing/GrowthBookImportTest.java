package dev.chasqui.featureflags.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagEvaluation;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.featureflags.NodeWitness;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** GrowthBook's own SDK for JavaScript is the witness; what it is asked for is skipped without Node.js. */
final class GrowthBookImportTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void read_ofEachConditionOnEachValue_isWhatGrowthBookMakesOfIt() {
    ObjectNode payload = JSON.createObjectNode();
    ObjectNode features = payload.putObject("features");
    for (String attribute : List.of("x", "o.x", "id")) {
      for (String form : RandomGrowthBook.FORMS) {
        for (String value : RandomGrowthBook.VALUES) {
          addConditions(features, attribute, RandomGrowthBook.json(form.replace(".", value)));
        }
      }
      for (String regex : RandomGrowthBook.REGEXES) {
        addConditions(features, attribute, JSON.createObjectNode().put("$regex", regex));
      }
    }
    payload.set("savedGroups", RandomGrowthBook.json("""
        {"a": [], "b": ["a", 5, null, ["a"]], "5": [5], "beta": {"type": "list", "values": ["5", true]},
         "condition": {"type": "condition", "condition": {}}}"""));
    List<ObjectNode> contexts = new ArrayList<>(List.of(JSON.createObjectNode()));
    for (String text : RandomGrowthBook.VALUES) {
      JsonNode value = RandomGrowthBook.json(text);
      ObjectNode context = JSON.createObjectNode();
      context.set("x", value);
      context.putObject("o").set("x", value);
      if (value.isString()) {
        context.set("id", value);
      }
      contexts.add(context);
    }
    Compared compared = new Compared();
    try (NodeWitness witness = NodeWitness.start()) {
      assertSame(payload, contexts, witness, compared);
    }
    assertThat(compared.refused).isBetween(4_000, 5_000);
    assertThat(compared.served.keySet()).containsExactly("false", "true");
    assertThat(compared.served.values()).allMatch(times -> times > 100_000);
  }

  private static void addConditions(ObjectNode features, String attribute, JsonNode test) {
    String name = attribute + ": " + test;
    ObjectNode condition = JSON.createObjectNode();
    condition.set(attribute, test);
    ObjectNode rule =
        features.putObject(name).put("defaultValue", false).putArray("rules").addObject();
    rule.put("force", true).set("condition", condition);
    ObjectNode negated = features
        .putObject("not " + name)
        .put("defaultValue", false)
        .putArray("rules")
        .addObject();
    negated.put("force", true).putObject("condition").set("$not", condition);
  }

  @Test
  void read_ofAnyPayload_isWhatGrowthBookMakesOfItForAnyContext() {
    Compared compared = new Compared();
    try (NodeWitness witness = NodeWitness.start()) {
      for (int seed = 0; seed < 500; seed++) {
        RandomGrowthBook random = new RandomGrowthBook(seed);
        assertSame(random.payload(), random.contexts(60), witness, compared);
      }
    }
    assertThat(compared.refused).isBetween(1_000, 3_000);
    assertThat(compared.served.values()).hasSizeGreaterThan(8).allMatch(times -> times > 100);
    assertThat(compared.served).containsKey("null");
  }

  private static final class Compared {
    final Map<String, Integer> served = new TreeMap<>(); // how often, by value
    int refused;
  }

  private static void assertSame(
      ObjectNode payload, List<ObjectNode> contexts, NodeWitness witness, Compared compared) {
    GrowthBookImport imported = GrowthBookImport.read(payload.toString());
    FlagSet flags = FlagSet.of(imported.document());
    assertThat(flags.problems()).isEmpty();
    compared.refused += imported.refused().size();
    Map<String, List<JsonNode>> answers = witness.growthBook(payload, contexts);
    for (String key : flags.keys()) {
      for (int i = 0; i < contexts.size(); i++) {
        JsonNode theirs = Objects.requireNonNull(answers.get(key)).get(i);
        FlagContext context = ours(contexts.get(i));
        FlagEvaluation ours = flags.evaluate(key, context);
        JsonNode value = ours.value() == null ? JSON.nullNode() : ours.value();
        if (ours.errorCode() != null
            || !theirs.path("value").equals(GrowthBookImportTest::compare, value)) {
          fail(key + " for " + contexts.get(i) + " is " + theirs + " for GrowthBook, and here\n"
              + flags.explain(key, context).toText() + "by "
              + payload.at(Members.at("/features", key)));
        }
        compared.served.merge(theirs.path("value").toString(), 1, Integer::sum);
      }
    }
  }

  /** Numbers are equal if they are the same double. */
  private static int compare(JsonNode one, JsonNode other) {
    boolean numbers = one.isNumber() && other.isNumber();
    boolean equal = numbers ? one.doubleValue() == other.doubleValue() : one.equals(other);
    return equal ? 0 : 1;
  }

  private static FlagContext ours(ObjectNode attributes) {
    Map<String, @Nullable Object> plain = new TreeMap<>();
    attributes.properties().forEach(attribute -> {
      JsonNode value = attribute.getValue();
      plain.put(
          attribute.getKey().equals("id") ? "targetingKey" : attribute.getKey(), plain(value));
    });
    return FlagContext.EMPTY.withAll(plain);
  }

  private static @Nullable Object plain(JsonNode value) {
    if (value.isBigInteger()) {
      return value.doubleValue();
    }
    if (!value.isContainer()) {
      return JSON.convertValue(value, Object.class);
    }
    if (value.isArray()) {
      List<@Nullable Object> elements = new ArrayList<>();
      value.forEach(element -> elements.add(plain(element)));
      return elements;
    }
    Map<String, @Nullable Object> members = new TreeMap<>();
    value.properties().forEach(member -> members.put(member.getKey(), plain(member.getValue())));
    return members;
  }

  @Test
  void read_ofAFeature_saysWhatItSaid() {
    GrowthBookImport imported = GrowthBookImport.read("""
        {"status": 200, "dateUpdated": "2026-11-28T00:00:00Z", "experiments": [],
         "features": {
          "checkout": {"defaultValue": false, "rules": [
            {"parentConditions": [{"id": "shop", "condition": {"value": "open"}, "gate": true}]},
            {"id": "fr_1", "condition": {"id": {"$inGroup": "beta"}, "country": "PE"}, "force": true},
            {"id": "fr_2", "coverage": 1, "hashAttribute": "company", "force": true},
            {"id": "fr_3", "coverage": 0, "force": true}]},
          "shop": {"defaultValue": "open", "rules": [
            {"condition": {"$savedGroup": {"id": "closed"}}, "force": "shut"},
            {"variations": ["open", "late"], "weights": [0, 1], "hashAttribute": "id"}]}},
         "savedGroups": {"beta": ["ann", "bob"], "unused": ["cem"],
          "closed": {"type": "condition", "condition": {"email": {"$regex": "@acme\\\\.com$"}}}}}""");
    assertThat(imported.refused()).isEmpty();
    assertThat(JSON.readTree(imported.document().toJson())).isEqualTo(JSON.readTree("""
        {"flags": {
          "checkout": {"state": "ENABLED", "variants": {"false": false, "true": true},
           "x-prerequisites": [{"flag": "shop", "variant": ["default"]}],
           "targeting": {"if": [
             {"and": [
               {"or": [{"in": [{"var": ["targetingKey"]}, {"$ref": "beta"}]},
                       {"some": [{"var": ["targetingKey"]}, {"in": [{"var": [""]}, {"$ref": "beta"}]}]}]},
               {"==": [{"var": ["country"]}, "PE"]}]}, "true",
             {"!": [{"in": [{"var": ["company"]}, [null, false, 0, ""]]}]}, "true",
             "false"]}},
          "shop": {"state": "ENABLED", "variants": {"default": "open", "rule-0": "shut", "rule-1": "late"},
           "defaultVariant": "default", "targeting": {"if": [
             {"$ref": "closed"}, "rule-0",
             {"!": [{"in": [{"var": ["targetingKey"]}, [null, false, 0, ""]]}]}, "rule-1",
             "default"]}}},
         "$evaluators": {"beta": ["ann", "bob"],
          "closed": {"ends_with": [{"cat": [{"var": ["email"]}]}, "@acme.com"]}}}"""));
  }

  @Test
  void read_ofARuleThatAppliesToAll_readsNoneBehindIt() {
    GrowthBookImport imported = GrowthBookImport.read("""
        {"features": {"f": {"defaultValue": 1, "rules": [{"force": 2}, {"coverage": 0.5, "force": 3}]}}}""");
    assertThat(imported.refused()).isEmpty();
    assertThat(imported.document().toJson())
        .contains("\"defaultVariant\":\"rule-0\"")
        .doesNotContain("targeting");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a': {'$regex': 'a.c'}} | /a/$regex | literal text",
        "{'a': {'$regex': 'a+c'}} | /a/$regex | literal text",
        "{'a': {'$regex': '\\d'}} | /a/$regex | literal text",
        "{'a': {'$regex': '^'}} | /a/$regex | must have a text",
        "{'a': {'$regex': 'a/i'}} | /a/$regex | end with /i",
        "{'a': {'$regex': 'constructor'}} | /a/$regex | JavaScript finds",
        "{'a': {'$regex': 5}} | /a/$regex | must be a string",
        "{'a': {'$regexi': 'a'}} | /a/$regexi | $regexi cannot be said",
        "{'a': {'$ini': ['a']}} | /a/$ini | $ini cannot be said",
        "{'a': {'$nini': ['a']}} | /a/$nini | $nini cannot be said",
        "{'a': {'$alli': ['a']}} | /a/$alli | $alli cannot be said",
        "{'a': {'$veq': '1.0.0'}} | /a/$veq | $veq cannot be said",
        "{'a': {'$vlte': '1.0.0'}} | /a/$vlte | $vlte cannot be said",
        "{'a': {'$near': 5}} | /a/$near | there is no operator $near",
        "{'$xor': []} | /$xor | there is no operator $xor",
        "{'a': {'$elemMatch': {'$gt': 1, 'b': 2}}} | /a/$elemMatch/$gt | there is no operator $gt",
        "{'a': {'$elemMatch': 5}} | /a/$elemMatch | must be an object",
        "{'a': {'$elemMatch': {'0': 1}}} | /a/$elemMatch/0 | look into texts for 0",
        "{'a': {'$elemMatch': {'at': 1}}} | /a/$elemMatch/at | in every array",
        "{'a': {'b': 5}} | /a | in their order",
        "{'a': {}} | /a | in their order",
        "{'a': [1, [2]]} | /a/1 | must be a string, a number",
        "{'a': {'$all': ['b', {'c': 1}]}} | /a/$all/1 | in their order",
        "{'a': {'$all': 'b'}} | /a/$all | must be an array",
        "{'a': {'$in': 'b'}} | /a/$in | must be an array",
        "{'a': {'$lt': [1]}} | /a/$lt | must be a string, a number",
        "{'a': {'$type': 5}} | /a/$type | must be a string",
        "{'a': {'$inGroup': 5}} | /a/$inGroup | must be a string",
        "{'a': {'$inGroup': 'valueOf'}} | /a/$inGroup | JavaScript finds",
        "{'a': {'$inGroup': 'none'}} | !/savedGroups/none | must be an object",
        "{'a': {'$inGroup': 'round'}} | !/savedGroups/round/type | must be a list",
        "{'a': {'$notInGroup': 'empty'}} | !/savedGroups/empty/values | must be an array",
        "{'$savedGroup': {'id': 'round'}}"
            + " | !/savedGroups/round/condition/$savedGroup/id | saved groups must not lead back",
        "{'$savedGroup': {'id': 'empty'}} | !/savedGroups/empty/attributeKey | must name",
        "{'$savedGroup': {'id': 'empty', 'attributeKey': null}} | /$savedGroup/attributeKey | must name",
        "{'$savedGroup': {}} | /$savedGroup/id | must be a string",
        "{'$savedGroup': 'round'} | /$savedGroup | must be an object",
        "{'a..b': 1} | /a..b | must have a name",
        "{'': 1} | / | must have a name",
        "{'a.length': 1} | /a.length | texts for length",
        "{'a.0': 1} | /a.0 | texts for 0",
        "{'a.values': 1} | /a.values | JavaScript finds values in every array",
        "{'constructor': 1} | /constructor | JavaScript finds constructor in every object",
        "{'a.toString': 1} | /a.toString | JavaScript finds toString in every object",
        "{'targetingKey': 'ann'} | /targetingKey | something else here",
        "{'id.b': 1} | /id.b | nothing within id",
        "{'$or': {'a': 1}} | /$or | must be an array",
        "{'$and': [null]} | /$and/0 | must be an object",
        "{'$not': [1]} | /$not | must be an object",
      })
  void read_ofAConditionThatWouldNotBeTheSame_refusesTheFeatureAndSaysWhy(
      String condition, String pointer, String reason) {
    assertRefused(
        "'rules': [{'force': true, 'condition': " + condition + "}]",
        pointer.startsWith("!") ? pointer : "/rules/0/condition" + pointer,
        reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'rules': [{'force': true, 'coverage': 0.5}] | /rules/0/coverage | buckets",
        "'rules': [{'force': true, 'coverage': 0.99999}] | /rules/0/coverage | buckets",
        "'rules': [{'force': true, 'coverage': null}] | /rules/0/coverage | must be a number",
        "'rules': [{'force': true, 'range': [0, 0.5]}] | /rules/0/range | buckets",
        "'rules': [{'force': true, 'range': [0]}] | /rules/0/range | two numbers",
        "'rules': [{'force': true, 'filters': [{'ranges': [[0, 1]]}]}] | /rules/0/filters | buckets",
        "'rules': [{'force': true, 'hashVersion': 3}] | /rules/0/hashVersion | must be 1 or 2",
        "'rules': [{'force': true, 'coverage': 1, 'hashAttribute': 'a.b'}]"
            + " | /rules/0/hashAttribute | has a dot",
        "'rules': [{'force': true, 'coverage': 1, 'hashAttribute': 'valueOf'}]"
            + " | /rules/0/hashAttribute | JavaScript finds",
        "'rules': [{'force': true, 'condition': 'a'}] | /rules/0/condition | must be an object",
        "'rules': [{'variations': [true, false]}] | /rules/0/variations | buckets",
        "'rules': [{'variations': [true, false], 'weights': [0.9, 0.1]}] | /rules/0/weights | buckets",
        "'rules': [{'variations': [true, false], 'weights': [1, 0.02]}] | /rules/0/weights | buckets",
        "'rules': [{'variations': [true, false], 'weights': [0.995, 0]}] | /rules/0/weights | buckets",
        "'rules': [{'variations': [true, false], 'weights': [1, 0], 'coverage': 0.9}]"
            + " | /rules/0/weights | buckets",
        "'rules': [{'variations': [true, false], 'weights': [1, '0']}]"
            + " | /rules/0/weights/1 | must be a number",
        "'rules': [{'variations': [true, false], 'ranges': [[0, 0.5], [0.5, 1]]}]"
            + " | /rules/0/ranges | buckets",
        "'rules': [{'variations': [true, false], 'weights': [1, 0], 'namespace': ['n', 0, 1]}]"
            + " | /rules/0/namespace | buckets",
        "'rules': [{'variations': [true, false], 'weights': [1, 0], 'meta': [{}]}]"
            + " | /rules/0/meta | for each variation",
        "'rules': [{'contextualVariations': [true, false]}] | /rules/0/contextualVariations | bandits",
        "'rules': [{'variations': [true, false], 'contextualBanditRef': 'b'}]"
            + " | /rules/0/contextualBanditRef | bandits",
        "'rules': [{'force': 'a'}] | /rules/0/force | of one type",
        "'rules': {} | /rules | must be an array",
        "'defaultValue': [true] | /defaultValue | cannot be an array",
        "'defaultValue': null | | must have a value",
        "'defaultValue': 9007199254740993 | /defaultValue | doubles alone",
        "'defaultValue': {'a': [100000000000000000001]} | /defaultValue | doubles alone",
        "'rules': [{'parentConditions': [{'id': 'gone', 'gate': true}]}]"
            + " | /rules/0/parentConditions/0/id | there is no feature gone",
        "'rules': [{'parentConditions': [{'id': 'f', 'gate': true}]}]"
            + " | /rules/0/parentConditions/0/id | lead back",
        "'rules': [{'parentConditions': [{'id': 'no', 'gate': true}]}]"
            + " | /rules/0/parentConditions/0/id | feature no is refused",
        "'rules': [{'parentConditions': [{'id': 'on'}], 'force': true}]"
            + " | /rules/0/parentConditions/0/gate | of one rule",
        "'rules': [{'condition': {'a': 1}, 'force': true}, {'parentConditions': [{'id': 'on', 'gate': true}]}]"
            + " | /rules/1/parentConditions/0/gate | after some",
        "'rules': [{'parentConditions': [{'id': 'on', 'gate': true, 'condition': {'value': false}}]}]"
            + " | /rules/0/parentConditions/0/condition | never has a value",
        "'rules': [{'parentConditions': [{'id': 'maybe', 'gate': true, 'condition': {'value': {'$not': false}}}]}]"
            + " | /rules/0/parentConditions/0/condition | has no value",
        "'rules': [{'parentConditions': [{'id': 'maybe', 'gate': true, 'condition': {'value': {'$ne': true}}}]}]"
            + " | /rules/0/parentConditions/0/condition | never has a value",
        "'rules': [{'parentConditions': [{'id': 'on', 'gate': true, 'condition': {'value': {'a': 1}}}]}]"
            + " | /rules/0/parentConditions/0/condition/value | in their order",
      })
  void read_ofAFeatureThatWouldNotBeTheSame_refusesItAndSaysWhy(
      String members, String pointer, String reason) {
    assertRefused(members, pointer == null ? "" : pointer, reason);
  }

  private static void assertRefused(String members, String pointer, String reason) {
    ObjectNode payload = (ObjectNode) RandomGrowthBook.json("""
        {'features': {'f': {'defaultValue': false}, 'on': {'defaultValue': true},
          'maybe': {'defaultValue': true, 'rules': [{'condition': {'a': 1}, 'force': null}]}, 'no': {}},
         'savedGroups': {'none': null, 'empty': {'type': 'list'}, 'round': {'type': 'condition',
          'condition': {'$savedGroup': {'id': 'round'}}}}}""");
    ((ObjectNode) payload.at("/features/f"))
        .setAll((ObjectNode) RandomGrowthBook.json("{" + members.replace("\\", "\\\\") + "}"));
    GrowthBookImport imported = GrowthBookImport.read(payload.toString());
    assertThat(imported.document().keys()).containsExactly("on", "maybe");
    Refusals.assertRefused(imported.refused(), "f", "/features/f", pointer, reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | GrowthBook's payload must be an object",
        "{ | is no JSON",
        "{'features': {}, 'features': {}} | is no JSON",
        "{'features': {}, 'encryptedFeatures': 'vMSg'} | /encryptedFeatures: an encrypted payload",
        "{'features': {}, 'encryptedSavedGroups': 'vMSg'} | /encryptedSavedGroups: an encrypted payload",
        "{'status': 200} | must have features",
        "{'features': []} | /features: must be an object",
        "{'features': {}, 'savedGroups': []} | /savedGroups: must be an object",
      })
  void read_ofAnotherShape_isRefusedAsAWhole(String json, String message) {
    assertThatThrownBy(() -> GrowthBookImport.read(json.replace('\'', '"')))
        .isInstanceOf(FlagFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void read_ofNullAsAFeature_refusesIt() {
    assertThat(GrowthBookImport.read("{\"features\": {\"f\": null}}").refused())
        .containsExactly(new RefusedFlag("f", "/features/f", "must be an object"));
  }

  @Test
  void read_ofNumbersThatNoDoubleHolds_refusesWhatHasThem() {
    GrowthBookImport imported = GrowthBookImport.read("""
        {"features": {"value": {"defaultValue": 1e999}, "other": {"defaultValue": 1.5},
          "rule": {"defaultValue": 1, "rules": [{"condition": {"a": {"$lt": 1e999}}, "force": 2}]},
          "gate": {"defaultValue": 1, "rules": [{"parentConditions": [
            {"id": "other", "gate": true, "condition": {"value": {"$lt": 1e999}}}]}]}}}""");
    assertThat(imported.document().keys()).containsExactly("other");
    assertThat(imported.refused())
        .extracting(RefusedFlag::pointer)
        .containsExactly(
            "/features/gate/rules/0/parentConditions/0/condition",
            "/features/value",
            "/features/rule");
  }

  @Test
  void read_ofLongChains_refusesThemAndTakesTheRest() {
    ObjectNode payload = JSON.createObjectNode();
    ObjectNode features = payload.putObject("features");
    ObjectNode groups = payload.putObject("savedGroups");
    int length = 5_000;
    for (int i = 0; i <= length; i++) {
      ArrayNode rules = features.putObject("f" + i).put("defaultValue", true).putArray("rules");
      ObjectNode group = groups.putObject("s" + i).put("type", "condition").putObject("condition");
      if (i < length) {
        rules
            .addObject()
            .putArray("parentConditions")
            .addObject()
            .put("id", "f" + (i + 1))
            .put("gate", true);
        group.putObject("$savedGroup").put("id", "s" + (i + 1));
      }
    }
    ArrayNode asks = features.putObject("asks").put("defaultValue", true).putArray("rules");
    asks.addObject()
        .put("force", false)
        .putObject("condition")
        .putObject("$savedGroup")
        .put("id", "s0");

    GrowthBookImport imported = GrowthBookImport.read(payload.toString());

    assertThat(imported.refused())
        .extracting(RefusedFlag::reason)
        .contains("a chain of prerequisites must have at most 100 of them");
    assertThat(imported.document().keys()).contains("f" + length).doesNotContain("f0", "asks");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'$not': .}",
        "{'$nor': [{'a': 1}, .], 'a': 1}",
        "{'a': {'$elemMatch': .}, 'b': 1}"
      })
  void read_ofDeepConditions_refusesThemByName(String within) {
    assertThat(nested(within, 10).refused()).isEmpty();
    for (int deep = 20; deep < 50; deep++) { // which may be too deep for the compiler
      GrowthBookImport imported = nested(within, deep);
      assertThat(imported.document().keys().size() + imported.refused().size()).isEqualTo(1);
    }
    assertThat(nested(within, 60).refused())
        .extracting(RefusedFlag::reason)
        .containsExactly("conditions must not be nested more than 50 deep");
  }

  private static GrowthBookImport nested(String within, int deep) {
    String condition = "{'a': 1}";
    for (int i = 0; i < deep; i++) {
      condition = within.replace(".", condition);
    }
    return GrowthBookImport.read(
        "{'features': {'f': {'defaultValue': false, 'rules': [{'force': true, 'condition': %s}]}}}"
            .formatted(condition)
            .replace('\'', '"'));
  }
}
