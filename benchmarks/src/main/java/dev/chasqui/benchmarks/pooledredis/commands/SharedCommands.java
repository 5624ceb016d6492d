package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import io.lettuce.core.api.sync.RedisStringCommands;
import org.jspecify.annotations.Nullable;

/** Lettuce's commands, which all threads share, whoever has the connections. */
record SharedCommands(RedisStringCommands<byte[], byte[]> commands, Runnable onClose)
    implements CommandBenchmark.Client {
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
    onClose.run();
  }
}
