package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.net.URI;
import java.util.concurrent.Future;

/** One connection for all threads. */
public class LettuceShared extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    return new Shared(lettuce, lettuce.connect().async());
  }

  private record Shared(Lettuce lettuce, RedisAsyncCommands<byte[], byte[]> commands)
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
      lettuce.close();
    }
  }
}
