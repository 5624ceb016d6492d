package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import io.lettuce.core.api.async.RedisStringAsyncCommands;
import java.util.concurrent.Future;

/** Lettuce's commands, which all threads share, whoever has the connections. */
record SharedCommands(RedisStringAsyncCommands<byte[], byte[]> commands, Runnable onClose)
    implements PipelinedBenchmark.Client {
  @Override
  public PipelinedBenchmark.Pipe pipe() {
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
    onClose.run();
  }
}
