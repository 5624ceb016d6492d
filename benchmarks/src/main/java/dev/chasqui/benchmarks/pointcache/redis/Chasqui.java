package dev.chasqui.benchmarks.pointcache.redis;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.pointcache.CachedTable;
import dev.chasqui.pointcache.RowMapper;

/** Point-cache without its memory, rows mapped to records. */
public class Chasqui extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Found<>(OurCache.inRedis(servers, RowMapper.toRecord(Vehicle.class)));
  }

  record Found<R>(OurCache<R> cache, CachedTable<R> table) implements Client {
    Found(OurCache<R> cache) {
      this(cache, cache.table());
    }

    @Override
    public Object find(Long key) {
      return OurCache.row(table.find(key));
    }

    @Override
    public void close() {
      cache.close();
    }
  }
}
