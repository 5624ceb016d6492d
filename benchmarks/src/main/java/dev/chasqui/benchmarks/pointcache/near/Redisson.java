package dev.chasqui.benchmarks.pointcache.near;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import dev.chasqui.benchmarks.pooledredis.RedissonClients;
import java.util.Map;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.LocalCachedMapOptions;

/** Redisson's map with a local cache of its own making. */
public class Redisson extends NearBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    RedissonClient redisson = RedissonClients.open(servers.redis());
    Map<Long, Vehicle> map =
        redisson.getLocalCachedMap(LocalCachedMapOptions.<Long, Vehicle>name("vehicle"));
    map.putAll(Vehicles.all());
    Vehicles.keys().forEach(map::get); // into the local cache
    return new Local(redisson, map);
  }

  private record Local(RedissonClient redisson, Map<Long, Vehicle> map) implements Client {
    @Override
    public Vehicle find(Long key) {
      return requireNonNull(map.get(key));
    }

    @Override
    public void close() {
      RedissonClients.close(redisson);
    }
  }
}
