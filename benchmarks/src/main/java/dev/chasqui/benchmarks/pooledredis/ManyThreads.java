package dev.chasqui.benchmarks.pooledredis;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.Measured;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * How every benchmark of Redis clients is measured: by what 1, 8 and 64 threads get done together, in methods whose
 * names end with that number. Each fork of JMH has a Redis of its own.
 *
 * @param <C> what the threads share
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public abstract class ManyThreads<C extends ManyThreads.Shared> extends Measured {
  /** How many connections a pool has, unless its class says otherwise. */
  public static final int CONNECTIONS = 8;

  /** What all threads of a fork use. */
  public interface Shared extends AutoCloseable {
    @Override
    void close();
  }

  private @Nullable FilledRedis redis;
  private @Nullable C shared;

  /**
   * Makes what the threads share.
   *
   * @param uri a Redis that holds all {@link Keys}
   * @param threads how many there will be, at least one
   */
  public abstract C open(URI uri, int threads) throws Exception;

  @Setup
  public void setUp(BenchmarkParams params) throws Exception {
    redis = FilledRedis.start();
    shared = open(redis.uri(), params.getThreads());
  }

  @TearDown
  public void tearDown() {
    try {
      shared().close();
    } finally {
      requireNonNull(redis, "setUp has not run").close();
    }
  }

  /** What {@link #open} made. */
  protected C shared() {
    return requireNonNull(shared, "setUp has not run");
  }
}
