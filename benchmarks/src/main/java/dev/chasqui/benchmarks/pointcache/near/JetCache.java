package dev.chasqui.benchmarks.pointcache.near;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.pointcache.JetCaches;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;

/** JetCache with Caffeine before Redis. */
public class JetCache extends NearBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Both(JetCaches.inMemory(servers));
  }

  private record Both(JetCaches.Filled filled) implements Client {
    @Override
    public Vehicle find(Long key) {
      return requireNonNull(filled.cache().get(key));
    }

    @Override
    public void close() {
      filled.close();
    }
  }
}
