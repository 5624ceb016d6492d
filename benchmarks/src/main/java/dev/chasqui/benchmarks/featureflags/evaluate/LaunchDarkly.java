package dev.chasqui.benchmarks.featureflags.evaluate;

import com.launchdarkly.sdk.ContextBuilder;
import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** LaunchDarkly's server SDK, from a file, without events. */
public class LaunchDarkly extends EvaluateBenchmark {
  private @Nullable LDClient client;

  @Override
  void setUp() {
    client = new LDClient(
        "none",
        new LDConfig.Builder()
            .dataSource(FileData.dataSource().filePaths(Flags.file(Flags.LAUNCH_DARKLY)))
            .events(Components.noEvents())
            .logging(Components.noLogging())
            .build());
  }

  @Override
  void tearDown() throws IOException {
    if (client != null) {
      client.close();
    }
  }

  @Override
  Object user(int i) {
    ContextBuilder user = LDContext.builder(Users.key(i));
    Users.attributes(i).forEach((name, value) -> user.set(name, ldValue(value)));
    return user.build();
  }

  private static LDValue ldValue(Object value) {
    if (value instanceof Boolean known) {
      return LDValue.of(known);
    }
    return value instanceof Integer number ? LDValue.of(number) : LDValue.of((String) value);
  }

  @Override
  @SuppressWarnings("NullAway") // is there once it is set up
  boolean ask(String flagKey, Object user) {
    return client.boolVariation(flagKey, (LDContext) user, false);
  }
}
