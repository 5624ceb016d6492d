package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a flag comes to, by SPEC.md, 1, 2 and 5. */
final class FlagSetTest {
  private static final EvaluationContext NOBODY = new ImmutableContext();

  private static FlagSet set(String flags) {
    return FlagSet.of(FlagDocument.parse("{\"flags\": {" + flags + "}}"));
  }

  private static String flag(String key, String more) {
    return "\"" + key
        + "\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"defaultVariant\": \"off\""
        + (more.isEmpty() ? "" : ", ") + more + "}";
  }

  private static EvaluationContext user(String key, Map<String, Value> attributes) {
    return new ImmutableContext(key, attributes);
  }

  private static void assertVariant(
      FlagSet set, EvaluationContext context, @Nullable String variant, String reason) {
    FlagEvaluation evaluation = set.evaluate("f", context);
    assertThat(evaluation.variant()).as("%s", evaluation).isEqualTo(variant);
    assertThat(evaluation.reason()).isEqualTo(reason);
  }

  @Test
  void flag_withoutRules_isItsDefault() {
    assertVariant(set(flag("f", "")), NOBODY, "off", "STATIC");
  }

  @Test
  void flag_unknown_isNotFound() {
    FlagEvaluation evaluation = set("").evaluate("f", NOBODY);
    assertThat(evaluation.errorCode()).isEqualTo(ErrorCode.FLAG_NOT_FOUND);
    assertThat(evaluation.errorMessage()).contains("f");
  }

  @Test
  void flag_disabled_hasNoValue() {
    FlagSet set = set(
        "\"f\": {\"state\": \"DISABLED\", \"variants\": {\"on\": true}, \"defaultVariant\": \"on\"}");
    assertVariant(set, NOBODY, null, "DISABLED");
    assertThat(set.evaluateBoolean("f", true, NOBODY).getValue()).isTrue();
    assertThat(set.evaluateBoolean("f", false, NOBODY).getErrorCode()).isNull();
  }

  @Test
  void flag_withTargeting_isWhatItSays() {
    FlagSet set = set(flag(
        "f",
        "\"targeting\": {\"if\": [{\"and\": [{\"ends_with\": [{\"var\": \"email\"}, \"@corp.example\"]},"
            + " {\"in\": [{\"var\": \"country\"}, [\"DE\", \"FR\"]]}]}, \"on\"]}"));
    Map<String, Value> match =
        Map.of("email", new Value("a@corp.example"), "country", new Value("FR"));
    assertVariant(set, user("u", match), "on", "TARGETING_MATCH");
    assertVariant(set, user("u", Map.of("country", new Value("FR"))), "off", "DEFAULT");
    assertThat(set.explain("f", user("u", match)).toText())
        .contains(
            "ends_with = true", "var country = \"FR\"", "f is true (variant on), TARGETING_MATCH");
  }

  @Test
  void flag_wrong_isAnErrorAlone() {
    FlagSet set = set(flag("f", "\"targeting\": {\"==\": [1]}") + "," + flag("g", ""));
    assertThat(set.evaluate("f", NOBODY).errorCode()).isEqualTo(ErrorCode.PARSE_ERROR);
    assertThat(set.evaluate("g", NOBODY).variant()).isEqualTo("off");
    assertThat(set.problems()).singleElement().satisfies(problem -> {
      assertThat(problem.flag()).isEqualTo("f");
      assertThat(problem.pointer()).isEqualTo("/flags/f/targeting/==");
      assertThat(problem.message()).isEqualTo("== must have 2 operands, but has 1");
      assertThat(problem.keptLastGood()).isFalse();
    });
  }

