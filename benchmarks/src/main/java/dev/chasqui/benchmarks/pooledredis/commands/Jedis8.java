package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.JedisPool;
import java.net.URI;

/** Jedis with the 8 connections that it has without options. */
public class Jedis8 extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) throws Exception {
    return new JedisClient(JedisPool.open(uri, 8));
  }
}
