package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.JedisPool;
import java.net.URI;

/** Jedis with 64 connections, one for each thread. */
public class Jedis64 extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) throws Exception {
    return new JedisClient(JedisPool.open(uri, 64));
  }
}
