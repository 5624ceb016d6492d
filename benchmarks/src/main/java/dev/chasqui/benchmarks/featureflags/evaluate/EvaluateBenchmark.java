package dev.chasqui.benchmarks.featureflags.evaluate;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.featureflags.Users;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.OpenFeatureAPI;
import java.util.Locale;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Asks for a boolean flag for one user after another. The answers are checked before it is measured. */
public abstract class EvaluateBenchmark extends Measured {
  /** No rule, two clauses, half of all. */
  public enum Kind {
    STATIC,
    RULE,
    ROLLOUT
  }

  @Param
  public Kind flag = Kind.STATIC;

  private String key = "";
  private Object[] users = {};

  /** Whose turn it is, in each thread. */
  @State(Scope.Thread)
  public static class Turn {
    private int next;
  }

  @Setup
  public final void start() throws Exception {
    key = flag.name().toLowerCase(Locale.ROOT);
    users = Users.all(this::user);
    setUp();
    int on = 0;
    for (int i = 0; i < users.length; i++) {
      boolean answer = ask(key, users[i]);
      on += answer ? 1 : 0;
      if (flag != Kind.ROLLOUT && answer != (flag == Kind.STATIC || Users.matches(i))) {
        throw new IllegalStateException(getClass() + " answers wrongly for user " + i);
      }
    }
    if (flag == Kind.ROLLOUT && Math.abs(on - users.length / 2) > users.length / 10) {
      throw new IllegalStateException(getClass() + " is on for " + on);
    }
  }

  @TearDown
  public final void stop() throws Exception {
    tearDown();
  }

  @Benchmark
  public boolean evaluate(Turn turn) {
    return ask(key, users[turn.next++ & (Users.COUNT - 1)]);
  }

  abstract void setUp() throws Exception;

  void tearDown() throws Exception {}

  abstract Object user(int i);

  abstract boolean ask(String flagKey, Object user);

  /** OpenFeature's client over a provider. */
  static Client client(FeatureProvider provider) {
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(provider);
    return api.getClient();
  }
}
