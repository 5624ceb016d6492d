package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Documents that chance has made or spoilt: what is wrong is wrong alone, is named, and nothing throws. */
final class FlagSetFuzzTest {
  private static final int DOCUMENTS = 1_500;
  private static final int FLAGS = 6;
  private static final int TEXTS = 20_000;

  private final Random random = new Random(20_261_128);
  private final RandomDocuments documents = new RandomDocuments(random);

  private static FlagSet set(ObjectNode document) {
    return FlagSet.of(FlagDocument.parse(document.toString()));
  }

  private Instant sometime() {
    return Instant.parse("2026-11-30T00:00:00Z").plusSeconds(random.nextInt(7 * 86_400));
  }

  @Test
  void evaluate_andExplain_agreeAndNeverThrow() {
    for (int i = 0; i < DOCUMENTS; i++) {
      ObjectNode document = documents.document(FLAGS);
      FlagSet set = set(document);
      for (String key : set.keys()) {
        EvaluationContext context = documents.rules().context();
        Instant at = sometime();
        FlagEvaluation evaluation = set.evaluate(key, context, at);
        Explanation explanation = set.explain(key, context, at);
        assertThat(explanation.evaluation()).isEqualTo(evaluation);
        assertThat(explanation.toText()).startsWith(key + " is ");
        assertThat(evaluation.errorCode())
            .as("%s", evaluation)
            .isNotEqualTo(ErrorCode.FLAG_NOT_FOUND);
        assertThat(evaluation.value() == null).isEqualTo(evaluation.variant() == null);
        assertThat(evaluation.errorCode() == null)
            .isEqualTo(!evaluation.reason().equals("ERROR"));
      }
    }
  }

  @Test
  void flag_spoilt_spoilsNoneThatDoesNotNameIt() {
    int spoilt = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
      ObjectNode document = documents.document(FLAGS);
      FlagSet before = set(document);
      ObjectNode changed = document.deepCopy();
      documents.spoil(changed.get("flags").get("f5")); // no other names it
      FlagSet after = set(changed);
      spoilt += after.problems().size() - before.problems().size();
      Instant at = sometime();
      EvaluationContext context = documents.rules().context();
      for (int j = 0; j < FLAGS - 1; j++) {
        assertThat(after.evaluate("f" + j, context, at))
            .isEqualTo(before.evaluate("f" + j, context, at));
      }
      assertThat(after.changedFrom(before)).isSubsetOf("f5");
      FlagEvaluation kept =
          before.next(FlagDocument.parse(changed.toString())).evaluate("f5", context, at);
      if (before.problems().isEmpty()) {
        assertThat(kept.errorCode()).isNotEqualTo(ErrorCode.PARSE_ERROR);
      }
    }
    assertThat(spoilt).isGreaterThan(DOCUMENTS / 5);
  }

  @Test
  void next_isAsIfCompiledAnew() {
    FlagSet current = set(documents.document(FLAGS));
    for (int i = 0; i < DOCUMENTS; i++) {
      FlagDocument document = current.document();
      for (int j = random.nextInt(3); j >= 0; j--) {
        String key = "f" + random.nextInt(FLAGS);
        ObjectNode other = documents.document(FLAGS);
        document = random.nextInt(6) == 0
            ? FlagDocument.parse(other.toString())
            : document.with(Map.of(key, other.get("flags").get(key)), i);
      }
      FlagSet next = current.next(document);
      FlagSet anew = FlagSet.of(document);
      Set<String> kept = next.problems().stream()
          .filter(FlagProblem::keptLastGood)
          .map(FlagProblem::flag)
          .collect(Collectors.toSet());
      EvaluationContext context = documents.rules().context();
      Instant at = sometime();
      if (kept.isEmpty()) {
        for (String key : document.keys()) {
          assertThat(next.evaluate(key, context, at)).isEqualTo(anew.evaluate(key, context, at));
          if (!next.changedFrom(current).contains(key)) {
            assertThat(next.evaluate(key, context, at))
                .isEqualTo(current.evaluate(key, context, at));
          }
        }
      }
      current = next;
    }
  }

  @Test
  void parse_ofAnything_givesADocumentOrSaysWhatIsWrong() {
    String text = documents.document(2).toString();
    List<String> pieces =
        List.of("{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "\\u0000", "flags", "\ud800");
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder spoilt = new StringBuilder(text);
      for (int j = random.nextInt(3); j >= 0; j--) {
        int at = random.nextInt(spoilt.length());
        if (random.nextBoolean()) {
          spoilt.insert(at, pieces.get(random.nextInt(pieces.size())));
        } else {
          spoilt.delete(at, Math.min(spoilt.length(), at + 1 + random.nextInt(20)));
        }
      }
      assertThatCode(() -> {
            try {
              FlagSet.of(FlagDocument.parse(spoilt.toString()))
                  .evaluate("f1", documents.rules().context());
            } catch (FlagFormatException e) {
              assertThat(e.getMessage()).isNotBlank();
            }
          })
          .as("%s", spoilt)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void parse_ofSomethingDeep_saysSo() {
    String deep = "{\"!\":".repeat(300) + "1" + "}".repeat(300);
    FlagSet set = FlagSet.of(FlagDocument.parse(
        "{\"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"a\": 1}, \"targeting\": "
            + deep + "}}}"));
    assertThat(set.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message())
            .isEqualTo("a rule must be nested at most 200 deep, $refs followed"));
  }

  @Test
  void evaluators_thatMultiply_areRefused() {
    StringBuilder evaluators = new StringBuilder("\"e0\": {\"!\": [1]}");
    for (int i = 1; i < 40; i++) {
      evaluators
          .append(", \"e")
          .append(i)
          .append("\": {\"and\": [{\"$ref\": \"e")
          .append(i - 1)
          .append("\"}, {\"$ref\": \"e")
          .append(i - 1)
          .append("\"}]}");
    }
    FlagSet set = FlagSet.of(
        FlagDocument.parse(
            "{\"$evaluators\": {" + evaluators
                + "}, \"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"a\": 1}, \"targeting\": {\"$ref\": \"e39\"}}}}"));
    assertThat(set.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("at most 200000 nodes"));
  }
}
