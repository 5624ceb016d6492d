package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.pointcache.Direct;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.util.Collection;
import java.util.List;

/** PostgreSQL without any cache, {@code = any(?)}. */
public class Postgres extends ManyBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    return new Selected(new Direct(servers.database()), Vehicles.lists());
  }

  private record Selected(Direct direct, List<List<Long>> lists) implements Client {
    @Override
    public Collection<?> find(int list) throws Exception {
      return direct.findAll(lists.get(list));
    }

    @Override
    public void close() {}
  }
}
