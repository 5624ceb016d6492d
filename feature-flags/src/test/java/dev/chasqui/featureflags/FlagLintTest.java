package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.exceptions.GeneralError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What lint finds, and that it accuses nobody wrongly. */
final class FlagLintTest {
  private static final Instant NOW = Instant.parse("2026-12-03T00:00:00Z");
  private static final JsonMapper JSON = JsonMapper.shared();

  private static List<LintFinding> check(String flags) {
    return FlagLint.at(NOW).check(FlagDocument.parse("{\"flags\": {" + flags + "}}"));
  }

  private static List<LintFinding> checkTargeting(String targeting) {
    return check(
        "\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"defaultVariant\": \"off\", \"targeting\": "
            + targeting + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'if': [{'==': [{'var': 'c'}, 'DE']}, 'on', {'in': [{'var': 'c'}, ['DE']]}, 'off', 'on']} | /flags/f/targeting/if/3",
        "{'if': [{'<': [{'var': 'a'}, 18]}, 'on', {'<': [{'var': 'a'}, 10]}, 'off', 'on']} | /flags/f/targeting/if/3",
        "{'if': [{'<': [{'var': 'a'}, 18]}, {'if': [{'>': [{'var': 'a'}, 18]}, 'on', 'off']}, 'on']} | /flags/f/targeting/if/1/if/1",
        "{'if': [{'<': [{'var': 'a'}, 10]}, {'if': [{'<=': [{'var': 'a'}, 10]}, 'on', 'off']}, 'on']} | /flags/f/targeting/if/1/if/2",
        "{'if': [{'and': [{'===': [{'var': 'c'}, 'DE']}, {'===': [{'var': 'c'}, 'FR']}]}, 'on', 'off']} | /flags/f/targeting/if/1",
        "{'if': [{'!': [{'starts_with': [{'var': 'm'}, 'x']}]}, {'if': [{'starts_with': [{'var': 'm'}, 'x']}, 'on']}, 'off']} | /flags/f/targeting/if/1/if/1",
        "{'if': [true, 'on', 'off']} | /flags/f/targeting/if/2",
        "{'if': [[], 'on', 'off']} | /flags/f/targeting/if/1",
        "{'if': [{'or': [{'var': 'b'}, {'var': 'd'}]}, 'on', {'var': 'b'}, 'off', 'on']} | /flags/f/targeting/if/3",
        "{'if': [{'in': [{'var': 'c'}, ['DE', 'FR']]}, {'if': [{'==': [{'var': 'c'}, 'DE']}, 'on', {'==': [{'var': 'c'}, 'FR']}, 'off', 'on']}, 'on']} | /flags/f/targeting/if/1/if/4",
        "{'if': [{'!=': [{'var': 'c'}, 'DE']}, 'on', {'!==': [{'var': 'c'}, 'DE']}, {'if': [{'===': [{'var': 'c'}, 'DE']}, 'on', 'off']}, 'off']} | /flags/f/targeting/if/3/if/1",
        "{'if': [{'==': [{'var': 'a'}, 5]}, {'if': [{'>': [{'var': 'a'}, 5]}, 'on', 'off']}, 'on']} | /flags/f/targeting/if/1/if/1",
        "{'if': [{'<=': [1, {'var': 'a'}, 5]}, {'if': [{'<': [{'var': 'a'}, 6]}, 'on', 'off']}, 'on']} | /flags/f/targeting/if/1/if/2",
        "{'if': [{'>': [{'var': 'a'}, 5]}, {'if': [{'in': [{'var': 'a'}, [1, 5]]}, 'on', 'off']}, 'on']} | /flags/f/targeting/if/1/if/1",
        "{'if': [{'and': [{'>': [{'var': 'a'}, 5]}, {'==': [{'var': 'a'}, 'old']}]}, 'on', 'off']} | /flags/f/targeting/if/1",
        "{'if': [{'starts_with': [{'var': 'm'}, 'ab']}, 'on', {'starts_with': [{'var': 'm'}, 'abc']}, 'off', 'on']} | /flags/f/targeting/if/3",
        "{'if': [{'starts_with': [{'var': 'm'}, 'ab']}, {'if': [{'starts_with': [{'var': 'm'}, 'x']}, 'on', 'off']}, 'off']} | /flags/f/targeting/if/1/if/1",
        "{'if': [{'ends_with': [{'var': 'm'}, '@a.com']}, {'if': [{'==': [{'var': 'm'}, 'x@b.com']}, 'on', 'off']}, 'off']} | /flags/f/targeting/if/1/if/1",
        "{'if': [{'in': [{'var': 'm'}, ['ab', 'ac']]}, {'if': [{'starts_with': [{'var': 'm'}, 'a']}, 'on', 'off']}, 'off']} | /flags/f/targeting/if/1/if/2",
        "{'if': [{'==': ['c', 'DE']}, 'on', 'off']} | /flags/f/targeting/if/1",
        "{'if': [{'===': [{'in': [{'var': 'c'}, 'DE']}, 'true']}, 'on', 'off']} | /flags/f/targeting/if/1",
        "{'if': [{'===': [{'var': 'c'}, ['DE']]}, 'on', 'off']} | /flags/f/targeting/if/1"
      })
  void branch_thatIsNeverComeTo_isNamed(String targeting, String pointer) {
    assertThat(checkTargeting(targeting.replace('\'', '"')))
        .filteredOn(finding -> finding.check().equals("unreachable"))
        .extracting(LintFinding::pointer)
        .containsExactly(pointer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'if': [{'<': [{'var': 'a'}, 18]}, 'on', {'>=': [{'var': 'a'}, 18]}, 'off', 'on']}",
        "{'if': [{'===': [{'var': 'c'}, 'DE']}, 'on', {'==': [{'var': 'c'}, 'DE']}, 'off', 'on']}",
        "{'if': [{'==': [{'var': 'c'}, 'DE']}, {'if': [{'in': [{'var': 'c'}, ['DE']]}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': 'c'}, '1']}, {'if': [{'==': [{'var': 'c'}, '2']}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': ['c', 'DE']}, 'DE']}, 'on', {'==': [{'var': 'c'}, 'DE']}, 'off', 'on']}",
        "{'if': [{'==': [{'var': 'c'}, true]}, {'if': [{'===': [{'var': 'c'}, true]}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': 'a'}, 5]}, {'if': [{'starts_with': [{'var': 'a'}, '5']}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': 'a'}, 0]}, 'on', {'<=': [{'var': 'a'}, 0]}, {'if': [{'>=': [{'var': 'a'}, 0]}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': 'm'}, 'abc']}, {'if': [{'starts_with': [{'var': 'm'}, 'a']}, 'on', 'off']}, 'on']}",
        "{'if': [{'!': [{'starts_with': [{'var': 'm'}, 'a']}]}, {'if': [{'==': [{'var': 'm'}, 'abc']}, 'on', 'off']}, 'on']}",
        "{'if': [{'==': [{'var': 'c'}, ['DE']]}, 'on', 'off']}"
      })
  void branch_thatMayBeComeTo_isNotNamed(String targeting) {
    assertThat(checkTargeting(targeting.replace('\'', '"')))
        .filteredOn(finding -> finding.check().equals("unreachable"))
        .isEmpty();
  }

  @Test
  void findings_ofOneDocument_areThese() {
    String flags = """
        "wrong": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"nope": 1}},
        "mixed": {"state": "ENABLED", "variants": {"a": 1, "b": "x"}, "defaultVariant": "a", "targeting": {"if": [{"var": "x"}, "b"]}},
        "killed": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-killed": true},
        "unused": {"state": "ENABLED", "variants": {"on": true, "off": false, "third": true}, "defaultVariant": "off", "targeting": {"if": [{">": [{"var": "age"}, 1]}, "on"]}},
        "text": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [{"starts_with": [{"var": "age"}, "1"]}, "on"]}},
        "sub": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"in": [{"var": "c"}, "DE"]}, "on"]}},
        "ended": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"fractional": [["on", 100], ["off", 0]]}},
        "none": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"fractional": [["on", 0]]}},
        "other": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"var": "x"}, "gone"]}},
        "past": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "x-schedule": [{"at": "2026-12-01T00:00:00Z", "variant": "on"}]},
        "s1": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-salt": "s", "targeting": {"fractional": [["on", 1], ["on", 2]]}, "x-layer": {"name": "l", "from": 0, "to": 20}},
        "s2": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-salt": "s", "targeting": {"fractional": [["on", 1], ["on", 2]]}, "x-layer": {"name": "l", "from": 10, "to": 30}},
        "s3": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-salt": "unsplit"},
        "s4": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-salt": "unsplit"},
        "s5": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"fractional": [["on", 1], ["on", 2]]}},
        "s6": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"fractional": [{"cat": ["s5", {"var": "targetingKey"}]}, ["on", 1], ["on", 2]]}},
        "s7": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-layer": {"name": "s7", "from": 10, "to": 30}, "targeting": {"fractional": [["on", 1], ["on", 2]]}},
        "half": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"fractional": [["on", 0.5], ["on", 99.5]]}},
        "swapped": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"in": [["DE"], {"var": "c"}]}, "on"]}},
        "forgot": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"and": [{"var": "x"}, {"==": ["country", "DE"]}]}, "on"]}},
        "idle": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "x-schedule": [{"at": "2027-12-01T00:00:00Z", "variant": "on"}, {"at": "2027-12-02T00:00:00Z", "variant": "on"}]},
        "ramped": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "x-schedule": [{"at": "2026-11-01T00:00:00Z", "until": "2026-12-02T00:00:00Z", "ramp": "on", "else": "off", "from": 0, "to": 100}]},
        "shared": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"$ref": "used"}, "on"]}},
        "near": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"if": [{"var": "cuntry"}, "on"]}}""";
    List<LintFinding> findings = FlagLint.at(NOW)
        .withAttributes(Set.of("country", "age", "x", "c"))
        .check(FlagDocument.parse(
            "{\"$evaluators\": {\"e\": {\"!\": [1]}, \"used\": {\"==\": [{\"var\": \"contry\"}, \"DE\"]}}, \"flags\": {"
                + flags + "}}"));
    assertThat(findings)
        .extracting(finding -> finding.check() + " " + finding.pointer())
        .containsExactlyInAnyOrder(
            "wrong /flags/wrong/targeting/nope",
            "mixed-variants /flags/mixed/variants",
            "no-off /flags/killed/x-killed",
            "never-served /flags/unused/variants/third",
            "no-default /flags/text",
            "in-text /flags/sub/targeting/if/0/in",
            "ended-rollout /flags/ended/targeting/fractional",
            "no-weight /flags/none/targeting/fractional",
            "no-variant /flags/other",
            "ended-schedule /flags/past/x-schedule",
            "same-seed /flags/s2",
            "same-seed /flags/s6",
            "same-seed /flags/s7/x-layer",
            "bad-weight /flags/half/targeting/fractional",
            "in-swapped /flags/swapped/targeting/if/0/in",
            "constant-condition /flags/forgot/targeting/if/0/and/1/==",
            "unreachable /flags/forgot/targeting/if/1",
            "idle-step /flags/idle/x-schedule/1",
            "ended-schedule /flags/ramped/x-schedule",
            "unknown-attribute /$evaluators/used/==/0/var",
            "overlapping-layer /flags/s2/x-layer",
            "unknown-attribute /flags/near/targeting/if/0/var",
            "mixed-attribute /flags/unused/targeting/if/0/>",
            "unused-evaluator /$evaluators/e");
    assertThat(findings)
        .filteredOn(finding -> finding.check().equals("unknown-attribute"))
        .extracting(finding -> finding.message() + "; " + finding.mend())
        .containsExactlyInAnyOrder(
            "no context has cuntry; country may be meant",
            "no context has contry; country may be meant");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'targeting': {'if': [true, 'on', 'on']}, 'x-schedule': [{'at': '2026-12-01T00:00:00Z', 'until': '2026-12-04T00:00:00Z', 'ramp': 'on', 'else': 'on', 'from': 0, 'to': 50}]",
        "'targeting': {'fractional': [{'merge': ['off', 50]}, ['on', 50]]}",
        "'targeting': {'fractional': [{'var': 'shares'}, ['on', 50]]}",
        "'targeting': {'fractional': [['on', 100], ['on', -0.5]]}",
        "'targeting': {'fractional': [['on', 100, 1], ['on', 0]]}",
        "'targeting': {'fractional': [{'var': 'targetingKey'}, ['on', 50], ['on', 1]]}"
      })
  void variant_thatIsServedWhereNobodyLooks_isNotCalledNeverServed(String rules) {
    String flag =
        "\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"defaultVariant\": \"off\", "
            + rules.replace('\'', '"') + "}";
    assertThat(check(flag))
        .extracting(finding -> finding.check() + " " + finding.pointer())
        .doesNotContain(
            "never-served /flags/f/variants/off", "ended-rollout /flags/f/targeting/fractional");
    FlagSet set = FlagSet.of(FlagDocument.parse("{\"flags\": {" + flag + "}}"));
    List<FlagContext> contexts = new ArrayList<>(List.of(FlagContext.EMPTY));
    for (int i = 0; i < 50; i++) {
      contexts.add(FlagContext.of("u-" + i).with("shares", List.<Object>of("off", 50)));
    }
    assertThat(contexts)
        .anySatisfy(
            context -> assertThat(set.evaluate("f", context, NOW).variant()).isEqualTo("off"));
  }

  @Test
  void flag_thatStaysWhatItWas_isNotHeldAgainstWhatIsWrittenNow() {
    String right =
        "{\"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true}, \"defaultVariant\": \"on\", \"x-schedule\": [{\"at\": \"2026-12-01T00:00:00Z\", \"variant\": \"on\"}]}}}";
    FlagSet set = FlagSet.of(FlagDocument.parse(right));
    FlagSet next = set.next(FlagDocument.parse(
        right.replaceFirst("\"x-schedule\": .*]", "\"x-killed\": true, \"x-schedule\": 5")));
    assertThat(next.changedFrom(set)).containsExactly("f");
    assertThat(FlagLint.at(NOW).check(next, next.changedFrom(set)))
        .extracting(LintFinding::check)
        .containsExactly("wrong");
  }

  @Test
  void numbers_beyondWhatDoublesHold_areTakenAsEvaluationTakesThem() {
    String huge = "1" + "0".repeat(400);
    assertThat(checkTargeting("{\"if\": [{\"<\": [{\"var\": \"a\"}, " + huge + "]}, \"on\", " + huge
            + ", \"off\", {\"fractional\": [[\"on\", " + huge + "]]}]}"))
        .extracting(LintFinding::check)
        .contains("unreachable");
  }

  @Test
  void check_ofWhatIsHuge_endsSoon() {
    StringBuilder branches = new StringBuilder();
    StringBuilder flags = new StringBuilder();
    for (int i = 0; i < 16_000; i++) {
      branches.append("{\"==\": [{\"var\": \"c\"}, \"t").append(i).append("\"]}, \"on\", ");
      flags
          .append("\"g")
          .append(i)
          .append(
              "\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true}, \"defaultVariant\": \"on\", ")
          .append("\"x-layer\": {\"name\": \"l\", \"from\": 0, \"to\": 9}},");
    }
    String many =
        "{\"if\": [" + branches + " {\"==\": [{\"var\": \"c\"}, \"t7\"]}, \"off\", \"on\"]}";
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> { // was minutes, and all of memory
          assertThat(checkTargeting(many))
              .extracting(LintFinding::pointer)
              .contains("/flags/f/targeting/if/32001");
          assertThat(check(flags.substring(0, flags.length() - 1))).hasSize(15_999);
        });
  }

  @Test
  void check_ofConditionsThatMultiply_saysThatItIsCutShort() {
    StringBuilder evaluators =
        new StringBuilder("\"e0\": {\"if\": [{\"var\": \"a\"}, \"on\", \"off\"]}");
    for (int i = 1; i < 14; i++) { // each refers twice to the one before
      String ref = "{\"$ref\": \"e" + (i - 1) + "\"}";
      evaluators.append(
          ",\"e" + i + "\": {\"if\": [{\"var\": \"a" + i + "\"}, " + ref + ", " + ref + "]}");
    }
    StringBuilder flags = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      flags.append(
          (i == 0 ? "" : ",") + "\"f" + i
              + "\": {\"state\": \"ENABLED\", \"variants\": {\"on\": 1, \"off\": 2, \"x\": 3}, \"defaultVariant\": \"on\", \"targeting\": {\"$ref\": \"e13\"}}");
    }
    FlagDocument document =
        FlagDocument.parse("{\"$evaluators\": {" + evaluators + "}, \"flags\": {" + flags + "}}");
    assertThat(FlagSet.of(document).problems()).isEmpty();
    List<LintFinding> findings =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> FlagLint.at(NOW).check(document));
    assertThat(findings)
        .extracting(LintFinding::check)
        .containsOnly("never-served", "cut-short") // of the first flags, and then nothing more
        .endsWith("cut-short");
  }

  @Test
  void provider_warnsOfWhatIsNewAndKeepsWhatWasInForce() {
    String before =
        "{\"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true}, \"defaultVariant\": \"on\"}}}";
    String after = before.replace("\"defaultVariant\"", "\"x-killed\": true, \"defaultVariant\"");
    List<LintFinding> told = new CopyOnWriteArrayList<>();
    FlagHistory history = new FlagHistory(5);
    HandSource source = new HandSource();
    FlagProvider provider = FlagProvider.builder()
        .source(source)
        .onLint(told::addAll)
        .history(history)
        .startWithin(Duration.ZERO)
        .build();
    try {
      assertThatThrownBy(() -> provider.initialize(FlagContext.EMPTY))
          .isInstanceOf(GeneralError.class);
      source.load(FlagDocument.parse(before));
      String version = provider.flags().version();
      source.load(FlagDocument.parse(after));
      await()
          .untilAsserted(
              () -> assertThat(told).extracting(LintFinding::check).containsExactly("no-off"));
      assertThat(history.find(version)).isNotNull();
      assertThat(history.find(provider.flags().version())).isSameAs(provider.flags());
    } finally {
      provider.shutdown();
    }
  }

  /** Conditions that often say something of one another. */
  private static JsonNode condition(Random random, int depth) {
    String attribute = List.of("country", "age", "tags").get(random.nextInt(3));
    ObjectNode operation = JSON.createObjectNode();
    ArrayNode operands = JSON.createArrayNode();
    if (depth > 0 && random.nextInt(3) == 0) {
      String operator = List.of("and", "or", "!").get(random.nextInt(3));
      for (int i = operator.equals("!") ? 0 : 1; i >= 0; i--) {
        operands.add(condition(random, depth - 1));
      }
      return operation.set(operator, operands);
    }
    ObjectNode variable = JSON.createObjectNode().put("var", attribute);
    List<String> texts = List.of("DE", "FR", "on", "abc", "1", "");
    List<JsonNode> constants = new ArrayList<>();
    texts.forEach(text -> constants.add(JSON.getNodeFactory().stringNode(text)));
    List.of(0, 1, 2, 18).forEach(number -> constants.add(JSON.getNodeFactory().numberNode(number)));
    constants.add(JSON.getNodeFactory().booleanNode(random.nextBoolean()));
    constants.add(JSON.getNodeFactory().nullNode());
    constants.add(JSON.createArrayNode().add("DE"));
    JsonNode constant = constants.get(random.nextInt(constants.size()));
    boolean isTurned = random.nextInt(5) == 0;
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        ArrayNode between = operands.add(random.nextInt(3)).add(variable);
        if (random.nextInt(3) == 0) {
          return operation.set(random.nextBoolean() ? "<" : "<=", between.add(random.nextInt(20)));
        }
        return operation.set(
            List.of("<", "<=", ">", ">=").get(random.nextInt(4)),
            isTurned
                ? between
                : JSON.createArrayNode()
                    .add(variable)
                    .add(List.of(0, 1, 2, 18).get(random.nextInt(4))));
      }
      case 2 -> {
        ArrayNode list = operands.add(variable).addArray();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(constants.get(random.nextInt(constants.size())));
        }
        return operation.set("in", operands);
      }
      case 3 -> {
        return operation.set(
            random.nextBoolean() ? "starts_with" : "ends_with",
            operands
                .add(variable)
                .add(List.of("", "a", "ab", "c", "1", "D", "E", "DE").get(random.nextInt(8))));
      }
      default -> {
        JsonNode other = random.nextInt(12) == 0
            ? JSON.createObjectNode()
                .set("cat", JSON.createArrayNode().add(variable).add("!"))
            : variable;
        operands.add(isTurned ? constant : other).add(isTurned ? other : constant);
        return operation.set(List.of("==", "===", "!=", "!==").get(random.nextInt(4)), operands);
      }
    }
  }

  private static JsonNode choice(Random random, int depth) {
    ArrayNode operands = JSON.createArrayNode();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      operands.add(condition(random, 2));
      operands.add(
          depth > 0 && random.nextInt(3) == 0
              ? choice(random, depth - 1)
              : JSON.getNodeFactory().stringNode("on"));
    }
    operands.add("off");
    return JSON.createObjectNode().set("if", operands);
  }

  @Test
  void branches_calledUnreachable_areNeverComeTo() {
    Random random = new Random(11);
    RandomRules contexts = new RandomRules(random);
    int accused = 0;
    for (int i = 0; i < 2_000; i++) {
      ObjectNode document = JSON.createObjectNode();
      ObjectNode flag = document.putObject("flags").putObject("f");
      flag.put("state", "ENABLED").put("defaultVariant", "off");
      flag.putObject("variants").put("on", true).put("off", false).put("marked", true);
      flag.set("targeting", choice(random, 2));
      List<LintFinding> findings =
          new ArrayList<>(FlagLint.at(NOW).check(FlagDocument.parse(document.toString())));
      findings.removeIf(finding -> !finding.check().equals("unreachable"));
      for (LintFinding finding : findings) {
        accused++;
        ObjectNode marked = document.deepCopy();
        int cut = finding.pointer().lastIndexOf('/');
        ArrayNode around =
            (ArrayNode) marked.at(JsonPointer.compile(finding.pointer().substring(0, cut)));
        int place = Integer.parseInt(finding.pointer().substring(cut + 1));
        boolean isCondition = place % 2 == 0 && place + 1 < around.size();
        around.set(isCondition ? place + 1 : place, JSON.getNodeFactory().stringNode("marked"));
        if (isCondition) {
          around.set(place, JSON.getNodeFactory().booleanNode(true));
        }
        FlagSet set = FlagSet.of(FlagDocument.parse(marked.toString()));
        for (int j = 0; j < 200; j++) {
          EvaluationContext context = contexts.context();
          assertThat(set.evaluate("f", context).variant())
              .as("%s in %s for %s", finding, document, context.asObjectMap())
              .isNotEqualTo("marked");
        }
      }
    }
    assertThat(accused).isGreaterThan(200);
  }

  @Test
  void variants_calledNeverServed_areNot() {
    Random random = new Random(12);
    RandomDocuments documents = new RandomDocuments(random);
    int accused = 0;
    for (int i = 0; i < 1_500; i++) {
      FlagDocument document = FlagDocument.parse(documents.document(3).toString());
      FlagSet set = FlagSet.of(document);
      for (LintFinding finding : FlagLint.at(NOW).check(document)) {
        if (finding.check().equals("never-served")) {
          accused++;
          String variant = finding.pointer().substring(finding.pointer().lastIndexOf('/') + 1);
          for (int j = 0; j < 60; j++) {
            Instant at =
                Instant.parse("2026-11-30T00:00:00Z").plusSeconds(random.nextInt(7 * 86_400));
            assertThat(set.evaluate(finding.flag(), documents.rules().context(), at)
                    .variant())
                .as("%s in %s", finding, document.toJson())
                .isNotEqualTo(variant);
          }
        }
      }
    }
    assertThat(accused).isGreaterThan(200);
  }
}
