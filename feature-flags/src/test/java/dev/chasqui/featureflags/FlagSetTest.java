package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Value;
import java.time.Instant;
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
