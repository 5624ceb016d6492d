package dev.chasqui.benchmarks.pointcache.near;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.pointcache.CachedTable;
import dev.chasqui.pointcache.RowMapper;

/** The memory of point-cache. */
public class Chasqui extends NearBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Found(OurCache.inMemory(servers, RowMapper.toRecord(Vehicle.class), null));
  }

  record Found(OurCache<Vehicle> cache, CachedTable<Vehicle> table) implements Client {
    Found(OurCache<Vehicle> cache) {
      this(cache, cache.table());
    }

    @Override
    public Vehicle find(Long key) {
      return OurCache.row(table.find(key));
    }

    @Override
    public void close() {
      cache.close();
    }
  }
}
