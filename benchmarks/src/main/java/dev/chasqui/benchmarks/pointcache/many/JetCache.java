package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.pointcache.JetCaches;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** JetCache without a cache in memory. It wants a set. */
public class JetCache extends ManyBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    List<Set<Long>> lists = Vehicles.lists().stream().map(Set::copyOf).toList();
    return new Remote(JetCaches.inRedis(servers), lists);
  }

  private record Remote(JetCaches.Filled filled, List<Set<Long>> lists) implements Client {
    @Override
    public Collection<?> find(int list) {
      return filled.cache().getAll(lists.get(list)).values();
    }

    @Override
    public void close() {
      filled.close();
    }
  }
}
