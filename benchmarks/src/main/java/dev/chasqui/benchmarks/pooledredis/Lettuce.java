package dev.chasqui.benchmarks.pooledredis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.support.AsyncConnectionPoolSupport;
import io.lettuce.core.support.BoundedAsyncPool;
import io.lettuce.core.support.BoundedPoolConfig;
import io.lettuce.core.support.ConnectionPoolSupport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.pool2.impl.GenericObjectPool;

/**
 * Lettuce as it is without options, but for connections that live until {@link #close}. It takes epoll by itself, since
 * that is on the class path, and as many I/O threads as there are processors, at least two.
 */
public final class Lettuce implements AutoCloseable {
  private final RedisURI uri;
  private final RedisClient client;

  /** Opens no connection yet. */
  public Lettuce(URI uri) {
    this.uri = RedisURI.create(uri);
    client = RedisClient.create(this.uri);
  }

  /** Opens one. */
  public StatefulRedisConnection<byte[], byte[]> connect() {
    return client.connect(ByteArrayCodec.INSTANCE);
  }

  /** Fills a pool of Commons Pool 2, whose connections go back to it when they are closed. */
  public GenericObjectPool<StatefulRedisConnection<byte[], byte[]>> pool(int connections)
      throws Exception {
    GenericObjectPool<StatefulRedisConnection<byte[], byte[]>> pool =
        ConnectionPoolSupport.createGenericObjectPool(this::connect, FullPool.config(connections));
    pool.preparePool();
    return pool;
  }

  /**
   * Fills Lettuce's own pool, which refuses whoever asks while all connections are out: there must be as many as
   * threads. It is allowed more, which it then has no reason to open, since for a moment it counts a connection twice
   * that it has just opened, and would refuse the next one or leave it out.
   */
  public BoundedAsyncPool<StatefulRedisConnection<byte[], byte[]>> asyncPool(int connections) {
    BoundedPoolConfig config = BoundedPoolConfig.builder()
        .maxTotal(2 * connections)
        .maxIdle(2 * connections)
        .build();
    BoundedAsyncPool<StatefulRedisConnection<byte[], byte[]>> pool =
        AsyncConnectionPoolSupport.createBoundedObjectPool(
            () -> client.connectAsync(ByteArrayCodec.INSTANCE, uri), config, false);
    List<StatefulRedisConnection<byte[], byte[]>> all = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      all.add(pool.acquire().join());
    }
    all.forEach(connection -> pool.release(connection).join());
    return pool;
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(10));
  }
}
