package dev.chasqui.pointcache;

import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.HistoryChecker.Verdict;
import dev.chasqui.pointcache.HistoryEvent.Fault;
import dev.chasqui.pointcache.HistoryEvent.Surprise;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealReplica;
import dev.chasqui.realservers.RealServerException;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisException;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A history: some processes that read and write, what goes wrong for them all, and what they tell.
 *
 * <p>What goes wrong and when comes from a seed; what it hits does not.
 */
final class HistoryRun implements AutoCloseable {
  /** Of Java; after them comes one of Node.js, where there is that. The last of them reads rows from a standby. */
  private static final int PROCESSES = 3;

  private static final int A_FEW_LINES = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** @param halts of one process, not always; starting takes long, so the others go on until they are killed */
  private static HistoryFaults.Rates rates(boolean halts) {
    return new HistoryFaults.Rates(6, 4, 10, Duration.ofMillis(150), halts);
  }

  /** What goes wrong for more than one thread. */
  private enum Disaster {
    CLIENTS_CUT_FROM_REDIS(false, false),
    REDIS_PAUSED(false, false),
    SESSIONS_CUT_FROM_POSTGRES(false, true),
    PROCESS_KILLED(false, true),
    NODE_KILLED(false, true),
    PROCESS_STOPPED(false, false),
    STANDBY_PAUSED(false, false),
    CAPTURE_STOPPED(false, false),
    GENERATION_CHANGED(false, false),
    KEY_DELETED(true, false),
    REDIS_RESTARTED(true, false);

    /** Whether fences may get lost over it. */
    private final boolean lossy;
    /** Whether it has to wait while a process starts, which takes long and needs the database. */
    private final boolean waitsForStart;

    Disaster(boolean lossy, boolean waitsForStart) {
      this.lossy = lossy;
      this.waitsForStart = waitsForStart;
    }
  }

  private record Child(Process process, Path log, Path output) {
    boolean works() throws IOException {
      return process.isAlive() && Files.exists(log) && Files.size(log) > A_FEW_LINES;
    }
  }

  private final RealPostgres postgres;
  private final RealReplica standby;
  private final RedisProcess server;
  private final Path directory;
  private final long seed;
  private final boolean lossy;
  private final Random random;
  private final List<HistoryEvent> events = Collections.synchronizedList(new ArrayList<>());
  private final List<Path> logs = new ArrayList<>();
  private final List<@Nullable Child> children = new ArrayList<>();
  /** How many processes there are. */
  private final int processes = withNode() ? PROCESSES + 1 : PROCESSES;

  private final List<Disaster> next = new ArrayList<>();
  private final PooledRedis<String, byte[]> redis;
  private final RedisTier tier;
  private final Thread hangs = new Thread(this::endHangs, "ends commits that hang");
  private volatile boolean closing;
  private @Nullable GenerationChange change;

  /**
   * @param standby of {@code postgres}
   * @param directory for logs
   * @param lossy whether fences may get lost
   */
  HistoryRun(
      RealPostgres postgres,
      RealReplica standby,
      RedisProcess server,
      Path directory,
      long seed,
      boolean lossy)
      throws SQLException {
    postgres.requireLogicalDecoding();
    this.postgres = postgres;
    this.standby = standby;
    this.server = server;
    this.directory = directory;
    this.seed = seed;
    this.lossy = lossy;
    this.random = new Random(seed);
    this.redis = PooledRedis.builder(HistorySettings.redisOf(server.uri()))
        .codec(PointCache.CODEC)
        .start();
    this.tier =
        new RedisTier(redis, HistorySettings.cacheOf(true), new Keys(HistorySettings.NAMESPACE));
    try (Connection connection = connect()) {
      events.addAll(HistoryTable.create(connection));
      try (Statement statement = connection.createStatement()) {
        // Who sets synchronous_commit waits for a standby that never comes.
        statement.execute("alter system set synchronous_commit = local");
        statement.execute("alter system set synchronous_standby_names = 'ghost'");
        statement.execute("select pg_reload_conf()");
      }
    }
    hangs.setDaemon(true);
    hangs.start();
  }

