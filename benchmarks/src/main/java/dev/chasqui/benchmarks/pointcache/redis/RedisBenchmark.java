package dev.chasqui.benchmarks.pointcache.redis;

import static org.openjdk.jmh.annotations.Mode.SampleTime;
import static org.openjdk.jmh.annotations.Mode.Throughput;

import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.benchmarks.pointcache.Vehicles;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;

/** Any of 10,000 rows, all of which are in Redis and none in memory. */
@BenchmarkMode({Throughput, SampleTime})
@OutputTimeUnit(TimeUnit.SECONDS)
public abstract class RedisBenchmark extends OnServers<Servers, RedisBenchmark.Client> {
  /** One way of finding a row, for any number of threads. */
  public interface Client extends Closing {
    /** The row of a key of {@link Vehicles}, as the client has it. */
    Object find(Long key) throws Exception;
  }

  @Override
  protected final Servers start() throws SQLException {
    return Servers.start();
  }

  @Benchmark
  @Threads(1)
  public Object find1(Vehicles.Order order) throws Exception {
    return shared().find(order.key());
  }

  @Benchmark
  @Threads(8)
  public Object find8(Vehicles.Order order) throws Exception {
    return shared().find(order.key());
  }

  @Benchmark
  @Threads(64)
  public Object find64(Vehicles.Order order) throws Exception {
    return shared().find(order.key());
  }
}
