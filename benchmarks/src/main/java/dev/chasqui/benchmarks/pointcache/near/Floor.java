package dev.chasqui.benchmarks.pointcache.near;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.time.Duration;

/** Caffeine, which knows nothing of changes. */
public class Floor extends NearBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    Cache<Long, Vehicle> cache = Caffeine.newBuilder()
        .maximumSize(2 * Vehicles.COUNT)
        .expireAfterWrite(Duration.ofDays(1))
        .build();
    cache.putAll(Vehicles.all());
    return new Plain(cache);
  }

  private record Plain(Cache<Long, Vehicle> cache) implements Client {
    @Override
    public Vehicle find(Long key) {
      return requireNonNull(cache.getIfPresent(key));
    }

    @Override
    public void close() {}
  }
}
