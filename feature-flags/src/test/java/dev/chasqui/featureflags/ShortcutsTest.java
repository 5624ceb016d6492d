package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
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
      Attributes attributes = Attributes.OF_CONTEXTS_ALONE;
      if (random.nextInt(3) == 0) {
        Map<String, Value> fixed = new HashMap<>(rules.context().asMap());
        fixed.remove(EvaluationContext.TARGETING_KEY);
        attributes = new Attributes(new ImmutableContext(fixed));
      }
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

  /** An attribute that is fixed is as if each context had it, a structure whole. */
  @Test
  void rule_withAttributesFixed_hasTheValueOfThemInEachContext() {
    Random random = new Random(43);
    RandomRules rules = new RandomRules(random);
    for (int i = 0; i < RULES; i++) {
      JsonNode json = rules.rule(1 + random.nextInt(4));
      Map<String, Value> known = new HashMap<>(rules.context().asMap());
      known.remove(EvaluationContext.TARGETING_KEY);
      known.keySet().removeIf(name -> random.nextBoolean());
      EvaluationContext fixed = new ImmutableContext(known);
      Rule quick = Shortcuts.of(reader(new Attributes(fixed)).read(json, ""));
      Rule plain = reader(Attributes.OF_CONTEXTS_ALONE).read(json, "");
      for (int j = 0; j < CONTEXTS; j++) {
        EvaluationContext context = rules.context();
        Map<String, Value> both = new HashMap<>(context.asMap());
        both.putAll(known);
        EvaluationContext all = new ImmutableContext(context.getTargetingKey(), both);
        assertThat(valueOf(quick, context))
            .as("%s for %s with %s", json, context.asObjectMap(), fixed.asObjectMap())
            .isEqualTo(valueOf(plain, all));
      }
    }
  }

  private static RuleReader reader(Attributes attributes) {
    return new RuleReader(
        attributes, "flag", "flag", Bucketing.V2, JsonNodeFactory.instance.objectNode());
  }

  private static String holds(Rule rule, EvaluationContext context) {
    try {
      return String.valueOf(rule.holds(context, 1_700_000_000L, null));
    } catch (RuleException e) {
      return "error";
    }
  }
}
