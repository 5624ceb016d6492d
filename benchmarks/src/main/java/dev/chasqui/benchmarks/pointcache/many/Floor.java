package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import dev.chasqui.pooledredis.PooledRedis;
import java.util.Collection;
import java.util.List;

/** A bare {@code MGET} of the bytes that point-cache reads, through pooled-redis. */
public class Floor extends ManyBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    List<String> all = OurCache.fill(servers);
    List<String[]> lists = Vehicles.lists().stream()
        .map(keys -> keys.stream().map(key -> all.get(Math.toIntExact(key))).toArray(String[]::new))
        .toList();
    return new BareGet(OurCache.redis(servers), lists);
  }

  private record BareGet(PooledRedis<String, byte[]> redis, List<String[]> lists)
      implements Client {
    @Override
    public Collection<?> find(int list) {
      return redis.sync().mget(lists.get(list));
    }

    @Override
    public void close() {
      redis.close();
    }
  }
}
