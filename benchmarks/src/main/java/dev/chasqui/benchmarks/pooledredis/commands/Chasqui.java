package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.OurRedis;
import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The shared connections of pooled-redis. */
public class Chasqui extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    PooledRedis<byte[], byte[]> redis = OurRedis.connect(uri, 0);
    return new Shared(redis, redis.sync());
  }

  private record Shared(
      PooledRedis<byte[], byte[]> redis, RedisClusterCommands<byte[], byte[]> commands)
      implements Client {
    @Override
    public byte @Nullable [] get(int key) {
      return commands.get(Keys.bytes(key));
    }

    @Override
    public void set(int key, byte[] value) {
      commands.set(Keys.bytes(key), value);
    }

    @Override
    public void close() {
      redis.close();
    }
  }
}