  @Test
  void next_ofAFlagThatIsWrong_keepsWhatItWas() {
    FlagSet good = set(flag("f", "\"targeting\": {\"if\": [true, \"on\"]}"));
    String wrong = "{\"flags\": {" + flag("f", "\"targeting\": {\"no\": []}") + "}}";
    FlagSet next = good.next(FlagDocument.parse(wrong));
    assertVariant(next, NOBODY, "on", "TARGETING_MATCH");
    assertThat(next.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.keptLastGood()).isTrue());
    assertThat(next.changedFrom(good)).isEmpty();
    FlagSet killed = next.next(next.document().killed(Set.of("f")));
    assertVariant(killed, NOBODY, null, "DISABLED");
  }

  @Test
  void version_ofAFlagThatIsWrongAndKept_isOfWhatItIs() {
    FlagDocument wrong =
        FlagDocument.parse("{\"flags\": {" + flag("f", "\"targeting\": {\"no\": []}") + "}}");
    FlagSet on = set(flag("f", "\"targeting\": {\"if\": [true, \"on\"]}")).next(wrong);
    FlagSet off = set(flag("f", "")).next(wrong);
    assertThat(on.version()).isNotEqualTo(off.version());
    assertThat(on.version())
        .isEqualTo(set(flag("f", "\"targeting\": {\"if\": [true, \"on\"]}"))
            .next(wrong)
            .version());
  }

  @Test
  void targeting_thatComesToNoVariant_doesNotTellWhatItCameTo() {
    FlagSet set = set(flag("f", "\"targeting\": {\"var\": \"targetingKey\"}") + ","
        + flag("g", "\"targeting\": {\"missing_some\": [1, {\"var\": \"email\"}]}") + ","
        + flag("h", "\"targeting\": {\"if\": [{\"var\": \"email\"}, \"onn\"]}"));
    EvaluationContext jane = user("jane.doe", Map.of("email", new Value("jane@example.org")));
    for (String key : set.keys()) {
      FlagEvaluation evaluation = set.evaluate(key, jane);
      assertThat(evaluation.errorCode()).isEqualTo(ErrorCode.GENERAL);
      assertThat(evaluation.errorMessage()).contains("flag " + key).doesNotContain("jane");
    }
    assertThat(set.evaluate("h", jane).errorMessage()).contains("onn"); // it is written there
  }

  @Test
  void number_beyondADouble_isAnErrorOfItsFlag() {
    FlagSet set =
        set("\"v\": {\"state\": \"ENABLED\", \"variants\": {\"a\": {\"b\": [1, -1e999]}}},"
            + flag("r", "\"targeting\": {\"<\": [{\"var\": \"n\"}, 1e999]}") + ","
            + flag("m", "\"metadata\": {\"n\": 1e999}") + "," + flag("f", ""));
    assertThat(set.problems())
        .extracting(FlagProblem::pointer)
        .containsExactly(
            "/flags/v/variants/a/b/1", "/flags/r/targeting/</1", "/flags/m/metadata/n");
    assertVariant(set, NOBODY, "off", "STATIC");
  }

  @Test
  void answers_thatAllAreGiven_cannotBeChanged() {
    ProviderEvaluation<Boolean> answer = set(flag("f", "")).evaluateBoolean("f", true, NOBODY);
    List<Consumer<ProviderEvaluation<Boolean>>> changes = List.of(
        one -> one.setValue(true),
        one -> one.setVariant("on"),
        one -> one.setReason("none"),
        one -> one.setErrorCode(ErrorCode.GENERAL),
        one -> one.setErrorMessage("none"),
        one -> one.setFlagMetadata(ImmutableMetadata.EMPTY));
    assertThat(changes)
        .allSatisfy(change -> assertThatThrownBy(() -> change.accept(answer))
            .isInstanceOf(UnsupportedOperationException.class));
    assertThat(answer.getValue()).isFalse();
  }

  @Test
  void next_ofAFlagWhoseSurroundingsAreWrong_keepsWhatItWas() {
    String uses = "\"flags\": {"
        + flag("f", "\"targeting\": {\"if\": [{\"$ref\": \"staff\"}, \"on\"]}") + "}";
    FlagSet good = FlagSet.of(
        FlagDocument.parse("{\"$evaluators\": {\"staff\": {\"==\": [1, 1]}}, " + uses + "}"));
    assertVariant(good, NOBODY, "on", "TARGETING_MATCH");
    for (String wrong : List.of(
        "{\"$evaluators\": {\"staff\": {\"endswith\": [1]}}, " + uses + "}",
        "{\"$evaluators\": {\"crew\": {\"==\": [1, 1]}}, " + uses + "}",
        "{\"metadata\": {\"bucketing\": \"v4\"}, \"$evaluators\": {\"staff\": {\"==\": [1, 1]}}, "
            + uses + "}",
        "{\"$evaluators\": {\"staff\": {\"==\": [1, 2]}}, \"flags\": {"
            + flag("f", "\"targeting\": 1") + "}}")) {
      FlagSet next = good.next(FlagDocument.parse(wrong));
      assertThat(next.problems()).as(wrong).hasSize(1);
      assertVariant(next, NOBODY, "on", "TARGETING_MATCH");
      assertVariant(next.next(next.document()), NOBODY, "on", "TARGETING_MATCH");
      assertThat(next.next(good.document()).problems()).isEmpty();
    }
    FlagSet other = FlagSet.of(
        FlagDocument.parse("{\"$evaluators\": {\"staff\": {\"==\": [1, 2]}}, " + uses + "}"));
    FlagSet back = good.next(
            FlagDocument.parse("{\"$evaluators\": {\"staff\": {\"==\": [1, 2]}}, \"flags\": {"
                + flag("f", "\"targeting\": 1") + "}}"))
        .next(other.document());
    assertVariant(back, NOBODY, "off", "DEFAULT"); // right again, by the evaluator of now
  }

  @Test
  void next_killedAndNotAnyMoreWhileItIsWrong_isOnAgain() {
    FlagSet good = set(flag("f", "\"x-off\": \"off\", \"targeting\": {\"if\": [true, \"on\"]}"));
    FlagDocument wrong =
        FlagDocument.parse("{\"flags\": {" + flag("f", "\"targeting\": {\"no\": []}") + "}}");
    FlagSet kept = good.next(wrong);
    FlagSet killed = kept.next(wrong.killed(Set.of("f")));
    assertVariant(killed, NOBODY, "off", "STATIC");
    assertVariant(killed.next(wrong), NOBODY, "on", "TARGETING_MATCH");
    assertVariant(
        killed.next(FlagDocument.parse("{\"flags\": {\"f\": {\"state\": \"DISABLED\"}}}")),
        NOBODY,
        null,
        "DISABLED");
  }

  @Test
  void next_ofAFlagThatIsMadeToLeadBack_blamesItAndNoNeighbour() {
    String needsA = ", \"x-prerequisites\": [{\"flag\": \"a\", \"variant\": \"off\"}]";
    String b = flag("b", "\"x-off\": \"off\"" + needsA);
    String c = flag("c", "\"x-off\": \"off\"" + needsA.replace("\"a\"", "\"b\""));
    String a = flag("a", "");
    String wrong = flag("a", "\"x-prerequisites\": [{\"flag\": \"c\", \"variant\": \"off\"}]");
    for (String order : List.of("abc", "acb", "bac", "bca", "cab", "cba")) {
      FlagSet next = set(a + "," + b + "," + c)
          .next(FlagDocument.parse("{\"flags\": {"
              + String.join(
                  ",",
                  order
                      .chars()
                      .mapToObj(which -> which == 'a' ? wrong : which == 'b' ? b : c)
                      .toList())
              + "}}"));
      assertThat(next.problems()).as(order).singleElement().satisfies(problem -> {
        assertThat(problem.flag()).isEqualTo("a");
        assertThat(problem.keptLastGood()).isTrue();
        assertThat(problem.message()).contains("must not lead back");
      });
      assertThat(next.evaluate("c", NOBODY).errorCode()).isNull();
    }
  }

  /** It is the same flags that are refused, in whatever order they come. */
  @Test
  void prerequisites_inAChain_areAtMostAHundredFlags() {
    for (int length : new int[] {100, 101, 2_500}) {
      List<String> flags = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        String needs =
            "\"x-prerequisites\": [{\"flag\": \"c" + (i + 1) + "\", \"variant\": \"off\"}]";
        flags.add(flag("c" + i, i == length - 1 ? "" : needs));
      }
      Set<String> wrong = new HashSet<>();
      for (int i = 0; i < length - 100; i++) {
        wrong.add("c" + i);
      }
      for (int turn = 0; turn < 2; turn++) {
        assertThat(set(String.join(",", flags)).problems())
            .extracting(FlagProblem::flag)
            .containsExactlyInAnyOrderElementsOf(wrong);
        Collections.reverse(flags);
      }
    }
  }

  @Test
  void prerequisites_thousandOfThem_areTheMost() {
    StringBuilder needs = new StringBuilder("{\"flag\": \"p\", \"variant\": \"off\"}");
    needs.append((", " + needs).repeat(999));
    String more = needs + ", {\"flag\": \"p\", \"variant\": \"off\"}";
    assertThat(set(flag("p", "") + "," + flag("f", "\"x-prerequisites\": [" + needs + "]"))
            .problems())
        .isEmpty();
    assertThat(set(flag("p", "") + "," + flag("f", "\"x-prerequisites\": [" + more + "]"))
            .problems())
        .hasSize(1);
  }

  @Test
  void rule_deepByItsReferences_isAnErrorAndNoStackOverflow() {
    StringBuilder evaluators = new StringBuilder();
    StringBuilder uses = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      evaluators
          .append(i == 0 ? "" : ",")
          .append("\"e")
          .append(i)
          .append("\": ")
          .append("{\"cat\": [".repeat(150))
          .append(i == 0 ? "1" : "{\"$ref\": \"e" + (i - 1) + "\"}")
          .append("]}".repeat(150));
      uses.append(i == 0 ? "" : ",").append("{\"$ref\": \"e").append(i).append("\"}");
    }
    FlagSet set = FlagSet.of(FlagDocument.parse("{\"$evaluators\": {" + evaluators
        + "}, \"flags\": {" + flag("f", "\"targeting\": {\"and\": [" + uses + "]}") + "}}"));
    assertThat(set.problems())
        .extracting(FlagProblem::message)
        .containsExactly("a rule must be nested at most 200 deep, $refs followed");
  }

  /** By as many steps as the rule has, not by two for each level. */
  @Test
  void rule_ofNestedComparisons_isEvaluatedOnce() {
    for (String operator : List.of("==", "<", "in", "starts_with")) {
      String rule = "{\"var\": \"x\"}";
      for (int i = 0; i < 150; i++) {
        String known = operator.equals("in") ? "[\"z\", 1]" : operator.equals("<") ? "2" : "\"z\"";
        rule = "{\"" + operator + "\": [" + rule + ", " + known + "]}";
      }
      FlagSet set = set(flag("f", "\"targeting\": {\"if\": [" + rule + ", \"on\", \"off\"]}"));
      assertThat(set.problems()).isEmpty();
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> assertThat(set.evaluate("f", NOBODY).errorCode()).isNull());
    }
  }

  @Test
  void explain_ofARuleThatHasNoValue_showsWhatItLookedAt() {
    for (String around : List.of("{\"if\": [%s, \"on\"]}", "{\"and\": [%s, \"on\"]}")) {
      String rule = around.formatted("{\"missing_some\": [1, {\"var\": \"x\"}]}");
      FlagSet set = set(flag("f", "\"targeting\": " + rule));
      assertThat(set.evaluate("f", NOBODY).errorCode()).isEqualTo(ErrorCode.GENERAL);
      assertThat(set.explain("f", NOBODY).toText()).contains("missing_some", "var x = null");
    }
  }

  /** A list of ten thousand keys is there once. */
  @Test
  void evaluators_thatManyFlagsReferTo_areHeldOnce() {
    StringBuilder ids = new StringBuilder("\"id-0\"");
    for (int i = 1; i < 10_000; i++) {
      ids.append(", \"id-").append(i).append('"');
    }
    StringBuilder flags =
        new StringBuilder(flag("f", "\"targeting\": {\"if\": [{\"$ref\": \"vip\"}, \"on\"]}"));
    for (int i = 0; i < 5_000; i++) {
      flags
          .append(',')
          .append(flag("f" + i, "\"targeting\": {\"if\": [{\"$ref\": \"vip\"}, \"on\"]}"));
    }
    FlagSet set = FlagSet.of(FlagDocument.parse( // 2 GB if each had its own
        "{\"$evaluators\": {\"vip\": {\"in\": [{\"var\": \"id\"}, [" + ids + "]]}}, \"flags\": {"
            + flags + "}}"));
    assertThat(set.problems()).isEmpty();
    assertVariant(set, user("u", Map.of("id", new Value("id-9999"))), "on", "TARGETING_MATCH");
    assertVariant(set, user("u", Map.of("id", new Value("id-x"))), "off", "DEFAULT");
  }

  @Test
  void staticContext_ofAListInARule_isAsIfItCameWithEachCall() {
    EvaluationContext fixed = new ImmutableContext(
        Map.of("regions", new Value(List.of(new Value("DE"), new Value("FR")))));
    FlagSet set = FlagSet.empty(InstantSource.system(), fixed)
        .next(FlagDocument.parse("{\"flags\": {"
            + flag(
                "f",
                "\"targeting\": {\"if\": [{\"in\": [{\"var\": \"country\"}, {\"var\": \"regions\"}]}, \"on\"]}")
            + "}}"));
    assertVariant(set, user("u", Map.of("country", new Value("DE"))), "on", "TARGETING_MATCH");
    assertVariant(set, user("u", Map.of("country", new Value("US"))), "off", "DEFAULT");
  }

  @Test
  void staticContext_thatRulesAFlagOut_foldsAndAndOr() {
    EvaluationContext fixed = new ImmutableContext(Map.of("env", new Value("dev")));
    String x = "{\"==\": [{\"var\": \"x\"}, 1]}";
    String prod = "{\"==\": [{\"var\": \"env\"}, \"prod\"]}";
    FlagSet set = FlagSet.empty(InstantSource.system(), fixed)
        .next(FlagDocument.parse("{\"flags\": {"
            + flag(
                "f",
                "\"targeting\": {\"if\": [{\"and\": [" + prod + ", " + x + "]}, \"on\", \"off\"]}")
            + ","
            + flag(
                "g",
                "\"targeting\": {\"if\": [{\"!\": {\"and\": [" + x + ", " + prod
                    + "]}}, \"on\", \"off\"]}")
            + ","
            + flag(
                "h",
                "\"targeting\": {\"if\": [{\"or\": [" + prod + ", " + x + "]}, \"on\", \"off\"]}")
            + "}}"));
    assertThat(set.canVary("f")).isFalse();
    assertThat(set.attributesRead("f")).isEmpty();
    assertThat(set.attributesRead("g")).containsExactly("x"); // it is evaluated before
    assertThat(set.attributesRead("h")).containsExactly("x");
    assertThat(set.evaluate("f", NOBODY).variant()).isEqualTo("off");
    assertThat(set.evaluate("g", NOBODY).variant()).isEqualTo("on");
  }

  @Test
  void staticContext_withATargetingKey_isRefused() {
    assertThatThrownBy(() -> FlagSet.empty(InstantSource.system(), FlagContext.of("truck-7")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must have no targeting key");
  }

  @Test
  void flag_killed_isItsOffVariant() {
    assertVariant(
        set(flag(
            "f",
            "\"x-killed\": true, \"x-off\": \"on\", \"targeting\": {\"if\": [true, \"off\"]}")),
        NOBODY,
        "on",
        "STATIC");
  }

  @Test
  void flag_whosePrerequisiteDoesNotHold_isOff() {
    String other = flag("other", "\"targeting\": {\"if\": [{\"var\": \"beta\"}, \"on\"]}");
    FlagSet set = set(
        other + ","
            + flag(
                "f",
                "\"x-off\": \"off\", \"x-prerequisites\": [{\"flag\": \"other\", \"variant\": \"on\"}], \"targeting\": {\"if\": [true, \"on\"]}"));
    assertVariant(set, user("u", Map.of("beta", new Value(true))), "on", "TARGETING_MATCH");
    assertVariant(set, NOBODY, "off", "TARGETING_MATCH");
    assertThat(set.explain("f", NOBODY).toText())
        .contains("x-prerequisites: other", "var beta = null");
  }

  @Test
  void prerequisites_thatLeadBack_areErrorsOfBoth() {
    FlagSet set =
        set(flag("f", "\"x-prerequisites\": [{\"flag\": \"g\", \"variant\": \"on\"}]") + ","
            + flag("g", "\"x-prerequisites\": [{\"flag\": \"f\", \"variant\": \"on\"}]") + ","
            + flag("h", ""));
    assertThat(set.evaluate("f", NOBODY).errorCode()).isEqualTo(ErrorCode.PARSE_ERROR);
    assertThat(set.evaluate("g", NOBODY).errorCode()).isEqualTo(ErrorCode.PARSE_ERROR);
    assertThat(set.evaluate("h", NOBODY).errorCode()).isNull();
  }

  @Test
  void prerequisites_thatMultiply_areRefused() {
    StringBuilder flags = new StringBuilder(flag("f0", ""));
    for (int i = 1; i < 40; i++) {
      String below = "{\"flag\": \"f" + (i - 1) + "\", \"variant\": \"off\"}";
      flags
          .append(',')
          .append(flag("f" + i, "\"x-prerequisites\": [" + below + ", " + below + "]"));
    }
    FlagSet set = set(flags.toString());
    assertThat(set.evaluate("f8", NOBODY).variant()).isEqualTo("off");
    assertThat(set.problems()).first().satisfies(problem -> {
      assertThat(problem.flag()).isEqualTo("f9");
      assertThat(problem.message()).contains("at most 1000 flags");
    });
  }

  @Test
  void schedule_isInForceFromItsTime() {
    FlagSet set = set(
        flag(
            "f",
            "\"x-schedule\": [{\"at\": \"2026-12-01T08:00:00Z\", \"variant\": \"on\"}, {\"at\": \"2026-12-02T08:00:00Z\", \"targeting\": {}}]"));
    assertThat(set.evaluate("f", NOBODY, Instant.parse("2026-12-01T07:59:59Z")).variant())
        .isEqualTo("off");
    assertThat(set.evaluate("f", NOBODY, Instant.parse("2026-12-01T08:00:00Z")).variant())
        .isEqualTo("on");
    assertThat(set.evaluate("f", NOBODY, Instant.parse("2026-12-02T08:00:00Z")).variant())
        .isEqualTo("off");
  }

  /** JavaScript reads them as infinite; nothing may throw, or all flags of the document were lost. */
  @Test
  void wholeNumbersBeyondDoubles_areInfiniteInRules_andSpoilNothing() {
    String huge = "1" + "0".repeat(400);
    String rule = "{\"if\": [{\">\": [" + huge + ", {\"var\": \"n\"}]}, \"on\"]}";
    FlagSet set = set(flag("f", "\"targeting\": " + rule + ", \"metadata\": {\"m\": " + huge + "}")
        + ", \"g\": {\"state\": \"ENABLED\", \"variants\": {\"v\": " + huge
        + "}, \"defaultVariant\": \"v\"}");
    assertThat(set.problems()).isEmpty();
    assertVariant(set, user("u", Map.of("n", new Value(7))), "on", "TARGETING_MATCH");
    assertThat(set.evaluate(FlagType.DOUBLE, "g", 0.0, NOBODY).getErrorCode())
        .isEqualTo(ErrorCode.TYPE_MISMATCH);
    assertThat(set.evaluate(FlagType.INTEGER, "g", 0, NOBODY).getErrorCode())
        .isEqualTo(ErrorCode.TYPE_MISMATCH);
  }
}
