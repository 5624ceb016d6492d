package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import dev.openfeature.contrib.providers.flagd.Config;
import dev.openfeature.contrib.providers.flagd.FlagdOptions;
import dev.openfeature.contrib.providers.flagd.FlagdProvider;
import dev.openfeature.sdk.EvaluationContext;
import org.jspecify.annotations.Nullable;

/** flagd's provider in process, from a file. */
public class Flagd extends EvaluateBenchmark {
  private static final int DEADLINE_MILLIS = 20_000;

  private @Nullable FlagdProvider provider;

  static FlagdProvider make() {
    return new FlagdProvider(FlagdOptions.builder()
        .resolverType(Config.Resolver.FILE)
        .offlineFlagSourcePath(Flags.file(Flags.FLAGD).toString())
        .deadline(DEADLINE_MILLIS)
        .build());
  }

  @Override
  void setUp() throws Exception {
    provider = make();
    client(provider); // which starts it
  }

  @Override
  void tearDown() {
    dev.openfeature.sdk.OpenFeatureAPI.getInstance().shutdown();
  }

  @Override
  Object user(int i) {
    return Users.openFeature(i);
  }

  @Override
  @SuppressWarnings("NullAway") // is there once it is set up
  boolean ask(String flagKey, Object user) {
    return provider
        .getBooleanEvaluation(flagKey, false, (EvaluationContext) user)
        .getValue();
  }
}
