package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

final class StandaloneRuleTest {
  private static final int RULES = 4_000;

  private static ObjectNode json(EvaluationContext context) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    context.asUnmodifiableMap().forEach((name, value) -> json.set(name, json(value)));
    return json;
  }

  private static JsonNode json(Value value) {
    Object plain = Coercion.plain(value);
    if (plain instanceof dev.openfeature.sdk.Structure structure) {
      Map<String, JsonNode> members = new HashMap<>();
      structure.asUnmodifiableMap().forEach((name, member) -> members.put(name, json(member)));
      return JsonNodeFactory.instance.objectNode().setAll(members);
    }
    if (plain instanceof java.util.List<?>) {
      var array = JsonNodeFactory.instance.arrayNode();
      value.asList().forEach(element -> array.add(json(element)));
      return array;
    }
    return JsonMapper.shared().valueToTree(plain);
  }

  /** What a rule comes to does not depend on what its facts are held in. */
  @Test
  void holds_ofJson_isAsOfAnyOtherContextOfTheSameAttributes() {
    Random random = new Random(11);
    RandomRules rules = new RandomRules(random);
    int asked = 0;
    for (int i = 0; i < RULES; i++) {
      JsonNode json = rules.rule(1 + random.nextInt(4));
      StandaloneRule rule;
      try {
        rule = StandaloneRule.of(json);
      } catch (FlagFormatException e) {
        assertThat(e.problem()).contains("outside of a flag");
        continue;
      }
      Rule written = new RuleReader(
              Attributes.OF_CONTEXTS_ALONE,
              null,
              null,
              Bucketing.V2,
              JsonNodeFactory.instance.objectNode())
          .read(json, "");
      for (int j = 0; j < 8; j++) {
        EvaluationContext context = rules.context();
        assertThat(holds(rule, json(context)))
            .as("%s of %s", json, json(context))
            .isEqualTo(holds(written, context));
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(RULES * 4);
  }

  private static String holds(StandaloneRule rule, ObjectNode facts) {
    try {
      return String.valueOf(rule.holds(facts));
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String holds(Rule rule, EvaluationContext context) {
    try {
      return String.valueOf(rule.holds(context, 0, null));
    } catch (RuleException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void jsonContext_asOpenFeatureReadsIt_isTheObject() {
    ObjectNode object = (ObjectNode)
        JsonMapper.shared()
            .readTree(
                "{\"targetingKey\": \"u1\", \"n\": 1, \"list\": [1, \"a\", null], \"o\": {\"x\": true}, \"none\": null}");
    JsonContext context = new JsonContext(object);
    assertThat(context.getTargetingKey()).isEqualTo("u1");
    assertThat(context.keySet()).containsExactly("targetingKey", "n", "list", "o", "none");
    assertThat(context.asObjectMap()).containsEntry("n", 1.0).containsEntry("o", Map.of("x", true));
    assertThat(context.isEmpty()).isFalse();
    EvaluationContext merged = context.merge(new ImmutableContext("u2"));
    assertThat(merged.getTargetingKey()).isEqualTo("u2");
    assertThat(merged.getValue("n").asInteger()).isEqualTo(1);
  }
}
