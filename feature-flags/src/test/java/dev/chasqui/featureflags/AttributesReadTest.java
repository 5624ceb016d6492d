package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sets say of flags without asking them: which attributes they read, and whether they vary. */
final class AttributesReadTest {
  private static FlagSet set(EvaluationContext fixed, String members) {
    return FlagSet.empty(InstantSource.system(), fixed)
        .next(FlagDocument.parse(
            ("{'flags': {'p': {'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'off',"
                    + " 'targeting': {'if': [{'==': [{'var': 'plan'}, 'gold']}, 'on']}},"
                    + " 'c': {'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'off'},"
                    + " 'f': {'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'off', "
                    + members + "}}}")
                .replace('\'', '"')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'x-salt': 's' | []",
        "'targeting': {'if': [{'var': 'b.c'}, {'fractional': [['on', 1], ['off', 1]]}]} | [b, targetingKey]",
        "'targeting': {'fractional': [{'cat': ['x', {'var': 'email'}]}, ['on', 1], ['off', 1]]} | [email]",
        "'targeting': {'if': [{'missing': ['a', 'd.e']}, 'on']} | [a, d]",
        "'targeting': {'if': [{'missing_some': [1, ['a', 'd']]}, 'on']} | [a, d]",
        "'targeting': {'if': [{'some': [{'var': 'tags'}, {'==': [{'var': 'inner'}, 1]}]}, 'on']} | [tags]",
        "'targeting': {'if': [{'var': {'var': 'which'}}, 'on']} | [, which]",
        "'targeting': {'if': [{'var': 'region'}, {'var': 'seen'}, {'var': 'unseen'}]} | [seen]",
        "'x-targets': {'on': ['u']} | [targetingKey]",
        "'x-layer': {'name': 'l', 'from': 0, 'to': 9} | [targetingKey]",
        "'x-prerequisites': [{'flag': 'p', 'variant': 'on'}] | [plan]",
        "'x-killed': true, 'targeting': {'if': [{'var': 'a'}, 'on']} | []"
      })
  void attributesRead_areThoseThatCount(String members, String attributes) {
    FlagSet set = set(FlagContext.EMPTY.with("region", "eu"), members);
    assertThat(set.problems()).isEmpty();
    assertThat(set.attributesRead("f")).hasToString(attributes);
    assertThat(set.attributesRead("none")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'x-salt': 's' | false",
        "'targeting': {'if': [{'var': 'a'}, 'on']} | true",
        "'targeting': {'if': [{'==': [{'var': 'region'}, 'eu']}, 'on', {'var': 'a'}, 'off']} | false",
        "'targeting': {'if': [{'==': [{'var': 'region'}, 'us']}, 'on', {'var': 'a'}, 'off']} | true",
        "'x-schedule': [{'at': '2026-12-01T00:00:00Z', 'variant': 'on'}] | true",
        "'x-prerequisites': [{'flag': 'p', 'variant': 'on'}] | true",
        "'x-prerequisites': [{'flag': 'c', 'variant': 'off'}] | false",
        "'x-prerequisites': [{'flag': 'c', 'variant': 'on'}], 'targeting': {'if': [{'var': 'a'}, 'on']} | false",
        "'x-killed': true, 'targeting': {'if': [{'var': 'a'}, 'on']} | false"
      })
  void canVary_isFalseWhereNothingMakesADifference(String members, boolean varies) {
    FlagSet set = set(FlagContext.EMPTY.with("region", "eu"), members);
    assertThat(set.problems()).isEmpty();
    assertThat(set.canVary("f")).isEqualTo(varies);
    assertThat(set.canVary("none")).isFalse();
  }

  @Test
  void randomFlags_dependOnNothingElse() {
    Random random = new Random(5);
    RandomDocuments documents = new RandomDocuments(random);
    int fixedFlags = 0;
    int attributesLeftOut = 0;
    for (int i = 0; i < 1_500; i++) {
      EvaluationContext fixed = random.nextBoolean()
          ? new ImmutableContext()
          : new ImmutableContext(Map.of("country", new Value("DE"), "age", new Value(18)));
      FlagSet set = FlagSet.empty(InstantSource.system(), fixed)
          .next(FlagDocument.parse(documents.document(3).toString()));
      for (String key : set.keys()) {
        Set<String> reads = set.attributesRead(key);
        FlagEvaluation first =
            set.evaluate(key, FlagContext.EMPTY, Instant.parse("2026-12-03T00:00:00Z"));
        fixedFlags += set.canVary(key) ? 0 : 1;
        for (int j = 0; j < 20; j++) {
          EvaluationContext context = documents.rules().context();
          Instant at = Instant.parse("2026-11-30T00:00:00Z").plusSeconds(random.nextInt(604_800));
          FlagEvaluation evaluation = set.evaluate(key, context, at);
          if (!set.canVary(key)) {
            assertThat(evaluation).as(set.document().toJson()).isEqualTo(first);
          }
          if (!reads.contains("")) {
            EvaluationContext less = without(context, reads);
            attributesLeftOut += context.keySet().size() - less.keySet().size();
            assertThat(set.evaluate(key, less, at))
                .as("%s, which reads %s, in %s", key, reads, set.document().toJson())
                .isEqualTo(evaluation);
          }
        }
      }
    }
    assertThat(fixedFlags).isGreaterThan(200);
    assertThat(attributesLeftOut).isGreaterThan(10_000);
  }

  private static EvaluationContext without(EvaluationContext context, Set<String> reads) {
    Map<String, Value> left = new HashMap<>(context.asMap());
    left.keySet().retainAll(reads);
    left.remove(EvaluationContext.TARGETING_KEY);
    String key = context.getTargetingKey();
    return key == null || !reads.contains(EvaluationContext.TARGETING_KEY)
        ? new ImmutableContext(left)
        : new ImmutableContext(key, left);
  }
}
