package dev.chasqui.benchmarks.pointcache.redis;

import dev.chasqui.benchmarks.pointcache.Direct;
import dev.chasqui.benchmarks.pointcache.Servers;

/** PostgreSQL without any cache. */
public class Postgres extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Selected(new Direct(servers.database()));
  }

  private record Selected(Direct direct) implements Client {
    @Override
    public Object find(Long key) throws Exception {
      return direct.find(key);
    }

    @Override
    public void close() {}
  }
}
