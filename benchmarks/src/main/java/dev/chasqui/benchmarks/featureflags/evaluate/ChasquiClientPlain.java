package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Fixed;
import dev.chasqui.benchmarks.featureflags.Flags;
import dev.openfeature.sdk.FeatureProvider;

/** Our provider with OpenFeature's own context, through its client. */
public class ChasquiClientPlain extends ClientBenchmark {
  @Override
  FeatureProvider provider() {
    return Fixed.of(Flags.FLAGD).provider();
  }
}
