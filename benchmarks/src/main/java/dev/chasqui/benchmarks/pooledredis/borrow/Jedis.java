package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.JedisPool;
import java.net.URI;
import redis.clients.jedis.Connection;
import redis.clients.jedis.RedisClient;

/** The pool inside Jedis, one of Commons Pool 2. */
public class Jedis extends BorrowBenchmark<Connection> {
  @Override
  public Pool<Connection> open(URI uri, int threads) throws Exception {
    return new Pooled(JedisPool.open(uri, CONNECTIONS));
  }

  private record Pooled(RedisClient jedis) implements Pool<Connection> {
    @Override
    public Connection borrow() {
      return jedis.getPool().getResource();
    }

    @Override
    public void giveBack(Connection borrowed) {
      borrowed.close();
    }

    @Override
    public void close() {
      jedis.close();
    }
  }
}
