package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.featureflags.FlagdExport.Exported;
import dev.chasqui.featureflags.FlagdExport.Refusal;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a document is written for others, by SPEC.md, 5; that it means the same is {@link FlagdExportPropertyTest}'s. */
final class FlagdExportTest {
  private static final String HALF = "{'fractional': [['on', 50], ['off', 50]]}";

  /** Apostrophes stand for quotes. */
  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  private static FlagDocument document(String flags, String more) {
    return FlagDocument.parse(("{'flags': {" + flags + "}" + more + "}").replace('\'', '"'));
  }

  private static String flag(String key, String more) {
    return "'" + key
        + "': {'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'off'"
        + (more.isEmpty() ? "" : ", ") + more + "}";
  }

  private static Exported export(FlagDocument document) {
    return FlagdExport.builder().build().export(document);
  }

  /** The targeting of f, exported with these flags. */
  private static @Nullable JsonNode targeting(String flags) {
    return targeting(document(flags, ""));
  }

  private static @Nullable JsonNode targeting(FlagDocument document) {
    Exported exported = export(document);
    assertThat(exported.refusals()).isEmpty();
    return JsonMapper.shared()
        .readTree(exported.document().toJson())
        .at("/flags/f")
        .get("targeting");
  }

  private static Refusal refusal(FlagdExport export, FlagDocument document, String key) {
    return export.export(document).refusals().stream()
        .filter(refusal -> refusal.flag().equals(key))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void flag_withoutExtensions_isWrittenAsItIs() {
    FlagDocument document = document(
        flag("f", "'targeting': " + HALF + ", 'owner': 'us'"),
        ", 'metadata': {'team': 'x'}, 'also': 1");
    assertThat(JsonMapper.shared().readTree(export(document).document().toJson()))
        .isEqualTo(JsonMapper.shared().readTree(document.toJson()));
  }

  @Test
  void flag_killed_hasItsOffVariantAlone() {
    Exported exported = export(document(
        flag("f", "'x-killed': true, 'x-off': 'on', 'targeting': " + HALF) + ","
            + flag("g", "'x-killed': true, 'targeting': " + HALF),
        ""));
    assertThat(exported.document().flag("f"))
        .isEqualTo(
            json(
                "{'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'on'}"));
    assertThat(
            Objects.requireNonNull(exported.document().flag("g")).get("state").stringValue())
        .isEqualTo("DISABLED");
  }

  @Test
  void references_areReplaced_alsoWhereTheyAreNested() {
    FlagDocument document = document(
        flag("f", "'targeting': {'if': [{'$ref': 'both'}, 'on']}"),
        ", '$evaluators': {'both': {'and': [{'$ref': 'one'}, {'var': 'b'}]}, 'one': {'var': 'a'}}");
    assertThat(targeting(document))
        .isEqualTo(json("{'if': [{'and': [{'var': 'a'}, {'var': 'b'}]}, 'on']}"));
    assertThat(export(document).document().toJson()).doesNotContain("$evaluators");
  }

  @Test
  void reference_toAnArray_staysOneOperand() {
    FlagDocument document = document(
        flag("f", "'targeting': {'cat': {'$ref': 'list'}}"),
        ", '$evaluators': {'list': ['o', 'n']}");
    assertThat(targeting(document)).isEqualTo(json("{'cat': [['o', 'n']]}"));
  }

  @Test
  void reference_thatIsNoOperation_isWrappedInOne() {
    FlagDocument document =
        document(flag("f", "'targeting': {'$ref': 'on'}"), ", '$evaluators': {'on': 'on'}");
    assertThat(targeting(document)).isEqualTo(json("{'if': [true, 'on']}"));
  }

  @Test
  void targets_areAListEach_beforeTheRest() {
    assertThat(targeting(flag("f", "'x-targets': {'on': ['u1', 'u2']}, 'targeting': " + HALF)))
        .isEqualTo(
            json("{'if': [{'in': [{'var': 'targetingKey'}, ['u1', 'u2']]}, 'on', " + HALF + "]}"));
  }

  @Test
  void schedule_isComparedWithTheTime_theLastStepFirst() {
    assertThat(
            targeting(
                flag(
                    "f",
                    "'x-schedule': [{'at': '1970-01-01T00:01:40Z', 'variant': 'off'},"
                        + " {'at': '1970-01-01T00:03:20.9Z', 'targeting': {}}], 'targeting': {'var': 'v'}")))
        .isEqualTo(json("{'if': [{'>=': [{'var': '$flagd.timestamp'}, 200]}, null,"
            + " {'>=': [{'var': '$flagd.timestamp'}, 100]}, 'off', {'var': 'v'}]}"));
  }

  @Test
  void salt_isTheBeginningOfAnExplicitKey_withoutTargetingKeyThereIsNone() {
    JsonNode salted = json("{'if': [{'var': 'targetingKey'}, {'fractional':"
        + " [{'cat': ['pepper', {'var': 'targetingKey'}]}, ['on', 50], ['off', 50]]}, null]}");
    assertThat(targeting(flag("f", "'x-salt': 'pepper', 'targeting': " + HALF))).isEqualTo(salted);
  }

  @Test
  void salt_ofBucketsWithAKey_countsOnlyWhereTheKeyIsNoString() {
    JsonNode targeting = targeting(
        flag("f", "'x-salt': 'pepper', 'targeting': {'fractional': [{'cat': ['a']}, ['on']]}"));
    assertThat(targeting).isEqualTo(json("{'fractional': [{'cat': ['a']}, ['on']]}"));
    targeting = targeting(
        flag("f", "'x-salt': 'pepper', 'targeting': {'fractional': [{'var': 'k'}, ['on']]}"));
    assertThat(targeting)
        .isEqualTo(json("{'if': [{'===': [{'cat': [{'var': 'k'}]}, {'var': 'k'}]},"
            + " {'fractional': [{'var': 'k'}, ['on']]}, {'var': 'targetingKey'}, {'fractional':"
            + " [{'cat': ['pepper', {'var': 'targetingKey'}]}, {'var': 'k'}, ['on']]}, null]}"));
  }

  @Test
  void layer_isACondition() {
    assertThat(targeting(flag("f", "'x-layer': {'name': 'l', 'from': 10, 'to': 30}")))
        .isEqualTo(json("{'if': [{'!': [{'and': [{'var': 'targetingKey'}, {'===': [{'fractional': ["
            + "{'cat': ['l', {'var': 'targetingKey'}]}, ['before', 10], ['in', 20], ['after', 70]]},"
            + " 'in']}]}]}, null, null]}"));
  }

  @Test
  void prerequisite_isInlined_withItsOwnKeyInBucketsAndName() {
    String other = flag(
        "g",
        "'targeting': {'if': [{'==': [{'var': '$flagd.flagKey'}, 'g']}, " + HALF + ", 'off']}");
    JsonNode inlined = json("{'if': [{'==': ['g', 'g']}, {'if': [{'var': 'targetingKey'},"
        + " {'fractional': [{'cat': ['g', {'var': 'targetingKey'}]}, ['on', 50], ['off', 50]]}, null]},"
        + " 'off']}");
    JsonNode targeting = targeting(
        other + ","
            + flag(
                "f",
                "'x-off': 'off', 'x-prerequisites': [{'flag': 'g', 'variant': 'on'}], 'targeting': {'var': 'v'}"));
    assertThat(targeting)
        .isEqualTo(
            json("{'if': [{'!': [{'===': [" + inlined + ", 'on']}]}, 'off', {'var': 'v'}]}"));
  }

  @Test
  void prerequisite_whoseDefaultIsAskedFor_holdsWhereItsRuleGivesNull() {
    JsonNode targeting = targeting(flag("g", "'targeting': {'if': [{'var': 'a'}, 'on']}") + ","
        + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'off'}]"));
    assertThat(targeting)
        .isEqualTo(
            json("{'if': [{'!': [{'===': [{'if': [{'var': 'a'}, 'on']}, null]}]}, null, null]}"));
  }

