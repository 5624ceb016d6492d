package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.openfeature.sdk.FeatureProvider;

/** flagd's provider, through OpenFeature's client. */
public class FlagdClient extends ClientBenchmark {
  @Override
  FeatureProvider provider() {
    return Flagd.make();
  }
}
