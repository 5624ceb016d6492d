package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The oracle against results worked out by hand, and the random cases against being all alike. */
final class NaiveResolverTest {
  private static final Path VECTORS =
      Path.of("src/test/resources/dev/chasqui/hierarchicalconfig/vectors/resolution.json");
  private static final String INT = "{'key': 'k', 'type': 'int', 'default': 7}";
  private static final String LIST = "{'key': 'k', 'type': 'list', 'default': [1], 'merge': '%s'}";
  private static final String OBJECT =
      "{'key': 'k', 'type': 'object', 'default': {'a': {'b': [1], 'c': 1}}, 'merge': '%s'}";
  private static final String PAIR = "{'key': 'k', 'type': 'int', 'default': 7, 'atomic': 'g'},"
      + " {'key': 'l', 'type': 'int', 'default': 8, 'atomic': 'g', 'max': 50}";

  @Test
  void resolve_nobodySets_isTheDefault() {
    JsonNode expect = resolve(INT);

    assertThat(expect.path("values")).isEqualTo(json("{'k': 7}"));
    assertThat(expect.path("content")).isEmpty();
    assertThat(expect.path("explanations")).isEmpty();
    assertThat(expect.path("nextChange").isNull()).isTrue();
  }

  @Test
  void resolve_twoSet_nearestWins() {
    JsonNode expect = resolve(
        INT, profile("device:d", "'k': {'value': 2}"), profile("global:all", "'k': {'value': 1}"));

    assertThat(expect.path("values")).isEqualTo(json("{'k': 2}"));
    assertThat(expect.at("/explanations/k"))
        .isEqualTo(json(
            "{'key': 'k', 'value': 2, 'winner': {'scope': 'device:d', 'value': 2, 'revision': 1},"
                + "'merged': [], 'losers': [{'scope': 'global:all', 'value': 1, 'revision': 1,"
                + "'reason': 'overridden', 'by': 'device:d'}]}"));
  }

  @Test
  void resolve_groupsOfEqualPriority_firstByTextWins() {
    JsonNode expect = resolve(
        INT,
        profile("group:a", "'k': {'value': 1}"),
        profile("group:B", "'k': {'value': 2}"),
        profile("group:Z", "'k': {'value': 3}").replace("'priority': 0", "'priority': -1"));

    assertThat(fates(expect, "k"))
        .containsExactly("group:a priority group:B", "group:Z priority group:B");
    assertThat(expect.at("/values/k").intValue()).isEqualTo(2);
  }

  @Test
  void resolve_pathWithTwoDevices_isRefused() {
    assertThat(resolve(INT, profile("device:d", ""), profile("device:e", "")))
        .isEqualTo(json("{'refused': true}"));
  }

  @Test
  void resolve_mandatory_refusesNearer() {
    JsonNode expect = resolve(
        INT,
        profile("company:a", "'k': {'value': 1, 'binding': 'mandatory'}"),
        profile("device:d", "'k': {'value': 2}"));

    assertThat(fates(expect, "k")).containsExactly("device:d locked company:a");
    assertThat(expect.path("violations"))
        .isEqualTo(json("[{'rule': 'locked', 'setting': 'k', 'scope': 'device:d'}]"));
  }

  @Test
  void resolve_lockOfOneLevel_bindsLowerPriorityAndRecommended() {
    JsonNode expect = resolve(
        INT,
        profile("group:a", "'k': {'value': 1, 'binding': {'max': 5}}"),
        profile("group:b", "'k': {'value': 6}").replace("'priority': 0", "'priority': 9"),
        profile("group:c", "'k': {'value': 9, 'binding': {'max': 9}}"),
        profile("device:d", "'k': {'value': 5}"));

    assertThat(fates(expect, "k"))
        .containsExactly(
            "group:b out-of-bounds group:a",
            "group:a overridden device:d",
            "group:c out-of-bounds group:a");
    assertThat(expect.path("violations")).as("a nearer entry is accepted").isEmpty();
  }

  @Test
  void resolve_narrowOnly_refusesLooser() {
    String setting = INT.replace("7", "7, 'merge': 'min'");
    JsonNode expect = resolve(
        setting,
        profile("global:all", "'k': {'value': 5, 'binding': 'narrow-only'}"),
        profile("company:a", "'k': {'value': 6}"),
        profile("vehicle:v", "'k': {'value': 3}"),
        profile("device:d", "'k': {'value': 4}"));

    assertThat(fates(expect, "k"))
        .containsExactly(
            "device:d stricter vehicle:v",
            "company:a looser global:all",
            "global:all stricter vehicle:v");
    assertThat(expect.path("violations")).hasSize(1);
  }

