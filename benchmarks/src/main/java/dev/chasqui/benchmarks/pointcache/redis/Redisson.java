package dev.chasqui.benchmarks.pointcache.redis;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import dev.chasqui.benchmarks.pooledredis.RedissonClients;
import java.util.Map;
import org.redisson.api.RedissonClient;

/** Redisson's map, which is a hash in Redis. */
public class Redisson extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    RedissonClient redisson = RedissonClients.open(servers.redis());
    Map<Long, Vehicle> map = redisson.getMap("vehicle");
    map.putAll(Vehicles.all());
    return new Hash(redisson, map);
  }

  private record Hash(RedissonClient redisson, Map<Long, Vehicle> map) implements Client {
    @Override
    public Object find(Long key) {
      return requireNonNull(map.get(key));
    }

    @Override
    public void close() {
      RedissonClients.close(redisson);
    }
  }
}
