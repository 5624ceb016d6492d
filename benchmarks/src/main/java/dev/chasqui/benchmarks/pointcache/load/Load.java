package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.benchmarks.pointcache.load.VehicleTable.Counts;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import redis.clients.jedis.RedisClient;

/**
 * Lets several processes read and write rows of a table by their keys, some rows far more often than others, and tells how
 * long that took, how often PostgreSQL was asked, and how stale what was read was.
 */
public final class Load {
  static final Duration MEMORY_TIME = Duration.ofSeconds(1);
  static final int MEMORY_ROWS = 10_000;
  static final Duration TIME_TO_LIVE = Duration.ofHours(1);
  /** How long any of them waits for Redis: nobody is to give up while the machine has too much to do. */
  static final Duration PATIENCE = Duration.ofSeconds(30);
  /** Without a cache there is nothing that a long run would show. */
  private static final int SHORTER_WITHOUT_CACHE = 5;

  private final LoadOptions options;
  private final Contender contender;
  private final RealPostgres postgres;
  private final RealRedis redis;
  private final Path folder;

  private Load(
      LoadOptions options,
      Contender contender,
      RealPostgres postgres,
      RealRedis redis,
      Path folder) {
    this.options = options;
    this.contender = contender;
    this.postgres = postgres;
    this.redis = redis;
    this.folder = folder;
  }

  /** A page in Markdown. */
  public static String page(LoadOptions options) throws Exception {
    try (RealPostgres server = RealPostgres.forTests()) {
      server.requireLogicalDecoding();
      return LoadPage.of(options, courses(options, server));
    }
  }

  /** One after the other, each with a database and a Redis of its own. */
  static List<Course> courses(LoadOptions options, RealPostgres server) throws Exception {
    List<Course> courses = new ArrayList<>();
    for (Contender contender : options.contenders()) {
      Path folder = Files.createTempDirectory("chasqui-load");
      try (RealPostgres postgres = server.emptyDatabase();
          RealRedis redis = RealRedis.forTests();
          Connection connection = VehicleTable.connect(postgres)) {
        VehicleTable.create(connection, options.rows());
        courses.add(new Load(options, contender, postgres, redis, folder).run(connection));
      } finally {
        delete(folder);
      }
    }
    return courses;
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private Course run(Connection connection) throws Exception {
    List<Course.Stage> stages = new ArrayList<>();
    List<Path> logs = new ArrayList<>();
    List<WorkerProcess> workers = new ArrayList<>();
    try {
      for (int i = 0; i < options.workers(); i++) {
        WorkerSettings settings = settings(i);
        workers.add(new WorkerProcess(settings));
        for (int thread = 0; thread < options.threads(); thread++) {
          logs.add(settings.log(thread));
        }
      }
      together(workers, 0); // until all are there
      for (int i = 0; i < options.stages(); i++) {
        stages.add(stage(workers, connection));
        System.err.printf(
            Locale.ROOT,
            "%s, stage %d of %d: %,.0f operations a second%n",
            contender,
            i + 1,
            options.stages(),
            stages.get(i).perSecond(stages.get(i).operations()));
      }
      for (WorkerProcess worker : workers) {
        worker.finish();
      }
      return new Course(contender, stages, redisBytes(), Staleness.of(logs, MEMORY_TIME));
    } finally {
      workers.forEach(WorkerProcess::close);
    }
  }

  private WorkerSettings settings(int worker) {
    return new WorkerSettings(
        contender,
        worker,
        options.threads(),
        options.rows(),
        options.writes(),
        options.seed(),
        postgres.jdbcUrl(),
        postgres.username(),
        postgres.password(),
        redis.uri(),
        folder.toString());
  }

  private Course.Stage stage(List<WorkerProcess> workers, Connection connection)
      throws IOException, SQLException {
    int operations = options.operationsOfEachThread();
    Counts before = VehicleTable.counts(connection);
    long begin = System.nanoTime();
    Work work = together(
        workers,
        contender == Contender.POSTGRESQL
            ? Math.max(1, operations / SHORTER_WITHOUT_CACHE)
            : operations);
    long nanos = System.nanoTime() - begin;
    return new Course.Stage(work, VehicleTable.counts(connection).minus(before), nanos);
  }

  private static Work together(List<WorkerProcess> workers, int operationsOfEachThread)
      throws IOException {
    for (WorkerProcess worker : workers) {
      worker.begin(operationsOfEachThread);
    }
    Work work = Work.none();
    for (WorkerProcess worker : workers) {
      work = work.plus(worker.end());
    }
    return work;
  }

  private long redisBytes() {
    try (RedisClient client = RedisClient.create(URI.create(redis.uri()))) {
      return client
          .info("memory")
          .lines()
          .filter(line -> line.startsWith("used_memory:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }
  }
}