  @Test
  void resolve_unionWithRemove_takesOutThenAdds() {
    JsonNode expect = resolve(
        LIST.formatted("union"),
        profile("global:all", "'k': {'value': [2, 3]}"),
        profile("device:d", "'k': {'value': [3, 4], 'remove': [1.0]}"));

    assertThat(expect.at("/values/k")).isEqualTo(json("[2, 3, 4]"));
    assertThat(expect.at("/explanations/k/winner/scope").stringValue()).isEqualTo("device:d");
    assertThat(expect.at("/explanations/k/merged/0/scope").stringValue()).isEqualTo("global:all");
  }

  @Test
  void resolve_objects_mergeAsDeepAsDeclared() {
    String device = profile("device:d", "'k': {'value': {'a': {'b': [1, 2]}}, 'remove': ['%s']}");

    assertThat(resolve(OBJECT.formatted("hash"), device.formatted("/a")).at("/values/k"))
        .isEqualTo(json("{'a': {'b': [1, 2]}}"));
    assertThat(resolve(OBJECT.formatted("deep"), device.formatted("/x")).at("/values/k"))
        .isEqualTo(json("{'a': {'b': [1, 2], 'c': 1}}"));
    assertThat(
            resolve(OBJECT.formatted("deep-append"), device.formatted("/a/c")).at("/values/k"))
        .isEqualTo(json("{'a': {'b': [1, 1, 2]}}"));
    assertThat(resolve(OBJECT.formatted("deep-union"), device.formatted("/x")).at("/values/k"))
        .isEqualTo(json("{'a': {'b': [1, 2], 'c': 1}}"));
    assertThat(rules(resolve(OBJECT.formatted("hash"), device.formatted("/a/b"))))
        .containsExactly("bad-remove");
  }

  @Test
  void resolve_mergedTooLarge_passesOver() {
    JsonNode expect = resolve(
        LIST.formatted("append"),
        "'limits': {'value': 7}",
        profile("global:all", "'k': {'value': [22], 'binding': 'narrow-only'}"),
        profile("company:a", "'k': {'value': [3]}"),
        profile("device:d", "'k': {'value': [4]}"));

    assertThat(rules(expect)).containsExactly("bad-binding");
    assertThat(expect.at("/values/k")).isEqualTo(json("[1, 3, 4]"));
    assertThat(rules(resolve(
            LIST.formatted("append"),
            "'limits': {'value': 6}",
            profile("company:a", "'k': {'value': [3]}"),
            profile("device:d", "'k': {'value': [4]}"))))
        .containsExactly("too-large");
  }

  @Test
  void resolve_atomic_comesFromOneProfile() {
    JsonNode expect = resolve(
        PAIR,
        profile("company:a", "'k': {'value': 1}, 'l': {'value': 2}"),
        profile("device:d", "'k': {'value': 3}, 'l': {'value': 99}"));

    assertThat(expect.path("values")).isEqualTo(json("{'k': 1, 'l': 2}"));
    assertThat(fates(expect, "k")).containsExactly("device:d group company:a");
    assertThat(fates(expect, "l")).containsExactly("device:d invalid");
  }

  @Test
  void resolve_atomicLock_refusesTheDefaultToo() {
    JsonNode expect = resolve(
        PAIR,
        profile("company:a", "'k': {'value': 1}, 'l': {'value': 2, 'binding': {'max': 5}}"),
        profile("vehicle:v", "'k': {'value': 3}, 'l': {'value': 4}"),
        profile("device:d", "'k': {'value': 3}"));

    assertThat(expect.path("values")).isEqualTo(json("{'k': 3, 'l': 4}"));
    assertThat(fates(expect, "k"))
        .containsExactly("device:d group vehicle:v", "company:a overridden vehicle:v");
    assertThat(expect.path("violations")).isEmpty();
  }

