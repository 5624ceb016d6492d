package dev.chasqui.benchmarks.pointcache.near;

import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicle;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.sql.SQLException;
import org.openjdk.jmh.annotations.Benchmark;

/** Any of 10,000 rows, all of which are in memory. Keys are boxed beforehand for all who take part. */
public abstract class NearBenchmark extends OnServers<Servers, NearBenchmark.Client> {
  /** One way of finding a row. */
  public interface Client extends Closing {
    /** The row of a key of {@link Vehicles}. */
    Vehicle find(Long key);
  }

  @Override
  protected final Servers start() throws SQLException {
    return Servers.start();
  }

  @Benchmark
  public Vehicle find(Vehicles.Order order) {
    return shared().find(order.key());
  }
}
