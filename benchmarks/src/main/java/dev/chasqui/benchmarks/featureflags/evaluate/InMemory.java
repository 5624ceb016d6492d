package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.providers.memory.ContextEvaluator;
import dev.openfeature.sdk.providers.memory.Flag;
import dev.openfeature.sdk.providers.memory.InMemoryProvider;
import java.util.Map;
import java.util.Set;

/** OpenFeature's provider for tests, through its client: the rules are code of ours. */
public class InMemory extends ClientBenchmark {
  private static final Set<String> COUNTRIES =
      Set.of("DE", "FR", "IT", "ES", "NL", "BE", "AT", "PL", "SE", "DK");

  @Override
  FeatureProvider provider() {
    return new InMemoryProvider(Map.of(
        "static",
        flag(context -> true),
        "rule",
        flag(context -> text(context, "email").endsWith("@corp.example")
            && COUNTRIES.contains(text(context, "country"))),
        "rollout",
        flag(context -> (context.getTargetingKey().hashCode() & 1) == 0)));
  }

  private static String text(EvaluationContext context, String attribute) {
    Value value = context.getValue(attribute);
    return value == null || value.asString() == null ? "" : value.asString();
  }

  private interface Condition {
    boolean holds(EvaluationContext context);
  }

  private static Flag<?> flag(Condition condition) {
    ContextEvaluator<Boolean> evaluator = (flag, context) -> condition.holds(context);
    return Flag.<Boolean>builder()
        .variant("on", true)
        .variant("off", false)
        .defaultVariant("on")
        .contextEvaluator(evaluator)
        .build();
  }
}
