package dev.chasqui.benchmarks.pointcache.redis;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.api.sync.RedisStringCommands;
import java.util.List;

/** The bytes of a row, whoever has the connections; {@code keys} are those in Redis by those of rows. */
record BareGet(RedisStringCommands<String, byte[]> commands, List<String> keys, Runnable onClose)
    implements RedisBenchmark.Client {
  @Override
  public Object find(Long key) {
    return requireNonNull(commands.get(keys.get(Math.toIntExact(key))));
  }

  @Override
  public void close() {
    onClose.run();
  }
}
