package dev.chasqui.benchmarks.pooledredis.borrow;

import java.net.URI;

/** The pool that most others are built on, alone: plain objects, and whoever comes first takes what is there. */
public class Floor extends BorrowBenchmark<Object> {
  @Override
  public Pool<Object> open(URI uri, int threads) throws Exception {
    return PlainPool.of(CONNECTIONS, false);
  }
}