  @Test
  void prerequisite_thatMayGiveAnything_isComparedAsText_butNotAsNull() {
    JsonNode targeting = targeting(flag("g", "'targeting': {'var': 'a'}") + ","
        + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'on'}]"));
    assertThat(targeting)
        .isEqualTo(json("{'if': [{'!': [{'if': [{'===': [{'var': 'a'}, null]}, false,"
            + " {'in': [{'cat': [{'var': 'a'}]}, ['on']]}]}]}, null, null]}"));
  }

  @Test
  void prerequisite_thatIsTheSameForAll_isWorkedOut() {
    String killed = flag("g", "'x-killed': true, 'x-off': 'on', 'targeting': " + HALF);
    String disabled =
        "'h': {'state': 'DISABLED', 'variants': {'on': true}, 'defaultVariant': 'on'}";
    assertThat(targeting(
            killed + "," + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'on'}]")))
        .isNull();
    assertThat(targeting(disabled + ","
            + flag(
                "f",
                "'x-off': 'on', 'x-prerequisites': [{'flag': 'h', 'variant': 'on'}], 'targeting': "
                    + HALF)))
        .isEqualTo(json("{'if': [true, 'on']}"));
  }

  @Test
  void flag_ofAnotherRevision_isRefused_andWhoeverInlinesIt() {
    FlagDocument document = document(
        flag("g", "'targeting': " + HALF) + ","
            + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'on'}]") + ","
            + flag("h", "'targeting': {'if': [{'var': 'a'}, 'on']}"),
        ", 'metadata': {'bucketing': 'v1'}");
    Exported exported = export(document);
    assertThat(exported.refusals())
        .containsExactly(
            new Refusal(
                "g",
                "/flags/g/targeting/fractional",
                "is drawn by v1 of bucketing, and it is written for v2",
                false),
            new Refusal(
                "f",
                "/flags/g/targeting/fractional",
                "is drawn by v1 of bucketing, and it is written for v2",
                false));
    assertThat(exported.document().keys()).containsExactly("h");
    assertThat(exported.document().metadata()).isEqualTo(json("{'bucketing': 'v2'}"));
    assertThat(FlagdExport.builder()
            .bucketing(Bucketing.V1)
            .build()
            .export(document)
            .refusals())
        .isEmpty();
  }

  @Test
  void flag_refused_isWrittenAsKilled_whereThatIsAskedFor() {
    FlagDocument document = document(
        flag("f", "'metadata': {'bucketing': 'v3'}, 'x-off': 'on', 'targeting': " + HALF) + ","
            + flag("g", "'metadata': {'bucketing': 'v3'}, 'targeting': " + HALF),
        "");
    Exported exported =
        FlagdExport.builder().offInstead(key -> true).keepExtensions().build().export(document);
    assertThat(exported.refusals()).extracting(Refusal::isOff).containsExactly(true, true);
    FlagSet set = FlagSet.of(exported.document());
    EvaluationContext user = new ImmutableContext("u");
    assertThat(set.evaluate("f", user).variant()).isEqualTo("on");
    assertThat(set.evaluate("g", user).reason()).isEqualTo("DISABLED");
  }

  @Test
  void bucketsOfRevision3_areRefused_whereTheirKeyWouldBeAnArray() {
    FlagdExport export = FlagdExport.builder().bucketing(Bucketing.V3).build();
    String v3 = ", 'metadata': {'bucketing': 'v3'}";
    FlagDocument prerequisite = document(
        flag("g", "'targeting': " + HALF) + ","
            + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'on'}]"),
        v3);
    assertThat(export.export(prerequisite).document().keys()).containsExactly("g");
    assertThat(refusal(export, prerequisite, "f").pointer())
        .isEqualTo("/flags/g/targeting/fractional");
    assertThat(refusal(export, document(flag("f", "'x-salt': 's', 'targeting': " + HALF), v3), "f")
            .rule())
        .isEqualTo("with a salt it must have a string for a key to be written for v3");
    assertThat(refusal(
                export,
                document(flag("f", "'x-layer': {'name': 'l', 'from': 0, 'to': 9}"), v3),
                "f")
            .pointer())
        .isEqualTo("/flags/f/x-layer");
  }

  @Test
  void rulesThatCannotBeMovedExactly_areRefused() {
    FlagdExport export = FlagdExport.builder().build();
    FlagDocument inIteration =
        document(flag("f", "'x-salt': 's', 'targeting': {'map': [[1], " + HALF + "]}"), "");
    assertThat(refusal(export, inIteration, "f"))
        .isEqualTo(new Refusal(
            "f",
            "/flags/f/targeting/map/1/fractional",
            "with a salt it must have a key of its own within an iteration",
            false));
    FlagDocument mayThrow = document(
        flag("g", "'targeting': {'missing_some': [1, {'var': 'a'}]}") + ","
            + flag("f", "'x-prerequisites': [{'flag': 'g', 'variant': 'on'}]"),
        "");
    assertThat(refusal(export, mayThrow, "f").pointer())
        .isEqualTo("/flags/g/targeting/missing_some");
  }

  @Test
  void flag_wrong_isRefusedAndLeftOut() {
    FlagDocument document = document(flag("f", "'targeting': {'nope': 1}"), "");
    Exported exported = FlagdExport.builder().offInstead(key -> true).build().export(document);
    assertThat(exported.refusals())
        .containsExactly(
            new Refusal("f", "/flags/f/targeting/nope", "there is no operator nope", false));
    assertThat(exported.document().keys()).isEmpty();
  }

  @Test
  void prerequisites_thatAreTooManyOnceInlined_areRefused() {
    StringBuilder flags = new StringBuilder(flag("f0", "'targeting': {'var': 'a'}"));
    for (int i = 1; i < 9; i++) { // each has the one before it twice, and that as text and as null
      flags
          .append(',')
          .append(flag(
              "f" + i,
              "'targeting': {'var': 'a'}, 'x-prerequisites': [{'flag': 'f" + (i - 1)
                  + "', 'variant': 'on'}, {'flag': 'f" + (i - 1)
                  + "', 'variant': ['on', 'off']}]"));
    }
    Exported exported = export(document(flags.toString(), ""));
    assertThat(exported.document().keys()).contains("f0", "f5").doesNotContain("f8");
    assertThat(exported.refusals())
        .isNotEmpty()
        .extracting(Refusal::rule)
        .containsOnly("lowered, a flag's rules must have at most 200000 nodes");
  }

  @Test
  void extensions_stay_whereThatIsAskedFor_andChangeNothing() {
    FlagDocument document =
        document(flag("f", "'x-targets': {'on': ['u']}, 'x-salt': 's', 'targeting': " + HALF), "");
    FlagDocument exported =
        FlagdExport.builder().keepExtensions().build().export(document).document();
    assertThat(Objects.requireNonNull(exported.flag("f")).has("x-targets")).isTrue();
    for (String user : List.of("u", "v", "w", "x")) {
      EvaluationContext context = new ImmutableContext(user, Map.of("a", new Value(1)));
      assertThat(FlagSet.of(exported).evaluate("f", context).variant())
          .isEqualTo(FlagSet.of(document).evaluate("f", context).variant());
    }
  }
}
