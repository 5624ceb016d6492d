package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.EvaluationContext;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** That what rules are made into for speed has the value of the rule as it is written. */
final class ShortcutsTest {
  private static final int RULES = 4_000;
  private static final int CONTEXTS = 8;

  /** A value, or what stands in its place. */
  private static @Nullable Object valueOf(Rule rule, EvaluationContext context) {
    try {
      return comparable(rule.value(context, 1_700_000_000L, null));
    } catch (RuleException e) {
      return "error: " + e.getMessage();
    }
  }

  private static @Nullable Object comparable(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.stream()
          .map(element -> String.valueOf(comparable(Coercion.plain(element))))
          .toList();
    }
    return value instanceof Number number ? (Object) number.doubleValue() : value;
  }

  @ParameterizedTest
  @EnumSource
  void rule_madeQuick_hasTheSameValue(Bucketing bucketing) {
    Random random = new Random(42);
    RandomRules rules = new RandomRules(random);
    for (int i = 0; i < RULES; i++) {
      JsonNode json = rules.rule(1 + random.nextInt(4));
      Attributes attributes =
          random.nextInt(3) == 0 ? new Attributes(rules.context()) : Attributes.OF_CONTEXTS_ALONE;
      Rule rule = new RuleReader(
              attributes, "flag", "flag", bucketing, JsonNodeFactory.instance.objectNode())
          .read(json, "");
      Rule quick = Shortcuts.of(rule);
      for (int j = 0; j < CONTEXTS; j++) {
        EvaluationContext context = rules.context();
        assertThat(valueOf(quick, context))
            .as("%s for %s", json, context.asObjectMap())
            .isEqualTo(valueOf(rule, context));
        assertThat(holds(quick, context))
            .as("%s for %s", json, context.asObjectMap())
            .isEqualTo(holds(rule, context));
      }
    }
  }

  private static String holds(Rule rule, EvaluationContext context) {
    try {
      return String.valueOf(rule.holds(context, 1_700_000_000L, null));
    } catch (RuleException e) {
      return "error";
    }
  }
}
