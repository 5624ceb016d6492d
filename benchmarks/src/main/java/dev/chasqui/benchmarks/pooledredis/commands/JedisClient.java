package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;

/** Jedis borrows a connection of its pool for each command by itself. */
record JedisClient(RedisClient jedis) implements CommandBenchmark.Client {
  @Override
  public byte @Nullable [] get(int key) {
    return jedis.get(Keys.bytes(key));
  }

  @Override
  public void set(int key, byte[] value) {
    jedis.set(Keys.bytes(key), value);
  }

  @Override
  public void close() {
    jedis.close();
  }
}
