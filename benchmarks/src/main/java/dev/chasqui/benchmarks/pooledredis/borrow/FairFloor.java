package dev.chasqui.benchmarks.pooledredis.borrow;

import java.net.URI;

/** The same pool, in which those who wait are served in the order in which they came. */
public class FairFloor extends BorrowBenchmark<Object> {
  @Override
  public Pool<Object> open(URI uri, int threads) throws Exception {
    return PlainPool.of(CONNECTIONS, true);
  }
}
