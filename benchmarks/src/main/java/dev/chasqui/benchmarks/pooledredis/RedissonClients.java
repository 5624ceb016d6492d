package dev.chasqui.benchmarks.pooledredis;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.config.Config;
import org.redisson.config.TransportMode;

/** Redisson as it is without options, over epoll: up to 64 connections, 32 I/O threads. */
public final class RedissonClients {
  private RedissonClients() {}

  /** Opens the connections that it wants to have from the beginning. */
  public static RedissonClient open(URI uri) {
    Config config = new Config().setTransportMode(TransportMode.EPOLL);
    config.setPassword(FilledRedis.password(uri));
    config.useSingleServer().setAddress("redis://" + uri.getHost() + ":" + uri.getPort());
    return Redisson.create(config);
  }

  /** Closes it without waiting long for commands under way, as it otherwise would. */
  public static void close(RedissonClient redisson) {
    redisson.shutdown(0, 1, TimeUnit.SECONDS);
  }

  /** The value of a key; bytes as they are, as for all others. */
  public static RBucket<byte[]> bucket(RedissonClient redisson, int key) {
    return redisson.getBucket(Keys.text(key), ByteArrayCodec.INSTANCE);
  }
}
