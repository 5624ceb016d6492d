package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** One connection for all threads. */
public class LettuceShared extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    return new Shared(lettuce, lettuce.connect().sync());
  }

  private record Shared(Lettuce lettuce, RedisCommands<byte[], byte[]> commands) implements Client {
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
      lettuce.close();
    }
  }
}