  @Test
  void resolve_times_startEndAndReturn() {
    String profile = profile(
        "device:d",
        "'k': {'value': 1, 'from': '2026-01-01T00:00:00Z', 'until': '2026-01-02T00:00:00Z', 'then': 2}");

    JsonNode before = resolveAt("2025-12-31T23:59:59.999Z", INT, profile);
    assertThat(fates(before, "k")).containsExactly("device:d not-yet");
    assertThat(before.path("nextChange").stringValue()).isEqualTo("2026-01-01T00:00:00Z");
    JsonNode during = resolveAt("2026-01-01T00:00:00Z", INT, profile);
    assertThat(during.at("/values/k").intValue()).isEqualTo(1);
    assertThat(during.path("nextChange").stringValue()).isEqualTo("2026-01-02T00:00:00Z");
    JsonNode after = resolveAt("2026-01-02T00:00:00Z", INT, profile);
    assertThat(after.at("/explanations/k/winner/value").intValue()).isEqualTo(2);
    assertThat(after.path("nextChange").isNull()).isTrue();
    JsonNode without = resolveAt("2026-01-02T00:00:00Z", INT, profile.replace(", 'then': 2", ""));
    assertThat(fates(without, "k")).containsExactly("device:d expired");
  }

  @Test
  void resolve_conditionAndVariants_askTheFacts() {
    String variants =
        "'variants': {'seed': 's', 'by': 'id', 'arms': [{'name': 'one', 'weight': 1, 'value': 5}]}";
    JsonNode expect = resolve(
        INT,
        profile("global:all", "'k': {'value': 1, " + variants + "}"),
        profile("company:a", "'k': {'value': 2, 'when': {'==': [{'var': 'id'}, 'other']}}"),
        profile("device:d", "'k': {'value': 3, 'when': {'maybe': []}}"));

    assertThat(fates(expect, "k")).containsExactly("device:d condition", "company:a condition");
    assertThat(expect.at("/explanations/k/winner/variant").stringValue()).isEqualTo("one");
    assertThat(expect.at("/values/k").intValue()).isEqualTo(5);
    assertThat(rules(expect)).containsExactly("bad-rule");
  }

  @Test
  void resolve_unknownKeys_areCarriedUnchecked() {
    JsonNode expect = resolve(
        INT,
        profile("global:all", "'u': {'value': 'x', 'binding': {'max': 1}}"),
        profile("company:a", "'u': {'value': null, 'binding': 'mandatory'}"),
        profile("device:d", "'u': {'value': 3}"));

    assertThat(expect.path("values")).isEqualTo(json("{'k': 7, 'u': null}"));
    assertThat(fates(expect, "u"))
        .containsExactly("device:d locked company:a", "global:all overridden company:a");
  }

  @Test
  void resolve_invariantsAndLimits_areViolations() {
    JsonNode expect = resolve(
        INT,
        "'limits': {'profile': 4, 'config': 3}, 'invariants': [{'name': 'small', 'values':"
            + " {'x': 'k'}, 'rule': {'<': [{'var': 'x'}, 3]}, 'message': ''}]",
        profile("global:all", "'k': {'value': 1}"),
        profile("device:d", "'k': {'value': 42}"));

    assertThat(expect.path("violations"))
        .isEqualTo(json("[{'rule': 'too-large', 'setting': '', 'scope': ''},"
            + "{'rule': 'too-large', 'setting': '', 'scope': 'device:d'},"
            + "{'rule': 'invariant', 'setting': 'small', 'scope': ''}]"));
  }

  @Test
  void resolve_eachVector_isWhatItExpects() throws IOException {
    for (JsonNode vector : JsonMapper.shared().readTree(Files.readString(VECTORS))) {
      ObjectNode expect = vector.path("expect").deepCopy().asObject();
      assertThat(Disagreement.agree(vector, expect))
          .as("%s:%n%s", vector.path("name"), NaiveResolver.resolve(vector))
          .isTrue();
    }
  }

