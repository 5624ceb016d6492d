package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Users;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.OpenFeatureAPI;
import org.jspecify.annotations.Nullable;

/** As an application asks: through OpenFeature's client. */
public abstract class ClientBenchmark extends EvaluateBenchmark {
  private @Nullable Client client;

  abstract FeatureProvider provider() throws Exception;

  @Override
  final void setUp() throws Exception {
    client = client(provider());
  }

  @Override
  final void tearDown() {
    OpenFeatureAPI.getInstance().shutdown();
  }

  /** With OpenFeature's own context. */
  @Override
  Object user(int i) {
    return Users.openFeature(i);
  }

  @Override
  @SuppressWarnings("NullAway") // is there once it is set up
  final boolean ask(String flagKey, Object user) {
    return client.getBooleanValue(flagKey, false, (EvaluationContext) user);
  }
}
