package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.EvaluationContext;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** That what was decided can be explained later, out of a line of a log. */
final class FlagHistoryTest {
  private static final Instant NOON = Instant.parse("2026-12-03T12:00:00Z");

  private static FlagSet set(int k) {
    return FlagSet.of(FlagDocument.parse(
        "{\"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"defaultVariant\": \"off\","
            + " \"targeting\": {\"if\": [{\">\": [{\"var\": \"age\"}, " + k + "]}, \"on\"]}}}}"));
  }

  @Test
  void decision_writtenAndRead_isExplainedByTheSetOfThen() {
    FlagHistory history = new FlagHistory(10);
    history.add(set(17));
    FlagContext context = FlagContext.of("u-1")
        .with("age", 18)
        .with("tags", List.of("a", "b"))
        .with("d", Map.of("x", 1.5));
    String line = FlagDecision.of(set(17), "f", context, NOON).toJson();
    history.add(set(20)); // by which it would be off

    FlagDecision read = FlagDecision.parse(line);
    assertThat(read.context()).isEqualTo(context);
    Explanation explanation = history.explain(read);
    assertThat(explanation.evaluation().variant()).isEqualTo(read.variant()).isEqualTo("on");
    assertThat(explanation.toText()).contains("> = true", "var age = 18");
    assertThat(explanation.toJson().toString())
        .contains("\"variant\":\"on\"", "\"what\":\"var age\"", "\"at\":\"2026-12-03T12:00:00Z\"");
  }

  @Test
  void decision_ofASetThatIsForgotten_saysSo() {
    FlagHistory history = new FlagHistory(2);
    FlagDecision decision = FlagDecision.of(set(1), "f", FlagContext.of("u"), NOON);
    for (int k = 1; k <= 3; k++) {
      history.add(set(k));
    }
    assertThat(history.find(set(2).version())).isNotNull();
    assertThatThrownBy(() -> history.explain(decision))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(decision.version())
        .hasMessageContaining("last 2");
  }

  @Test
  void decisions_ofRandomFlags_areExplainedAsTheyWere() {
    Random random = new Random(3);
    RandomDocuments documents = new RandomDocuments(random);
    FlagHistory history = new FlagHistory(500);
    for (int i = 0; i < 300; i++) {
      FlagSet set = FlagSet.of(FlagDocument.parse(documents.document(3).toString()));
      EvaluationContext context = documents.rules().context();
      history.add(set);
      FlagDecision decision = FlagDecision.of(set, "f" + random.nextInt(3), context, NOON);
      Explanation explanation = history.explain(FlagDecision.parse(decision.toJson()));
      assertThat(explanation.evaluation()).isEqualTo(set.evaluate(decision.flag(), context, NOON));
    }
  }

  @Test
  void explain_whereItComesToAnotherVariant_refuses() {
    FlagHistory history = new FlagHistory(1);
    history.add(set(17));
    FlagDecision decision =
        FlagDecision.of(set(17), "f", FlagContext.of("u").with("age", 18), NOON);
    FlagDecision ofOther = new FlagDecision(
        "f", decision.version(), NOON, "off", FlagContext.of("u").with("age", 18));
    assertThat(decision.variant()).isEqualTo("on");
    assertThatThrownBy(() -> history.explain(ofOther))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was variant off, but comes to on here");
  }

  @Test
  void parse_ofAnotherLine_saysWhatIsWrong() {
    assertThatThrownBy(() -> FlagDecision.parse("{\"flag\": 1}"))
        .isInstanceOf(FlagFormatException.class)
        .hasMessage("/flag: must be a string");
    assertThatThrownBy(() -> FlagDecision.parse("no"))
        .isInstanceOf(FlagFormatException.class)
        .hasMessageContaining("is no JSON");
  }
}
