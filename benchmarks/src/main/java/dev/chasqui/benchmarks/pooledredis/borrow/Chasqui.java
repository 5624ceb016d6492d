package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.OurRedis;
import dev.chasqui.pooledredis.ExclusiveConnection;
import dev.chasqui.pooledredis.PooledRedis;
import java.net.URI;

/** The exclusive connections of pooled-redis. */
public class Chasqui extends BorrowBenchmark<ExclusiveConnection<byte[], byte[]>> {
  @Override
  public Pool<ExclusiveConnection<byte[], byte[]>> open(URI uri, int threads) {
    return new Pooled(OurRedis.connect(uri, CONNECTIONS));
  }

  private record Pooled(PooledRedis<byte[], byte[]> redis)
      implements Pool<ExclusiveConnection<byte[], byte[]>> {
    @Override
    public ExclusiveConnection<byte[], byte[]> borrow() {
      return redis.borrow();
    }

    @Override
    public void giveBack(ExclusiveConnection<byte[], byte[]> borrowed) {
      borrowed.close();
    }

    @Override
    public void close() {
      redis.close();
    }
  }
}