  /** Whether a client in another language takes part. */
  static boolean withNode() {
    return NodeClient.missing().isEmpty();
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl(), postgres.username(), postgres.password());
  }

  /** Lets it begin: until all processes work. */
  void begin() {
    await().atMost(PATIENCE.multipliedBy(3)).until(() -> {
      startMissing();
      return allWork();
    });
  }

  /** Lets it go on for some time. */
  void go(Duration length) throws IOException {
    long end = System.nanoTime() + length.toNanos();
    int longestPeace = (int) Math.min(3_000, 400 + length.toMillis() / 50);
    while (System.nanoTime() - end < 0) {
      startMissing();
      quietly(Duration.ofMillis(100L + random.nextInt(longestPeace)));
      if (next.isEmpty()) {
        Stream.of(Disaster.values())
            .filter(each -> lossy || !each.lossy)
            .filter(each -> processes > PROCESSES || each != Disaster.NODE_KILLED)
            .forEach(next::add);
        Collections.shuffle(next, random);
      }
      Disaster disaster = next.remove(next.size() - 1);
      if (disaster.waitsForStart && !allWork()) {
        next.add(0, disaster);
        continue;
      }
      try {
        strike(disaster);
        events.add(new Fault(disaster.toString()));
      } catch (RealServerException | RedisException | SQLException e) {
        next.add(0, disaster); // Redis hangs from the last one
      }
    }
  }

  private boolean allWork() throws IOException {
    for (Child child : children) {
      if (child == null || !child.works()) {
        return false;
      }
    }
    return true;
  }

  private void startMissing() throws IOException {
    for (int i = 0; i < processes; i++) {
      Child child = i < children.size() ? children.get(i) : null;
      if (child == null || !child.process.isAlive()) {
        if (child != null && child.process.exitValue() != HistoryFaults.HALTED) {
          events.add(new Surprise("A process ended: " + Files.readString(child.output)));
        }
        Child started = i == PROCESSES ? startNode() : startJava(i);
        if (i < children.size()) {
          children.set(i, started);
        } else {
          children.add(started);
        }
      }
    }
  }

  private Child startJava(int index) throws IOException {
    boolean halts = index == 0 && (children.isEmpty() || random.nextInt(3) == 0);
    HistorySettings settings = settings(index == PROCESSES - 1 ? "standby" : "java", rates(halts));
    Child child = start(
        settings,
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-cp",
            classPath(),
            HistoryActor.class.getName()));
    OutputStream input = child.process.getOutputStream();
    input.write((String.join("\n", settings.lines()) + "\n\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
    return child;
  }

  private Child startNode() throws IOException {
    HistorySettings settings = settings("node", rates(false));
    return start(settings, NodeClient.program("history.mjs", settings.json()));
  }

  private HistorySettings settings(String kind, HistoryFaults.Rates rates) {
    String name = kind + "-" + logs.size();
    Path log = directory.resolve(name + ".log");
    logs.add(log);
    return new HistorySettings(
        name,
        random.nextLong(),
        postgres.jdbcUrl(),
        postgres.username(),
        postgres.password(),
        kind.equals("standby") ? standby.jdbcUrl() : postgres.jdbcUrl(),
        server.uri(),
        log,
        lossy,
        true,
        rates);
  }

  private Child start(HistorySettings settings, ProcessBuilder program) throws IOException {
    Path output = directory.resolve(settings.actor() + ".out");
    Process process =
        program.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    return new Child(process, settings.log(), output);
  }

  /** The tests run on the module path; a child on the class path, with the same jars. */
  private static String classPath() {
    return Stream.of(
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"),
            System.getProperty("surefire.test.class.path"),
            Path.of("target", "test-classes").toAbsolutePath().toString())
        .filter(part -> part != null && !part.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void strike(Disaster disaster) throws SQLException {
    switch (disaster) {
      case CLIENTS_CUT_FROM_REDIS ->
        server.call("CLIENT", "KILL", "TYPE", random.nextBoolean() ? "normal" : "pubsub");
      case REDIS_PAUSED ->
        server.call("CLIENT", "PAUSE", Integer.toString(50 + random.nextInt(700)));
      case SESSIONS_CUT_FROM_POSTGRES -> cutSessions();
      case PROCESS_KILLED -> kill(1 + random.nextInt(PROCESSES - 1)); // the first ends itself
      case NODE_KILLED -> kill(PROCESSES);
      case PROCESS_STOPPED -> {
        long process = child(random.nextInt(processes)).process.pid();
        signal(process, "STOP");
        quietly(Duration.ofMillis(100L + random.nextInt(900)));
        signal(process, "CONT");
      }
      case STANDBY_PAUSED -> {
        standby.pauseReplay();
        try {
          quietly(Duration.ofMillis(100L + random.nextInt(900))); // some of it more than is let
        } finally {
          standby.resumeReplay();
        }
      }
      case CAPTURE_STOPPED -> stopCapture();
      case GENERATION_CHANGED -> {
        if (change == null) {
          change = GenerationChange.waiting(
              tier,
              new NamespaceState(tier, HistorySettings.cacheOf(true), System::nanoTime),
              HistorySettings.cacheOf(true),
              System::nanoTime);
          change.advance();
        }
      }
      case KEY_DELETED -> deleteKeys();
      case REDIS_RESTARTED -> server.restart();
    }
  }

  /**
   * Ends the waiting of commits, some hundred milliseconds after they began: they are visible then, and their clients are
   * told so.
   */
  private void endHangs() {
    while (!closing) {
      try (Connection connection = connect();
          PreparedStatement statement = connection.prepareStatement(
              "with hanging as materialized (select pid, clock_timestamp() - query_start as since"
                  + " from pg_stat_activity"
                  + " where datname = current_database() and wait_event = 'SyncRep')"
                  + " select extract(epoch from since)::float8, pg_cancel_backend(pid) from hanging"
                  + " where random() < 0.1 or since > interval '800 ms'")) {
        while (!closing) {
          try (ResultSet ended = statement.executeQuery()) {
            while (ended.next()) {
              if (ended.getDouble(1) > HistorySettings.LONGEST_HANG.toMillis() / 1e3) {
                events.add(new Surprise("the machine is too slow for commits that hang"));
              }
            }
          }
          LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
        }
      } catch (SQLException e) {
        // Its session was cut, as others are.
      }
    }
  }

  private void cutSessions() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("select pg_terminate_backend(pid) from pg_stat_activity"
          + " where datname = current_database() and pid <> pg_backend_pid() and random() < 0.3");
    }
  }

  /** For longer than it may be behind, so that readers bypass the cache. Who captures keeps the slot meanwhile. */
  private void stopCapture() throws SQLException {
    long sender = capturesBy();
    long until = System.nanoTime() + HistorySettings.BEHIND.toNanos();
    signal(sender, "STOP");
    try {
      await().atMost(PATIENCE).until(() -> {
        advance();
        return System.nanoTime() - until >= 0 && !isVouchedFor();
      });
      quietly(Duration.ofMillis(300));
    } finally {
      signal(sender, "CONT");
    }
  }

  /** The process of PostgreSQL that sends its log to who captures. */
  private long capturesBy() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("select active_pid from pg_replication_slots"
            + " where database = current_database() and active")) {
      if (!found.next()) {
        throw new SQLException("nobody captures");
      }
      return found.getLong(1);
    }
  }

  private boolean isVouchedFor() {
    return server.call("EXISTS", "pc1:" + HistorySettings.NAMESPACE + ":wm").equals("1");
  }

  private void deleteKeys() {
    List<String> keys = server
        .call("KEYS", "pc1:" + HistorySettings.NAMESPACE + ":*:public.item:*")
        .lines()
        .filter(key -> random.nextInt(4) == 0)
        .toList();
    keys.forEach(key -> server.call("DEL", key));
  }

  private Child child(int index) {
    Child child = children.get(index);
    if (child == null) {
      throw new IllegalStateException("it is being started");
    }
    return child;
  }

  /** To be started again. */
  private void kill(int index) {
    child(index).process.destroyForcibly();
    await().atMost(PATIENCE).until(() -> !child(index).process.isAlive());
    children.set(index, null);
  }

  private static void signal(long process, String name) {
    try {
      new ProcessBuilder("sh", "-c", "kill -s " + name + " " + process).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets time pass. */
  private void quietly(Duration duration) {
    long until = System.nanoTime() + duration.toNanos();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .atMost(PATIENCE)
        .until(() -> {
          advance();
          return System.nanoTime() - until >= 0;
        });
  }

  private void advance() {
    GenerationChange now = change;
    try {
      if (now != null && now.advance()) {
        change = null;
      }
    } catch (RedisException e) {
      // It goes on when Redis is back.
    }
  }

  /** What was told so far. */
  Verdict check() throws IOException {
    List<HistoryEvent> all = new ArrayList<>(events);
    for (Path log : logs) {
      if (Files.exists(log)) { // else killed before it began
        all.addAll(HistoryLog.read(log));
      }
    }
    return HistoryChecker.check(all, HistorySettings.bounds(lossy, true));
  }

  /** Ends the processes, by asking them. */
  void end() throws IOException, InterruptedException {
    for (Child child : children) {
      if (child != null) {
        child.process.getOutputStream().close();
      }
    }
    for (Child child : children) {
      if (child != null && !child.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        events.add(new Surprise("A process does not end"));
      }
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      hangs.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Child child : children) {
      if (child != null) {
        child.process.destroyForcibly();
      }
    }
    redis.close();
  }

  @Override
  public String toString() {
    return (lossy ? "P2" : "P1") + (processes > PROCESSES ? "" : " without Node.js") + ", seed "
        + seed + ", logs in " + directory;
  }
}
