package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.URI;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.jspecify.annotations.Nullable;

/** Eight connections in a pool of Commons Pool 2, one of them borrowed for each command. */
public class LettucePool extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) throws Exception {
    Lettuce lettuce = new Lettuce(uri);
    return new Pooled(lettuce, lettuce.pool(CONNECTIONS));
  }

  private record Pooled(
      Lettuce lettuce, GenericObjectPool<StatefulRedisConnection<byte[], byte[]>> pool)
      implements Client {
    @Override
    public byte @Nullable [] get(int key) throws Exception {
      try (StatefulRedisConnection<byte[], byte[]> connection = pool.borrowObject()) {
        return connection.sync().get(Keys.bytes(key));
      }
    }

    @Override
    public void set(int key, byte[] value) throws Exception {
      try (StatefulRedisConnection<byte[], byte[]> connection = pool.borrowObject()) {
        connection.sync().set(Keys.bytes(key), value);
      }
    }

    @Override
    public void close() {
      pool.close();
      lettuce.close();
    }
  }
}
