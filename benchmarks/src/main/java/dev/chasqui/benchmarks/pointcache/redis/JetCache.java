package dev.chasqui.benchmarks.pointcache.redis;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.pointcache.JetCaches;
import dev.chasqui.benchmarks.pointcache.Servers;

/** JetCache without a cache in memory. */
public class JetCache extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Remote(JetCaches.inRedis(servers));
  }

  private record Remote(JetCaches.Filled filled) implements Client {
    @Override
    public Object find(Long key) {
      return requireNonNull(filled.cache().get(key));
    }

    @Override
    public void close() {
      filled.close();
    }
  }
}
