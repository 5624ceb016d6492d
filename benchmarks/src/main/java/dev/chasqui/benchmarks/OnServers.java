package dev.chasqui.benchmarks;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * A benchmark of somebody who talks to servers. Each fork of JMH has servers of its own.
 *
 * @param <S> the servers
 * @param <C> what the threads share
 */
public abstract class OnServers<S extends OnServers.Closing, C extends OnServers.Closing>
    extends Measured {
  /** What is closed without being refused. */
  public interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  private @Nullable S servers;
  private @Nullable C shared;

  /** Starts the servers, with what they hold. */
  protected abstract S start() throws Exception;

  /**
   * Makes what the threads share.
   *
   * @param threads how many there will be, at least one
   */
  public abstract C open(S servers, int threads) throws Exception;

  @Setup
  public void setUp(BenchmarkParams params) throws Exception {
    servers = start();
    shared = open(servers, params.getThreads());
  }

  @TearDown
  public void tearDown() {
    try {
      shared().close();
    } finally {
      requireNonNull(servers, "setUp has not run").close();
    }
  }

  /** What {@link #open} made. */
  protected final C shared() {
    return requireNonNull(shared, "setUp has not run");
  }
}
