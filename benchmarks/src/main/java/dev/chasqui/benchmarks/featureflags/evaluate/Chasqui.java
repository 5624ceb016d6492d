package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Fixed;
import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagProvider;
import dev.openfeature.sdk.EvaluationContext;
import org.jspecify.annotations.Nullable;

/** Our provider, with our context. */
public class Chasqui extends EvaluateBenchmark {
  private @Nullable FlagProvider provider;

  @Override
  void setUp() {
    provider = Fixed.of(Flags.FLAGD).provider();
  }

  @Override
  void tearDown() {
    if (provider != null) {
      provider.shutdown();
    }
  }

  @Override
  Object user(int i) {
    return FlagContext.of(Users.key(i)).withAll(Users.attributes(i));
  }

  @Override
  @SuppressWarnings("NullAway") // is there once it is set up
  boolean ask(String flagKey, Object user) {
    return provider
        .getBooleanEvaluation(flagKey, false, (EvaluationContext) user)
        .getValue();
  }
}
