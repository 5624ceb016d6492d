package dev.chasqui.benchmarks.pointcache.redis;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;

/** The same, rows as texts. */
public class ChasquiRow extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Chasqui.Found<>(OurCache.inRedis(servers, row -> row));
  }
}
