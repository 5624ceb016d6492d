package dev.chasqui.benchmarks.featureflags.swap;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.featureflags.Fixed;
import dev.chasqui.benchmarks.featureflags.Flags;
import dev.chasqui.benchmarks.featureflags.Users;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagProvider;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Ours: the flag with a rule, while another document comes so many times in a second. */
public class Chasqui extends Measured {
  @Param({"0", "100"})
  public int swapsPerSecond = 0;

  private final Object[] users =
      Users.all(i -> FlagContext.of(Users.key(i)).withAll(Users.attributes(i)));
  private @Nullable FlagProvider provider;
  private @Nullable ScheduledExecutorService swapping;
  private int next;

  @Setup
  public void setUp() {
    Fixed source = Fixed.of(Flags.FLAGD);
    provider = source.provider();
    if (swapsPerSecond > 0) {
      FlagDocument[] documents = {
        FlagDocument.parse(Flags.FLAGD), FlagDocument.parse(Flags.FLAGD.replace("\"DK\"", "\"NO\""))
      };
      int[] turn = {0};
      swapping = Executors.newSingleThreadScheduledExecutor();
      Future<?> unused = swapping.scheduleAtFixedRate(
          () -> source.give(documents[turn[0]++ & 1]),
          0,
          1_000_000 / swapsPerSecond,
          TimeUnit.MICROSECONDS);
    }
  }

  @TearDown
  public void tearDown() {
    if (swapping != null) {
      swapping.shutdownNow();
    }
    if (provider != null) {
      provider.shutdown();
    }
  }

  @Benchmark
  @SuppressWarnings("NullAway") // is there once it is set up
  public boolean evaluate() {
    return provider
        .getBooleanEvaluation("rule", false, (FlagContext) users[next++ & (Users.COUNT - 1)])
        .getValue();
  }
}
