package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import io.getunleash.DefaultUnleash;
import io.getunleash.Unleash;
import io.getunleash.UnleashContext;
import io.getunleash.util.UnleashConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Unleash's SDK with its native engine, bootstrapped, without polling or metrics. */
public class UnleashEngine extends EvaluateBenchmark {
  private @Nullable Unleash unleash;

  @Override
  void setUp() {
    unleash = new DefaultUnleash(UnleashConfig.builder()
        .appName("benchmarks")
        .instanceId("one")
        .unleashAPI("http://127.0.0.1:9/api")
        .apiKey("none")
        .backupFile(Flags.file("").resolveSibling("chasqui-unleash-none.json").toString())
        .toggleBootstrapProvider(() -> Optional.of(Flags.UNLEASH))
        .fetchTogglesInterval(0)
        .disablePolling()
        .disableMetrics()
        .build());
  }

  @Override
  void tearDown() {
    if (unleash != null) {
      unleash.shutdown();
    }
  }

  @Override
  Object user(int i) {
    UnleashContext.Builder user = UnleashContext.builder().userId(Users.key(i));
    Users.attributes(i).forEach((name, value) -> user.addProperty(name, value.toString()));
    return user.build();
  }

  @Override
  @SuppressWarnings("NullAway") // is there once it is set up
  boolean ask(String flagKey, Object user) {
    return unleash.isEnabled(flagKey, (UnleashContext) user);
  }
}
