package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Fixed;
import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import dev.chasqui.featureflags.FlagContext;
import dev.openfeature.sdk.FeatureProvider;

/** Our provider and our context, through OpenFeature's client. */
public class ChasquiClient extends ClientBenchmark {
  @Override
  FeatureProvider provider() {
    return Fixed.of(Flags.FLAGD).provider();
  }

  @Override
  Object user(int i) {
    return FlagContext.of(Users.key(i)).withAll(Users.attributes(i));
  }
}
