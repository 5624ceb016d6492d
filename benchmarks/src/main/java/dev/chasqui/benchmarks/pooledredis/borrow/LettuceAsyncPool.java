package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.support.BoundedAsyncPool;
import java.net.URI;

/**
 * Lettuce's own pool. It has no queue for those who find no connection, so there are as many as threads, and nobody ever
 * waits.
 */
public class LettuceAsyncPool extends BorrowBenchmark<StatefulRedisConnection<byte[], byte[]>> {
  @Override
  public Pool<StatefulRedisConnection<byte[], byte[]>> open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    return new Pooled(lettuce, lettuce.asyncPool(Math.max(CONNECTIONS, threads)));
  }

  private record Pooled(
      Lettuce lettuce, BoundedAsyncPool<StatefulRedisConnection<byte[], byte[]>> pool)
      implements Pool<StatefulRedisConnection<byte[], byte[]>> {
    @Override
    public StatefulRedisConnection<byte[], byte[]> borrow() {
      return pool.acquire().join();
    }

    @Override
    public void giveBack(StatefulRedisConnection<byte[], byte[]> borrowed) {
      pool.release(borrowed).join();
    }

    @Override
    public void close() {
      pool.close();
      lettuce.close();
    }
  }
}
