package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.ManyThreads;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Threads;

/**
 * Borrows one of 8 connections and gives it back at once, so that all there is to it is the pool. With 64 threads most
 * find none and wait.
 *
 * @param <C> what is borrowed
 */
public abstract class BorrowBenchmark<C> extends ManyThreads<BorrowBenchmark.Pool<C>> {
  /**
   * Whoever lends, to any number of threads.
   *
   * @param <C> what is borrowed
   */
  public interface Pool<C> extends Shared {
    /** Waits for one without limit, if the pool can. */
    C borrow() throws Exception;

    /** Takes back what was borrowed, once. */
    void giveBack(C borrowed) throws Exception;
  }

  private C borrow() throws Exception {
    Pool<C> pool = shared();
    C borrowed = pool.borrow();
    pool.giveBack(borrowed);
    return borrowed;
  }

  @Benchmark
  @Threads(1)
  public C borrow1() throws Exception {
    return borrow();
  }

  @Benchmark
  @Threads(8)
  public C borrow8() throws Exception {
    return borrow();
  }

  @Benchmark
  @Threads(64)
  public C borrow64() throws Exception {
    return borrow();
  }
}
