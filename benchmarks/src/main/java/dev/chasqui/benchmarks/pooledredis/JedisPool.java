package dev.chasqui.benchmarks.pooledredis;

import java.net.URI;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** Jedis with a full pool, over sockets of the JDK: it knows no other transport. */
public final class JedisPool {
  private JedisPool() {}

  /** Opens that many connections. */
  public static RedisClient open(URI uri, int connections) throws Exception {
    RedisClient client = RedisClient.builder()
        .hostAndPort(uri.getHost(), uri.getPort())
        .clientConfig(DefaultJedisClientConfig.builder(uri).build())
        .poolConfig(FullPool.config(connections))
        .build();
    client.getPool().preparePool();
    return client;
  }
}
