package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Users;
import dev.chasqui.featureflags.FlagContext;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** OpenFeature's client over a provider that looks up what each user gets: what the client costs by itself. */
public class Floor extends ClientBenchmark {
  private final Map<String, ProviderEvaluation<Boolean>> answers = new HashMap<>();

  @Override
  FeatureProvider provider() {
    ProviderEvaluation<Boolean> on =
        ProviderEvaluation.<Boolean>builder().value(true).variant("on").build();
    ProviderEvaluation<Boolean> off =
        ProviderEvaluation.<Boolean>builder().value(false).variant("off").build();
    for (int i = 0; i < Users.COUNT; i++) {
      boolean isOn = switch (flag) {
        case STATIC -> true;
        case RULE -> Users.matches(i);
        case ROLLOUT -> i % 2 == 0;
      };
      answers.put(Users.key(i), isOn ? on : off);
    }
    return new Prepared();
  }

  @Override
  Object user(int i) {
    return FlagContext.of(Users.key(i)).withAll(Users.attributes(i));
  }

  private final class Prepared implements FeatureProvider {
    @Override
    public Metadata getMetadata() {
      return () -> "floor";
    }

    @Override
    @SuppressWarnings("rawtypes") // as OpenFeature has them
    public List<Hook> getProviderHooks() {
      return List.of(); // a new list each time is what a provider has that does not say so
    }

    @Override
    public ProviderEvaluation<Boolean> getBooleanEvaluation(
        String key, Boolean defaultValue, EvaluationContext context) {
      return Objects.requireNonNull(answers.get(context.getTargetingKey()));
    }

    @Override
    public ProviderEvaluation<String> getStringEvaluation(
        String key, String defaultValue, EvaluationContext context) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ProviderEvaluation<Integer> getIntegerEvaluation(
        String key, Integer defaultValue, EvaluationContext context) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ProviderEvaluation<Double> getDoubleEvaluation(
        String key, Double defaultValue, EvaluationContext context) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ProviderEvaluation<Value> getObjectEvaluation(
        String key, Value defaultValue, EvaluationContext context) {
      throw new UnsupportedOperationException();
    }
  }
}