  @Test
  void next_manyCases_haveAllThatCanHappen() {
    Map<String, Integer> seen = new TreeMap<>();
    for (long seed = 0; seed < 2_000; seed++) {
      ObjectNode config = RandomCases.next(seed);
      JsonNode expect = NaiveResolver.resolve(config);
      if (expect.has("refused")) {
        seen.merge("refused", 1, Integer::sum);
      }
      for (JsonNode declaration : config.at("/manifest/settings")) {
        String merge = declaration.path("merge").asString("first");
        JsonNode explanation =
            expect.path("explanations").path(declaration.path("key").stringValue());
        if (explanation.path("merged").size() + explanation.path("losers").size() > 0) {
          seen.merge("merge " + merge, 1, Integer::sum);
        }
      }
      for (JsonNode explanation : expect.path("explanations")) {
        explanation
            .path("losers")
            .forEach(loser ->
                seen.merge("loser " + loser.path("reason").stringValue(), 1, Integer::sum));
        if (!explanation.at("/winner/variant").isMissingNode()) {
          seen.merge("variant wins", 1, Integer::sum);
        }
      }
      rules(expect).forEach(rule -> seen.merge("violation " + rule, 1, Integer::sum));
      if (expect.path("nextChange").isString()) {
        seen.merge("next change", 1, Integer::sum);
      }
    }

    assertThat(seen.keySet()).containsAll(all("merge", MERGES));
    assertThat(seen.keySet()).containsAll(all("loser", REASONS));
    assertThat(seen.keySet()).containsAll(all("violation", RULES));
    assertThat(seen.keySet()).contains("refused", "variant wins", "next change");
    assertThat(seen.values()).as("%s", seen).allMatch(count -> count >= 20);
  }

  private static final Set<String> MERGES = Set.of(
      "first",
      "min",
      "max",
      "and",
      "or",
      "append",
      "union",
      "hash",
      "deep",
      "deep-append",
      "deep-union");

  private static final Set<String> REASONS = Set.of(
      "not-yet",
      "expired",
      "condition",
      "invalid",
      "locked",
      "out-of-bounds",
      "looser",
      "group",
      "stricter",
      "priority",
      "overridden");

  private static final Set<String> RULES = Set.of(
      "wrong-type",
      "out-of-range",
      "not-a-choice",
      "bad-remove",
      "bad-binding",
      "too-large",
      "locked",
      "out-of-bounds",
      "looser",
      "bad-rule",
      "invariant");

  @Test
  void shrink_oneEntryFails_leavesIt() {
    JsonNode config = RandomCases.next(5);

    JsonNode smallest = Shrinker.shrink(
        config, smaller -> smaller.path("profiles").toString().contains("\"narrow-only\""));

    assertThat(config.path("profiles").size()).isGreaterThan(1);
    assertThat(smallest.path("profiles")).hasSize(1);
    assertThat(smallest.at("/profiles/0/entries")).hasSize(1);
    assertThat(smallest.at("/profiles/0/entries").iterator().next().propertyNames())
        .containsExactlyInAnyOrder("value", "revision", "binding");
    assertThat(smallest.at("/manifest/settings")).isEmpty();
  }

  private static List<String> all(String kind, Set<String> codes) {
    return codes.stream().map(code -> kind + ' ' + code).toList();
  }

  private static JsonNode resolve(String settings, String... profiles) {
    return resolveAt("2026-06-01T00:00:00Z", settings, profiles);
  }

  /** A first profile that is none is more of the manifest. */
  private static JsonNode resolveAt(String at, String settings, String... profiles) {
    List<String> all = List.of(profiles);
    boolean more = !all.isEmpty() && !all.get(0).startsWith("{");
    String manifest = "'settings': [" + settings + ']' + (more ? ", " + all.get(0) : "");
    String path = String.join(", ", more ? all.subList(1, all.size()) : all);
    return NaiveResolver.resolve(json("{'manifest': {" + manifest + "}, 'profiles': [" + path
        + "], 'facts': {'id': 'd'}, 'at': '" + at + "'}"));
  }

  private static String profile(String scope, String entries) {
    return "{'scope': '" + scope + "', 'revision': 9, 'priority': 0, 'entries': {"
        + entries.replace("{'value'", "{'revision': 1, 'value'") + "}}";
  }

  /** Scope, reason and, where there is one, who it lost to. */
  private static List<String> fates(JsonNode expect, String key) {
    return expect
        .path("explanations")
        .path(key)
        .path("losers")
        .valueStream()
        .map(loser -> loser.path("scope").stringValue()
            + ' '
            + loser.path("reason").stringValue()
            + (loser.has("by") ? ' ' + loser.path("by").stringValue() : ""))
        .toList();
  }

  private static List<String> rules(JsonNode expect) {
    return expect
        .path("violations")
        .valueStream()
        .map(violation -> violation.path("rule").stringValue())
        .toList();
  }
}
