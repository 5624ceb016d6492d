package dev.chasqui.featureflags.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagEvaluation;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagSet;
import io.getunleash.UnleashContext;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Unleash's own SDK is the witness. */
final class UnleashImportTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

  @TempDir
  private Path directory;

  @Test
  void read_ofEachOperatorOnEachText_isWhatUnleashMakesOfIt() {
    ObjectNode data = JSON.createObjectNode().put("version", 2);
    ArrayNode features = data.putArray("features");
    for (String operator : RandomUnleash.OPERATORS) {
      for (String value : RandomUnleash.VALUES) {
        for (String form : List.of("", "!", "~", "!~")) {
          ObjectNode constraint = RandomUnleash.constraint(
              operator.startsWith("DATE") ? "currentTime" : "x",
              operator,
              value,
              form.contains("!"),
              form.contains("~"));
          features.add(feature(operator + form + " " + value, constraint));
        }
      }
    }
    List<Map<String, String>> contexts = new ArrayList<>();
    contexts.add(context("y", ""));
    RandomUnleash.VALUES.forEach(value -> contexts.add(context("x", value)));
    Compared compared = new Compared();
    assertSame(data, contexts, compared);
    assertThat(compared.refused).isBetween(2_000, 4_000);
    assertThat(compared.served.keySet()).containsExactly("off", "on");
    assertThat(compared.served.values()).allMatch(times -> times > 50_000);
  }

  @Test
  void read_ofEachAttribute_isWhatUnleashHasOfThatName() {
    ObjectNode data = JSON.createObjectNode().put("version", 2);
    ArrayNode features = data.putArray("features");
    List<Map<String, String>> contexts = new ArrayList<>();
    for (String attribute : RandomUnleash.ATTRIBUTES) {
      features.add(
          feature(attribute, RandomUnleash.constraint(attribute, "IN", "a", false, false)));
      contexts.add(context(attribute, "a"));
      contexts.add(context(attribute, ""));
    }
    Compared compared = new Compared();
    assertSame(data, contexts, compared);
    assertThat(compared.served).containsEntry("on", RandomUnleash.ATTRIBUTES.size());
  }

  private static Map<String, String> context(String attribute, String value) {
    Map<String, String> context = new LinkedHashMap<>(Map.of("appName", "w", "environment", "e"));
    context.put(attribute, value);
    return context;
  }

  private static ObjectNode feature(String name, ObjectNode constraint) {
    ObjectNode feature = JSON.createObjectNode().put("name", name).put("enabled", true);
    ObjectNode strategy = feature.putArray("strategies").addObject().put("name", "default");
    strategy.putArray("constraints").add(constraint);
    return feature;
  }

  @Test
  void read_ofAnyFeatures_isWhatUnleashMakesOfThemForAnyContext() {
    Compared compared = new Compared();
    for (int seed = 0; seed < 12; seed++) {
      RandomUnleash random = new RandomUnleash(seed);
      assertSame(random.data(400), random.contexts(60), compared);
    }
    assertThat(compared.refused).isBetween(500, 3_500);
    assertThat(compared.byVariantOfAnother).isGreaterThan(20);
    assertThat(compared.served.keySet()).containsExactly("disabled", "off", "on", "v0", "v1", "v2");
    assertThat(compared.served.values()).allMatch(times -> times > 100);
  }

  private static final class Compared {
    final Map<String, Integer> served = new TreeMap<>(); // how often, by variant
    int refused;
    long byVariantOfAnother; // flags that depend on one
  }

  private void assertSame(ObjectNode data, List<Map<String, String>> contexts, Compared compared) {
    UnleashImport imported = UnleashImport.read(data.toString());
    FlagSet flags = FlagSet.of(imported.document());
    assertThat(flags.problems()).isEmpty();
    compared.refused += imported.refused().size();
    compared.byVariantOfAnother += imported.document().keys().stream()
        .map(key -> String.valueOf(imported.document().flag(key)))
        .filter(flag -> flag.contains(":variant"))
        .count();
    Set<String> refused = new HashSet<>();
    imported.refused().forEach(flag -> refused.add(flag.flag()));
    List<String> names = new ArrayList<>();
    data.path("features").forEach(feature -> names.add(feature.path("name").stringValue()));
    try (UnleashWitness unleash = new UnleashWitness(data, directory)) {
      for (Map<String, String> context : contexts) {
        UnleashContext forThem = UnleashWitness.context(context, NOON);
        FlagContext forUs = ours(context);
        for (String name : names) {
          if (!refused.contains(name)) {
            FlagEvaluation ours = flags.evaluate(name, forUs, NOON);
            JsonNode theirs = JSON.valueToTree(unleash.isEnabled(name, forThem));
            if (!theirs.equals(ours.value())) {
              fail(name + " for " + context + " is " + theirs + " for Unleash, and here\n"
                  + flags.explain(name, forUs, NOON).toText() + "by " + of(name, data));
            }
            compared.served.merge(String.valueOf(ours.variant()), 1, Integer::sum);
          }
          String variant = name + ":variant";
          if (flags.keys().contains(variant)) {
            JsonNode theirs = unleash.variant(name, forThem);
            FlagEvaluation ours = flags.evaluate(variant, forUs, NOON);
            if (!theirs.equals(ours.value())
                || !theirs.path("name").stringValue().equals(ours.variant())) {
              fail(variant + " for " + context + " is " + theirs + " for Unleash, and here\n"
                  + flags.explain(variant, forUs, NOON).toText() + "by " + of(name, data));
            }
            compared.served.merge(String.valueOf(ours.variant()), 1, Integer::sum);
          }
        }
      }
    }
  }

  private static String of(String name, JsonNode data) {
    return data.path("features")
        .valueStream()
        .filter(feature -> feature.path("name").stringValue().equals(name))
        .findFirst()
        .orElseThrow()
        .toString();
  }

  private static FlagContext ours(Map<String, String> attributes) {
    Map<String, Object> plain = new TreeMap<>();
    attributes.forEach(
        (name, value) -> plain.put(name.equals("userId") ? "targetingKey" : name, value));
    return FlagContext.EMPTY.withAll(plain);
  }

  @Test
  void read_ofAFeature_saysWhatItSaid() {
    UnleashImport imported = UnleashImport.read("""
        {"version": 2, "features": [
          {"name": "checkout", "enabled": true, "dependencies": [{"feature": "shop"}],
           "strategies": [
             {"name": "userWithId", "parameters": {"userIds": "ann, bob"}, "variants": []},
             {"name": "flexibleRollout", "segments": [7], "variants": [
                {"name": "blue", "weight": 1000, "payload": {"type": "string", "value": "#00f"}}],
              "parameters": {"rollout": "100", "stickiness": "default", "groupId": "checkout"},
              "constraints": [
                {"contextName": "plan", "operator": "NOT_IN", "values": ["free"], "inverted": false}]}]},
          {"name": "shop", "enabled": false, "strategies": []}],
         "segments": [
           {"id": 7, "constraints": [
             {"contextName": "email", "operator": "STR_ENDS_WITH", "values": ["@acme.com"]}]},
           {"id": 8, "constraints": []}]}""");
    assertThat(imported.refused()).isEmpty();
    assertThat(JSON.readTree(imported.document().toJson())).isEqualTo(JSON.readTree("""
        {"flags": {
          "checkout": {"state": "ENABLED", "variants": {"on": true, "off": false},
           "defaultVariant": "off", "x-off": "off",
           "x-prerequisites": [{"flag": "shop", "variant": "on"}],
           "targeting": {"if": [{"or": [
             {"in": [{"var": ["targetingKey"]}, ["ann", "bob"]]},
             {"and": [{"!": [{"in": [{"var": ["plan"]}, ["free"]]}]}, {"$ref": "segment-7"}]}]},
             "on", "off"]}},
          "checkout:variant": {"state": "ENABLED",
           "variants": {"disabled": {"name": "disabled", "enabled": false},
             "blue": {"name": "blue", "enabled": true,
                      "payload": {"type": "string", "value": "#00f"}}},
           "defaultVariant": "blue", "x-off": "disabled",
           "x-prerequisites": [{"flag": "checkout", "variant": "on"}],
           "targeting": {"if": [{"in": [{"var": ["targetingKey"]}, ["ann", "bob"]]},
             "disabled", "blue"]}},
          "shop": {"state": "ENABLED", "variants": {"on": true, "off": false},
           "defaultVariant": "on", "x-off": "off", "x-killed": true}},
         "$evaluators": {"segment-7": {"ends_with": [{"var": ["email"]}, "@acme.com"]}}}"""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'name': 'mine'} | /name | of your own",
        "{'name': 'applicationHostname'} | /name | name of its host",
        "{} | /name | must have a name",
        "{'name': 'default', 'disabled': true} | /disabled | sends no such",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50'}} | /parameters/rollout | buckets",
        "{'name': 'flexibleRollout'} | /parameters/rollout | buckets",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '100', 'groupId': '\\u0022'}}"
            + " | /parameters/groupId | misread",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '100', 'stickiness': 'a.b'}}"
            + " | /parameters/stickiness | a dot",
        "{'name': 'gradualRolloutRandom', 'parameters': {'percentage': 100}}"
            + " | /parameters/percentage | must be a string",
        "{'name': 'gradualRolloutUserId', 'parameters': {'percentage': '100'}}"
            + " | /parameters/groupId | there must be one",
        "{'name': 'userWithId', 'parameters': {'userIds': 'a,\\u00a0b'}} | /parameters/userIds | a blank",
        "{'name': 'userWithId', 'parameters': {'userIds': 'a\\\\,b'}} | /parameters/userIds | misread",
        "{'name': 'remoteAddress', 'parameters': {'IPs': '10.0.0.0/8'}} | /parameters/IPs | no ranges",
        "{'name': 'remoteAddress', 'parameters': {'IPs': '::1'}} | /parameters/IPs | no others",
        "{'name': 'remoteAddress', 'parameters': {'IPs': '10.0.0.256'}} | /parameters/IPs | no others",
        "{'name': 'default', 'segments': ['1']} | /segments/0 | an integer",
        "{'name': 'default', 'segments': [2]} | /segments/0 | several segments 2",
        "{'name': 'default', 'segments': [3]} | !/segments/3/constraints/0/operator | REGEX_MATCH",
        "{'name': 'default', 'segments': [4]} | !/segments/4/constraints | must have constraints",
      })
  void read_ofAStrategyThatWouldNotBeTheSame_refusesTheFeatureAndSaysWhy(
      String strategy, String pointer, String reason) {
    assertRefused(
        "'strategies': [{'name': 'default'}, " + strategy + "]",
        pointer.startsWith("!") ? pointer : "/strategies/1" + pointer,
        reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'contextName': 'a' | /operator | must have an operator",
        "'contextName': 'a', 'operator': 'REGEX_MATCH', 'value': '.' | /operator | cannot be said",
        "'contextName': 'a', 'operator': 'NEAR', 'value': '.' | /operator | NEAR cannot be said",
        "'operator': 'IN' | /contextName | must name an attribute",
        "'contextName': 'a.b', 'operator': 'IN' | /contextName | a dot",
        "'contextName': '', 'operator': 'IN' | /contextName | is empty",
        "'contextName': 'targetingKey', 'operator': 'IN' | /contextName | something else here",
        "'contextName': '$flagd', 'operator': 'IN' | /contextName | something else here",
        "'contextName': 'a\\u0022', 'operator': 'IN' | /contextName | misread",
        "'contextName': 'currentTime', 'operator': 'IN' | /contextName | before or after a date",
        "'contextName': 'a', 'operator': 'IN', 'values': ['b\\\\'] | /values/0 | misread",
        "'contextName': 'a', 'operator': 'IN', 'values': [5] | /values/0 | must be a string",
        "'contextName': 'a', 'operator': 'STR_CONTAINS', 'values': [] | /values | must not be empty",
        "'contextName': 'a', 'operator': 'STR_CONTAINS', 'values': ['1', 'b'], 'caseInsensitive': true"
            + " | /values/1 | regard to case",
        "'contextName': 'a', 'operator': 'STR_ENDS_WITH', 'values': ['\\u00fc'], 'caseInsensitive': true"
            + " | /values/0 | regard to case",
        "'contextName': 'a', 'operator': 'NUM_EQ' | /value | there must be one",
        "'contextName': 'a', 'operator': 'NUM_EQ', 'value': '.5' | /value | is no number",
        "'contextName': 'a', 'operator': 'NUM_EQ', 'value': '1e999' | /value | is no number",
        "'contextName': 'a', 'operator': 'NUM_EQ', 'value': '1.2.3' | /value | is no number",
        "'contextName': 'a', 'operator': 'SEMVER_EQ', 'value': 'v1.2.3' | /value | a version",
        "'contextName': 'a', 'operator': 'SEMVER_EQ', 'value': '1.2' | /value | a version",
        "'contextName': 'a', 'operator': 'SEMVER_EQ', 'value': '1.2.3+b' | /value | without build",
        "'contextName': 'a', 'operator': 'DATE_AFTER', 'value': '2026-11-28T12:00:00Z'"
            + " | /contextName | only the time",
        "'contextName': 'currentTime', 'operator': 'DATE_AFTER', 'value': '2026-11-28'"
            + " | /value | is no date",
        "'contextName': 'currentTime', 'operator': 'DATE_AFTER', 'value': '2026-02-30T12:00:00Z'"
            + " | /value | is no date",
        "'contextName': 'currentTime', 'operator': 'DATE_AFTER', 'value': '2026-02-03T24:00:00Z'"
            + " | /value | is no date",
        "'contextName': 'a', 'operator': 'IN', 'inverted': 'no' | /inverted | true or false",
      })
  void read_ofAConstraintThatWouldNotBeTheSame_refusesTheFeatureAndSaysWhy(
      String members, String pointer, String reason) {
    assertRefused(
        "'strategies': [{'name': 'default', 'constraints': [{" + members + "}]}]",
        "/strategies/0/constraints/0" + pointer,
        reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'enabled': null | /enabled | true or false",
        "'strategies': {} | /strategies | must be an array",
        "'dependencies': [{'feature': 'gone'}] | /dependencies/0/feature | no feature gone",
        "'dependencies': [{'feature': 'f'}] | /dependencies/0/feature | must not depend on any, but f does",
        "'dependencies': [{'feature': 'child'}] | /dependencies/0/feature | but child does",
        "'dependencies': [{'feature': 'no'}] | /dependencies/0/feature | feature no is refused",
        "'dependencies': [{'feature': 'fine', 'variants': ['a']}]"
            + " | /dependencies/0/variants | no flag fine:variant",
        "'dependencies': [{'feature': 'drawn', 'variants': ['a']}]"
            + " | /dependencies/0/variants | no flag drawn:variant",
        "'dependencies': [{'feature': 'varied', 'variants': ['b']}]"
            + " | /dependencies/0/variants | never gives variant b",
        "'dependencies': [{'feature': 'varied', 'variants': ['a'], 'enabled': false}]"
            + " | /dependencies/0/variants | is to be on",
        "'dependencies': [{'feature': 'partly', 'variants': ['a']}]"
            + " | /dependencies/0/variants | always has a variant",
        "'name': 'taken' | /name | several features taken",
        "'name': 'odd' | /name | the name that is for its variants",
      })
  void read_ofAFeatureThatWouldNotBeTheSame_refusesItAndSaysWhy(
      String members, String pointer, String reason) {
    assertRefused(members, pointer, reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'variants': [{'name': 'a', 'weight': 500}, {'name': 'b', 'weight': 500}] | /variants | buckets",
        "'variants': [{'name': 'a', 'weight': 1}, {'name': 'b', 'weight': -1}]"
            + " | /variants/1/weight | at least 0",
        "'variants': [{'name': 'a', 'weight': 0}] | /variants | all weight",
        "'variants': [{'name': 'disabled', 'weight': 1}] | /variants/0/name | other than disabled",
        "'variants': [{'weight': 1}] | /variants/0/name | must have a name",
        "'variants': [{'name': 'a', 'weight': 1, 'payload': {'type': 'json'}}]"
            + " | /variants/0/payload/value | must be a string",
        "'variants': [{'name': 'a', 'weight': 1, 'overrides': [{'contextName': 'currentTime'}]}]"
            + " | /variants/0/overrides/0/contextName | before or after a date",
        "'strategies': [{'name': 'default', 'variants': [{'name': 'a', 'weight': 1}],"
            + " 'constraints': [{'contextName': 'x', 'operator': 'IN'}]}, {'name': 'default'}]"
            + " | /strategies/1/variants | must be there",
        "'variants': [{'name': 'a', 'weight': 1}], 'strategies': [{'name': 'default', 'variants': [],"
            + " 'constraints': [{'contextName': 'x', 'operator': 'IN'}]}, {'name': 'default', 'variants':"
            + " [{'name': 'a', 'weight': 1, 'payload': {'type': 'string', 'value': 'x'}}]}]"
            + " | /strategies/1/variants/0/payload | another variant a",
      })
  void read_ofVariantsThatWouldNotBeTheSame_refusesThemAloneAndSaysWhy(
      String members, String pointer, String reason) {
    UnleashImport imported = UnleashImport.read(
        "{'features': [{'name': 'f', 'enabled': true, %s}]}".formatted(members).replace('\'', '"'));
    assertThat(imported.document().keys()).containsExactly("f");
    assertThat(imported.refused()).hasSize(1);
    RefusedFlag refused = imported.refused().get(0);
    assertThat(refused.flag()).isEqualTo("f:variant");
    assertThat(refused.pointer()).isEqualTo("/features/0" + pointer);
    assertThat(refused.reason()).contains(reason);
  }

  private static void assertRefused(String members, String pointer, String reason) {
    ObjectNode data = (ObjectNode) JSON.readTree("""
        {"features": [
          {"name": "f", "enabled": true, "variants": [{"name": "a", "weight": 1}]},
          {"name": "fine", "enabled": true},
          {"name": "no", "enabled": true, "strategies": [{"name": "mine"}]},
          {"name": "child", "enabled": true, "dependencies": [{"feature": "fine"}]},
          {"name": "drawn", "enabled": true,
           "variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]},
          {"name": "varied", "enabled": true,
           "variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 0}]},
          {"name": "partly", "enabled": true, "strategies": [
            {"name": "userWithId", "parameters": {"userIds": "ann"}, "variants": []},
            {"name": "default", "variants": [{"name": "a", "weight": 1}]}]},
          {"name": "taken", "enabled": true},
          {"name": "odd:variant", "enabled": true}],
         "segments": [{"id": 1, "constraints": []}, {"id": 2, "constraints": []},
          {"id": 2, "constraints": []},
          {"id": 3, "constraints": [{"contextName": "a", "operator": "REGEX_MATCH", "value": "."}]},
          {"id": 4}]}""");
    ((ObjectNode) data.at("/features/0"))
        .setAll((ObjectNode) JSON.readTree("{" + members.replace('\'', '"') + "}"));
    String name = data.at("/features/0/name").stringValue();
    UnleashImport imported = UnleashImport.read(data.toString());
    assertThat(imported.document().keys()).contains("fine").doesNotContain(name);
    Refusals.assertRefused(imported.refused(), name, "/features/0", pointer, reason);
    if (name.equals("f")) { // and what stands on it
      assertThat(imported.document().keys()).doesNotContain("f:variant");
      assertThat(imported.refused())
          .contains(new RefusedFlag("f:variant", "/features/0", "feature f is refused"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | Unleash's features must be an object",
        "{ | is no JSON",
        "{'features': [], 'features': []} | is no JSON",
        "{'toggles': []} | this is of its frontend API",
        "{'events': []} | these are changes of them",
        "{'features': {}} | /features: must be an array",
        "{'features': [null]} | /features/0: must be an object",
        "{'features': [{'enabled': true}]} | /features/0/name: a feature must have a name",
        "{'features': [], 'segments': [{}]} | /segments/0/id: a segment must have an id",
      })
  void read_ofAnotherShape_isRefusedAsAWhole(String json, String message) {
    assertThatThrownBy(() -> UnleashImport.read(json.replace('\'', '"')))
        .isInstanceOf(FlagFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void read_ofALongChainOfDependencies_refusesAllButItsEnd() {
    ObjectNode data = JSON.createObjectNode();
    ArrayNode features = data.putArray("features");
    int length = 5_000;
    for (int i = 0; i <= length; i++) {
      ObjectNode feature = features.addObject().put("name", "f" + i).put("enabled", true);
      if (i < length) {
        feature.putArray("dependencies").addObject().put("feature", "f" + (i + 1));
      }
    }
    UnleashImport imported = UnleashImport.read(data.toString());
    assertThat(imported.document().keys()).containsExactly("f" + (length - 1), "f" + length);
  }
}
