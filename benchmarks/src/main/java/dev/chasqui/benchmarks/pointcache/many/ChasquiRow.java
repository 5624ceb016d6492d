package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;

/** The same, rows as texts. */
public class ChasquiRow extends ManyBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Chasqui.Found<>(OurCache.inRedis(servers, row -> row), Vehicles.lists());
  }
}
