package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.URI;
import org.apache.commons.pool2.impl.GenericObjectPool;

/** Lettuce's connections in a pool of Commons Pool 2: each goes back to it when it is closed. */
public class LettucePool extends BorrowBenchmark<StatefulRedisConnection<byte[], byte[]>> {
  @Override
  public Pool<StatefulRedisConnection<byte[], byte[]>> open(URI uri, int threads) throws Exception {
    Lettuce lettuce = new Lettuce(uri);
    return new Pooled(lettuce, lettuce.pool(CONNECTIONS));
  }

  private record Pooled(
      Lettuce lettuce, GenericObjectPool<StatefulRedisConnection<byte[], byte[]>> pool)
      implements Pool<StatefulRedisConnection<byte[], byte[]>> {
    @Override
    public StatefulRedisConnection<byte[], byte[]> borrow() throws Exception {
      return pool.borrowObject();
    }

    @Override
    public void giveBack(StatefulRedisConnection<byte[], byte[]> borrowed) {
      borrowed.close();
    }

    @Override
    public void close() {
      pool.close();
      lettuce.close();
    }
  }
}
