package dev.chasqui.benchmarks.pointcache.many;

import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.sql.SQLException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;

/** A hundred of 10,000 rows, all of which are in Redis and none in memory. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public abstract class ManyBenchmark extends OnServers<Servers, ManyBenchmark.Client> {
  /** One way of finding rows, for any number of threads. */
  public interface Client extends Closing {
    /** The rows of a list of {@link Vehicles#lists()}, as the client has them. */
    Collection<?> find(int list) throws Exception;
  }

  @Override
  protected final Servers start() throws SQLException {
    return Servers.start();
  }

  @Benchmark
  @Threads(1)
  public Collection<?> find1(Vehicles.Order order) throws Exception {
    return shared().find(order.list());
  }

  @Benchmark
  @Threads(8)
  public Collection<?> find8(Vehicles.Order order) throws Exception {
    return shared().find(order.list());
  }
}
