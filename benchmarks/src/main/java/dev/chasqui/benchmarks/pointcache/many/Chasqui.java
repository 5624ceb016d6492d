package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import dev.chasqui.pointcache.RowMapper;
import java.util.Collection;
import java.util.List;

/** Point-cache without its memory, rows mapped to records. */
public class Chasqui extends ManyBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Found<>(
        OurCache.inRedis(servers, RowMapper.toRecord(Vehicle.class)), Vehicles.lists());
  }

  record Found<R>(OurCache<R> cache, List<List<Long>> lists) implements Client {
    @Override
    public Collection<?> find(int list) {
      return cache.table().findAll(lists.get(list)).values();
    }

    @Override
    public void close() {
      cache.close();
    }
  }
}
