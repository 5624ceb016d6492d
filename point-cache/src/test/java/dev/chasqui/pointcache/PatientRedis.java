package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.TcpProxy;
import java.time.Duration;

/** Connections that wait, since the machine may be busy. */
final class PatientRedis {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private PatientRedis() {}

  static RedisConfig config(RedisProcess server) {
    return patient(server.uri());
  }

  private static RedisConfig patient(String uri) {
    return RedisConfig.parse(uri)
        .withBorrowTimeout(PATIENCE)
        .withCommandTimeout(PATIENCE)
        .withConnectTimeout(PATIENCE);
  }

  static PooledRedis<String, byte[]> connect(RedisProcess server) {
    return PooledRedis.builder(config(server)).codec(PointCache.CODEC).connect();
  }

  /** By way of a proxy of it. */
  static PooledRedis<String, byte[]> connect(RedisProcess server, TcpProxy proxy) {
    String uri = server.uri().replace(":" + server.port(), ":" + proxy.port());
    return PooledRedis.builder(patient(uri)).codec(PointCache.CODEC).connect();
  }
}
