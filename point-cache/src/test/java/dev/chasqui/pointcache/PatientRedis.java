package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RedisProcess;
import java.time.Duration;

/** Connections that wait, since the machine may be busy. */
final class PatientRedis {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private PatientRedis() {}

  static RedisConfig config(RedisProcess server) {
    return RedisConfig.parse(server.uri())
        .withBorrowTimeout(PATIENCE)
        .withCommandTimeout(PATIENCE)
        .withConnectTimeout(PATIENCE);
  }

  static PooledRedis<String, byte[]> connect(RedisProcess server) {
    return PooledRedis.builder(config(server)).codec(PointCache.CODEC).connect();
  }
}
