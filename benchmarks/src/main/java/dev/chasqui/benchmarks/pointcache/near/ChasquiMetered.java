package dev.chasqui.benchmarks.pointcache.near;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.pointcache.RowMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** The same with meters of Micrometer, which count each answer. */
public class ChasquiMetered extends NearBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Chasqui.Found(
        OurCache.inMemory(servers, RowMapper.toRecord(Vehicle.class), new SimpleMeterRegistry()));
  }
}
