package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.OurRedis;
import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.net.URI;
import java.util.concurrent.Future;

/** The shared connections of pooled-redis. */
public class Chasqui extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    PooledRedis<byte[], byte[]> redis = OurRedis.connect(uri, 0);
    return new Shared(redis, redis.async());
  }

  private record Shared(
      PooledRedis<byte[], byte[]> redis, RedisClusterAsyncCommands<byte[], byte[]> commands)
      implements Client {
    @Override
    public Pipe pipe() {
      return new SlidingWindow() {
        @Override
        Future<byte[]> get(int key) {
          return commands.get(Keys.bytes(key));
        }

        @Override
        Future<?> set(int key, byte[] value) {
          return commands.set(Keys.bytes(key), value);
        }
      };
    }

    @Override
    public void close() {
      redis.close();
    }
  }
}
