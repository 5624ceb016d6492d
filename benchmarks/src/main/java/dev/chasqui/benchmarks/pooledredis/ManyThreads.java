package dev.chasqui.benchmarks.pooledredis;

import dev.chasqui.benchmarks.OnServers;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * How every benchmark of Redis clients is measured: by what 1, 8 and 64 threads get done together, in methods whose
 * names end with that number. Each fork of JMH has a Redis of its own.
 *
 * @param <C> what the threads share
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public abstract class ManyThreads<C extends ManyThreads.Shared> extends OnServers<FilledRedis, C> {
  /** How many connections a pool has, unless its class says otherwise. */
  public static final int CONNECTIONS = 8;

  /** What all threads of a fork use. */
  public interface Shared extends Closing {}

  /**
   * Makes what the threads share.
   *
   * @param uri a Redis that holds all {@link Keys}
   * @param threads how many there will be, at least one
   */
  public abstract C open(URI uri, int threads) throws Exception;

  @Override
  public final C open(FilledRedis redis, int threads) throws Exception {
    return open(redis.uri(), threads);
  }

  @Override
  protected final FilledRedis start() {
    return FilledRedis.start();
  }
}
