package dev.chasqui.benchmarks.pointcache.load;

import com.sun.management.OperatingSystemMXBean;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.chasqui.pointcache.Source;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One of the processes that read and write. It is told by {@link WorkerProcess} how much, and tells what it did. */
final class Worker implements AutoCloseable {
  private final HikariDataSource database;
  private final Vehicles vehicles;
  private final List<Hand> hands = new ArrayList<>();
  private final ExecutorService threads;
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private Worker(WorkerSettings settings) throws IOException {
    database = connect(settings);
    vehicles = settings.contender().open(settings, database);
    threads = Executors.newFixedThreadPool(settings.threads());
    Zipf keys = new Zipf(settings.rows());
    for (int i = 0; i < settings.threads(); i++) {
      int thread = settings.worker() * settings.threads() + i;
      Operations operations = new Operations(keys, settings.writes(), settings.seed(), thread);
      hands.add(new Hand(operations, new EventLog(settings.log(i))));
    }
  }

  private static HikariDataSource connect(WorkerSettings settings) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(settings.jdbcUrl());
    config.setUsername(settings.username());
    config.setPassword(settings.password());
    config.setMaximumPoolSize(settings.threads());
    return new HikariDataSource(config);
  }

  /** One thread. */
  private final class Hand {
    private final Operations operations;
    private final EventLog log;

    Hand(Operations operations, EventLog log) {
      this.operations = operations;
      this.log = log;
    }

    Work run(int count) throws IOException {
      Latencies reads = new Latencies();
      Latencies writes = new Latencies();
      long loads = 0;
      long failures = 0;
      for (int i = 0; i < count; i++) {
        boolean write = operations.nextWrites();
        int key = operations.nextKey();
        long begin = System.nanoTime();
        try {
          if (write) {
            long version = vehicles.write(key);
            long end = System.nanoTime();
            writes.add(end - begin);
            log.wrote(key, version, end);
          } else {
            Vehicles.Seen seen = vehicles.read(key);
            reads.add(System.nanoTime() - begin);
            loads += seen.source() == Source.DATABASE ? 1 : 0;
            log.read(key, seen.version(), seen.source(), begin);
          }
        } catch (SQLException | RuntimeException e) {
          failures++;
          System.err.println((write ? "writing " : "reading ") + key + " failed: " + e);
        }
      }
      return new Work(reads, writes, loads, failures, 0);
    }
  }

  private Work run(int operationsOfEach) throws Exception {
    long cpu = system.getProcessCpuTime();
    List<Callable<Work>> tasks = hands.stream()
        .<Callable<Work>>map(hand -> () -> hand.run(operationsOfEach))
        .toList();
    Work work = Work.none();
    for (Future<Work> done : threads.invokeAll(tasks)) {
      work = work.plus(done.get());
    }
    work = work.withCpu(system.getProcessCpuTime() - cpu);
    tellCounts();
    return work;
  }

  private void tellCounts() throws SQLException {
    List<Connection> all = new ArrayList<>();
    try {
      while (all.size() < database.getMaximumPoolSize()) {
        all.add(database.getConnection());
      }
      for (Connection connection : all) {
        VehicleTable.tellCounts(connection);
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    for (Hand hand : hands) {
      hand.log.close();
    }
    vehicles.close();
    database.close();
  }

  /** Is told its settings, then numbers of operations of each thread, the last of them less than 0. */
  public static void main(String[] arguments) throws Exception {
    ObjectOutputStream output = new ObjectOutputStream(System.out);
    output.flush();
    System.setOut(System.err);
    ObjectInputStream input = new ObjectInputStream(System.in);
    try (Worker worker = new Worker((WorkerSettings) input.readObject())) {
      for (int count = input.readInt(); count >= 0; count = input.readInt()) {
        output.writeObject(worker.run(count));
        output.flush();
      }
    }
  }
}
