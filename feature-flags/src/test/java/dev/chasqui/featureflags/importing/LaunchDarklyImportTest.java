package dev.chasqui.featureflags.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.launchdarkly.sdk.EvaluationDetail;
import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagEvaluation;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** LaunchDarkly's own SDK is the witness. */
final class LaunchDarklyImportTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir
  private Path directory;

  @Test
  void read_ofEachOperatorOnEachValue_isWhatLaunchDarklyMakesOfIt() throws IOException {
    ObjectNode data = JSON.createObjectNode();
    ObjectNode flags = data.putObject("flags");
    for (String attribute : List.of("x", "name", "anonymous", "key", "kind", "/o/x")) {
      for (String operator : RandomLaunchDarkly.OPERATORS) {
        for (String value : RandomLaunchDarkly.VALUES) {
          flags.set(attribute + operator + value, flag(attribute, operator, value, false));
          flags.set(attribute + operator + value + "!", flag(attribute, operator, value, true));
        }
      }
    }
    List<Map<String, JsonNode>> contexts = new ArrayList<>();
    contexts.add(Map.of("key", JSON.readTree("\"ann\"")));
    List<String> values = new ArrayList<>(RandomLaunchDarkly.VALUES);
    values.addAll(RandomLaunchDarkly.WITHIN);
    for (String text : values) {
      JsonNode value = JSON.readTree(text);
      ObjectNode object = JSON.createObjectNode();
      object.set("x", value);
      contexts.add(Map.of(
          "key",
          JSON.readTree(text.equals("\"a\"") ? "\"5\"" : "\"ann\""),
          "x",
          value,
          "name",
          value,
          "anonymous",
          value,
          "o",
          object));
    }
    Compared compared = new Compared();
    assertSame(data, contexts, compared);
    assertThat(compared.refused).isZero();
    assertThat(compared.served.keySet()).containsExactly(0, 1);
    assertThat(compared.served.values()).allMatch(times -> times > 10_000);
  }

  private static ObjectNode flag(String attribute, String operator, String value, boolean negated) {
    return (ObjectNode) JSON.readTree("""
        {"key": "f", "version": 1, "on": true, "variations": [true, false],
         "fallthrough": {"variation": 1}, "rules": [{"variation": 0, "clauses": [
          {"contextKind": "user", "attribute": "%s", "op": "%s", "values": [%s], "negate": %s}]}]}""".formatted(attribute, operator, value, negated));
  }

  @Test
  void read_ofAnyData_isWhatLaunchDarklyMakesOfItForAnyContext() throws IOException {
    Compared compared = new Compared();
    for (int seed = 0; seed < 200; seed++) {
      RandomLaunchDarkly random = new RandomLaunchDarkly(seed);
      assertSame(random.data(), random.contexts(60), compared);
    }
    assertThat(compared.refused).isBetween(100, 500);
    assertThat(compared.served.keySet()).containsExactly(-1, 0, 1, 2);
    assertThat(compared.served.values()).allMatch(times -> times > 500);
  }

  private static final class Compared {
    final Map<Integer, Integer> served = new TreeMap<>(); // how often, by index of the variation
    int refused;
  }

  private void assertSame(ObjectNode data, List<Map<String, JsonNode>> contexts, Compared compared)
      throws IOException {
    LaunchDarklyImport imported = LaunchDarklyImport.read(data.toString());
    FlagSet flags = FlagSet.of(imported.document());
    assertThat(flags.problems()).isEmpty();
    compared.refused += imported.refused().size();
    Map<String, List<String>> variants = new TreeMap<>();
    for (String key : flags.keys()) {
      JsonNode flag = Objects.requireNonNull(imported.document().flag(key));
      variants.put(key, new ArrayList<>(flag.path("variants").propertyNames()));
    }
    try (LDClient launchDarkly = launchDarkly(data)) {
      for (Map<String, JsonNode> context : contexts) {
        LDContext forThem = theirs(context);
        FlagContext forUs = ours(context);
        variants.forEach((key, names) -> {
          EvaluationDetail<LDValue> theirs =
              launchDarkly.jsonValueVariationDetail(key, forThem, LDValue.ofNull());
          FlagEvaluation ours = flags.evaluate(key, forUs);
          if (theirs.getVariationIndex() != names.indexOf(String.valueOf(ours.variant()))
              || !theirs
                  .getValue()
                  .equals(
                      LDValue.parse(ours.value() == null ? "null" : ours.value().toString()))) {
            fail(key + " for " + context + " is " + theirs + " for LaunchDarkly, and here\n"
                + flags.explain(key, forUs).toText() + "by " + data);
          }
          compared.served.merge(theirs.getVariationIndex(), 1, Integer::sum);
        });
      }
    }
  }

  private LDClient launchDarkly(JsonNode data) throws IOException {
    Path file = directory.resolve("flags.json");
    Files.writeString(file, data.toString());
    LDClient client = new LDClient(
        "no key",
        new LDConfig.Builder()
            .dataSource(FileData.dataSource().filePaths(file))
            .events(Components.noEvents())
            .logging(Components.noLogging())
            .diagnosticOptOut(true)
            .build());
    assertThat(client.isInitialized()).isTrue();
    return client;
  }

  private static LDContext theirs(Map<String, JsonNode> attributes) {
    var builder =
        LDContext.builder(Objects.requireNonNull(attributes.get("key")).stringValue());
    attributes.forEach((name, value) -> {
      if (!name.equals("key")) {
        builder.set(name, LDValue.parse(value.toString()));
      }
    });
    LDContext context = builder.build();
    assertThat(context.isValid()).isTrue();
    return context;
  }

  private static FlagContext ours(Map<String, JsonNode> attributes) {
    Map<String, Object> plain = new TreeMap<>();
    attributes.forEach((name, value) -> {
      if (!value.isNull()) { // as LaunchDarkly has it
        plain.put(
            name.equals("key") ? "targetingKey" : name, JSON.convertValue(value, Object.class));
      }
    });
    return FlagContext.EMPTY.withAll(plain);
  }

  @Test
  void read_ofAFlag_saysWhatItSaid() {
    LaunchDarklyImport imported = LaunchDarklyImport.read("""
        {"flags": {"checkout": {"key": "checkout", "on": true, "offVariation": 1,
           "variations": [true, false], "fallthrough": {"variation": 1},
           "prerequisites": [{"key": "shop", "variation": 0}],
           "targets": [{"variation": 0, "values": ["ann"]}],
           "rules": [{"variation": 0, "clauses": [
             {"attribute": "email", "op": "endsWith", "values": ["@acme.com"], "negate": false},
             {"attribute": "", "op": "segmentMatch", "values": ["beta"]}]}]}},
         "flagValues": {"shop": "open"},
         "segments": {"beta": {"key": "beta", "included": ["bob"]}, "unused": {"key": "unused"}}}""");
    assertThat(imported.refused()).isEmpty();
    assertThat(JSON.readTree(imported.document().toJson())).isEqualTo(JSON.readTree("""
        {"flags": {
          "checkout": {"state": "ENABLED", "variants": {"true": true, "false": false},
           "defaultVariant": "false", "x-off": "false",
           "x-prerequisites": [{"flag": "shop", "variant": "0"}], "x-targets": {"true": ["ann"]},
           "targeting": {"if": [{"and": [
             {"or": [{"ends_with": [{"var": ["email"]}, "@acme.com"]},
                     {"some": [{"var": ["email"]}, {"ends_with": [{"var": [""]}, "@acme.com"]}]}]},
             {"$ref": "beta"}]}, "true", "false"]}},
          "shop": {"state": "ENABLED", "variants": {"0": "open"}, "defaultVariant": "0"}},
         "$evaluators": {"beta": {"if": [{"in": [{"var": ["targetingKey"]}, ["bob"]]}, true, false]}}}"""));
  }

  @Test
  void read_ofAFlagThatIsOff_keepsItsRules() {
    LaunchDarklyImport imported = LaunchDarklyImport.read("""
        {"flags": {
          "killed": {"on": false, "offVariation": 1, "variations": [true, false],
            "fallthrough": {"variation": 0}},
          "disabled": {"on": false, "variations": [true, false], "fallthrough": {"variation": 0}}}}""");
    assertThat(imported.document().toJson())
        .contains("\"defaultVariant\":\"true\",\"x-off\":\"false\",\"x-killed\":true")
        .contains("\"state\":\"DISABLED\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a', 'op': 'matches', 'values': ['.']}]}]"
            + " | /rules/0/clauses/0/op | matches cannot be said",
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a', 'op': 'before', 'values': [5]}]}]"
            + " | /rules/0/clauses/0/op | before cannot be said",
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a', 'op': 'semVerEqual'}]}]"
            + " | /rules/0/clauses/0/op | semVerEqual cannot be said",
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a', 'op': 'near'}]}]"
            + " | /rules/0/clauses/0/op | there is no operator near",
        "'rules': [{'variation': 0, 'clauses': [{'contextKind': 'org', 'attribute': 'a', 'op': 'in'}]}]"
            + " | /rules/0/clauses/0/contextKind | kind org",
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a.b', 'op': 'in'}]}]"
            + " | /rules/0/clauses/0/attribute | a dot",
        "'rules': [{'variation': 0, 'clauses': [{'contextKind': 'user', 'attribute': '/a/0', 'op': 'in'}]}]"
            + " | /rules/0/clauses/0/attribute | for 0 too",
        "'rules': [{'variation': 0, 'clauses': [{'contextKind': 'user', 'attribute': '//', 'op': 'in'}]}]"
            + " | /rules/0/clauses/0/attribute | no path",
        "'rules': [{'variation': 0, 'clauses': [{'op': 'in'}]}]"
            + " | /rules/0/clauses/0/attribute | must name an attribute",
        "'rules': [{'variation': 0, 'clauses': [{'attribute': 'a', 'op': 'in', 'values': [1, [2]]}]}]"
            + " | /rules/0/clauses/0/values/1 | must be a string, a number or a boolean",
        "'rules': [{'variation': 0, 'clauses': [{'op': 'segmentMatch', 'values': ['big']}]}]"
            + " | !/segments/big/unbounded | elsewhere",
        "'rules': [{'variation': 0, 'clauses': [{'op': 'segmentMatch', 'values': ['part']}]}]"
            + " | !/segments/part/rules/0/weight | buckets",
        "'rules': [{'variation': 0, 'clauses': [{'op': 'segmentMatch', 'values': ['round']}]}]"
            + " | !/segments/round/rules/0/clauses/0/values/0 | lead back",
        "'rules': [{'variation': 2}] | /rules/0/variation | there is no variation 2",
        "'rules': [{'rollout': {'variations': [{'variation': 0, 'weight': 50000},"
            + " {'variation': 1, 'weight': 50000}]}}] | /rules/0/rollout | buckets",
        "'fallthrough': {} | /fallthrough | a variation or a rollout",
        "'fallthrough': null | /fallthrough | must be an object",
        "'offVariation': 2 | /offVariation | there is no variation 2",
        "'variations': [true, 1] | /variations/1 | of one type",
        "'variations': [true, null] | /variations/1 | cannot be null",
        "'variations': [[], []] | /variations/0 | cannot be an array",
        "'contextTargets': [{'contextKind': 'org', 'variation': 0, 'values': ['acme']}]"
            + " | /contextTargets/0/contextKind | kind org",
        "'prerequisites': [{'key': 'gone', 'variation': 0}] | /prerequisites/0/key | no flag gone",
        "'prerequisites': [{'key': 'f', 'variation': 0}] | /prerequisites/0/key | lead back",
        "'prerequisites': [{'key': 'off', 'variation': 1}] | /prerequisites/0/key | is off",
        "'prerequisites': [{'key': 'off', 'variation': 7}] | /prerequisites/0/variation | no variation 7",
        "'prerequisites': [{'key': 'no', 'variation': 0}] | /prerequisites/0/key | flag no is refused",
        "'on': 'yes' | /on | must be true or false",
        "'targets': [{'variation': 0, 'values': [5]}] | /targets/0/values/0 | must be a string",
      })
  void read_ofWhatWouldNotBeTheSame_refusesTheFlagAndSaysWhy(
      String members, String pointer, String reason) {
    ObjectNode data = (ObjectNode) JSON.readTree("""
        {"flags": {"f": {"on": true, "offVariation": 1, "variations": [true, false],
           "fallthrough": {"variation": 0}},
          "off": {"on": false, "offVariation": 1, "variations": [true, false],
           "fallthrough": {"variation": 0}},
          "no": {"on": true}},
         "segments": {"big": {"unbounded": true}, "part": {"rules": [{"weight": 5, "clauses": []}]},
           "round": {"rules": [{"clauses": [{"op": "segmentMatch", "values": ["round"]}]}]}}}""");
    ((ObjectNode) data.at("/flags/f"))
        .setAll((ObjectNode) JSON.readTree("{" + members.replace('\'', '"') + "}"));
    LaunchDarklyImport imported = LaunchDarklyImport.read(data.toString());
    assertThat(imported.document().keys()).containsExactly("off");
    Refusals.assertRefused(imported.refused(), "f", "/flags/f", pointer, reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | LaunchDarkly's data must be an object",
        "{ | is no JSON",
        "{'flags': {}, 'flags': {}} | is no JSON",
        "{'items': []} | this is of its REST API",
        "{'flags': []} | /flags: must be an object",
      })
  void read_ofAnotherShape_isRefusedAsAWhole(String json, String message) {
    assertThatThrownBy(() -> LaunchDarklyImport.read(json.replace('\'', '"')))
        .isInstanceOf(FlagFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void read_ofNullAsAFlag_refusesIt() {
    assertThat(LaunchDarklyImport.read("{\"flags\": {\"f\": null}}").refused())
        .containsExactly(new RefusedFlag("f", "/flags/f", "must be an object"));
  }

  @Test
  void read_ofANumberThatNoDoubleHolds_refusesTheFlag() {
    LaunchDarklyImport imported =
        LaunchDarklyImport.read("{\"flagValues\": {\"f\": 1e999, \"g\": 1e9}}");
    assertThat(imported.document().keys()).containsExactly("g");
    assertThat(imported.refused()).extracting(RefusedFlag::flag).containsExactly("f");
  }

  @Test
  void read_ofLongChains_refusesThemAndTakesTheRest() {
    ObjectNode data = JSON.createObjectNode();
    ObjectNode flags = data.putObject("flags");
    ObjectNode segments = data.putObject("segments");
    int length = 5_000;
    for (int i = 0; i <= length; i++) {
      ObjectNode flag = flags.putObject("f" + i).put("on", true).put("offVariation", 1);
      flag.putArray("variations").add(true).add(false);
      flag.putObject("fallthrough").put("variation", 0);
      ObjectNode rule = segments.putObject("s" + i).putArray("rules").addObject();
      if (i < length) {
        flag.putArray("prerequisites").addObject().put("key", "f" + (i + 1)).put("variation", 0);
        rule.putArray("clauses").add(inSegment("s" + (i + 1)));
      }
    }
    ObjectNode asks = flags.putObject("asks").put("on", true).put("offVariation", 1);
    asks.putArray("variations").add(true).add(false);
    asks.putObject("fallthrough").put("variation", 1);
    asks.putArray("rules").addObject().put("variation", 0).putArray("clauses").add(inSegment("s0"));

    LaunchDarklyImport imported = LaunchDarklyImport.read(data.toString());

    assertThat(imported.refused())
        .extracting(RefusedFlag::reason)
        .contains(
            "a chain of prerequisites must have at most 100 of them",
            "a chain of segments must have at most 100 of them");
    assertThat(imported.document().keys()).contains("f" + length).doesNotContain("f0", "asks");
  }

  private static ObjectNode inSegment(String segment) {
    ObjectNode clause = JSON.createObjectNode().put("attribute", "").put("op", "segmentMatch");
    clause.putArray("values").add(segment);
    return clause;
  }

  @Test
  void read_ofAFlagInBothLists_refusesIt() {
    LaunchDarklyImport imported = LaunchDarklyImport.read("""
        {"flags": {"a": {"on": true, "variations": [1], "fallthrough": {"variation": 0}}},
         "flagValues": {"a": 2, "b": 3}}""");
    assertThat(imported.document().keys()).containsExactly("b");
    assertThat(imported.refused())
        .extracting(RefusedFlag::pointer)
        .containsExactly("/flagValues/a");
  }
}
