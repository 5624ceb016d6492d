package dev.chasqui.pointcache;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.chasqui.pointcache.HistoryEvent.Intent;
import dev.chasqui.pointcache.HistoryEvent.Item;
import dev.chasqui.pointcache.HistoryEvent.Outcome;
import dev.chasqui.pointcache.HistoryEvent.Read;
import dev.chasqui.pointcache.HistoryEvent.Surprise;
import dev.chasqui.pointcache.HistoryFaults.Abandoned;
import dev.chasqui.pointcache.HistoryFaults.Step;
import dev.chasqui.pointcache.HistoryTable.Mapped;
import dev.chasqui.pooledredis.PooledRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A process of a history: reads and writes through a cache of its own, writes past it, captures if need be, and tells what
 * it did.
 */
final class HistoryActor implements AutoCloseable {
  /** Rows are read more often than they are written: many at a stretch. */
  private static final Duration LONGEST_REST = Duration.ofMillis(2);

  private static final int READS_AT_A_STRETCH = 32;

  private static final Duration LONGEST_REST_OF_WRITERS = Duration.ofMillis(100);

  private final HistorySettings settings;
  private final HistoryLog log;
  private final HistoryFaults faults;
  private final HikariDataSource database;
  private final @Nullable HistoryStandby standby;
  private final RowLoader loader;
  private final PooledRedis<String, byte[]> redis;
  private final PointCache cache;
  private final CachedTable<Mapped> items;
  private final @Nullable Capture capture;
  private final AtomicLong lastWrite = new AtomicLong();
  /** The transaction that a thread has told that it is about to commit. */
  @SuppressWarnings("ThreadLocalUsage") // removed by the threads of this actor
  private final ThreadLocal<@Nullable Intent> current = new ThreadLocal<>();

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ending;

  HistoryActor(HistorySettings settings, HistoryLog log) {
    this.settings = settings;
    this.log = log;
    faults = new HistoryFaults(settings.faults(), settings.seed(), log);
    database = connect(settings, settings.jdbcUrl());
    Duration patience = settings.cache().loadTimeout();
    standby = settings.rows().equals(settings.jdbcUrl())
        ? null
        : new HistoryStandby(connect(settings, settings.rows()), patience, HistorySettings.AGAIN);
    redis = PooledRedis.builder(HistorySettings.redisOf(settings.redis()))
        .codec(PointCache.CODEC)
        .start();
    DataSource watched = watched();
    RowLoader jdbc = standby == null ? new JdbcRowLoader(database, patience) : standby;
    loader = (table, column, values) -> {
      faults.at(Step.BEFORE_LOAD);
      RowLoader.Loaded loaded = jdbc.load(table, column, values);
      faults.at(Step.AFTER_LOAD);
      return loaded;
    };
    cache = PointCache.builder(settings.cache(), redis, watched).loader(loader).start();
    items = cache.table(HistoryTable.DEFINITION, Mapped.class);
    capture = settings.foreign()
        ? Capture.builder(settings.cache(), settings.capture(), redis, database).start()
        : null;
  }

  private static HikariDataSource connect(HistorySettings settings, String jdbcUrl) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(settings.username());
    config.setPassword(settings.password());
    config.setMinimumIdle(1);
    config.setMaximumPoolSize(8);
    long longest = HistorySettings.LONGEST_TRANSACTION.toMillis();
    config.setConnectionInitSql("set idle_in_transaction_session_timeout = " + longest
        + "; set statement_timeout = " + longest);
    return new HikariDataSource(config);
  }

  /** Connections of which it is told what becomes of their transactions, between two faults. */
  private DataSource watched() {
    return (DataSource) Proxy.newProxyInstance(
        HistoryActor.class.getClassLoader(),
        new Class<?>[] {DataSource.class},
        (proxy, method, arguments) -> {
          try {
            Object result = method.invoke(database, arguments);
            return result instanceof Connection connection ? watched(connection) : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  private Connection watched(Connection connection) {
    return (Connection) Proxy.newProxyInstance(
        HistoryActor.class.getClassLoader(),
        new Class<?>[] {Connection.class},
        (proxy, method, arguments) -> {
          boolean commits = method.getName().equals("commit");
          if (commits) {
            faults.at(Step.BEFORE_COMMIT);
          }
          Intent intent = current.get();
          if (commits) {
            current.remove(); // if it fails now, nobody knows
          }
          try {
            Object result = method.invoke(connection, arguments);
            if (commits && intent != null) {
              log.add(new Outcome(intent.actor(), intent.number(), true, System.nanoTime()));
              faults.at(Step.AFTER_COMMIT);
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  HistorySettings settings() {
    return settings;
  }

  HistoryFaults faults() {
    return faults;
  }

  /** With a fault before and after. */
  RowLoader loader() {
    return loader;
  }

  PooledRedis<String, byte[]> redis() {
    return redis;
  }

  PointCache cache() {
    return cache;
  }

  CachedTable<Mapped> items() {
    return items;
  }

  /** What a thread does again and again. */
  interface Work {
    void run(Random random) throws SQLException;
  }

  void start() {
    faults.start();
    start("fences", LONGEST_REST_OF_WRITERS, this::writeFenced);
    if (settings.foreign()) {
      start("foreign", LONGEST_REST_OF_WRITERS, this::writeForeign);
    }
    start("reads", LONGEST_REST, this::read);
    start("reads too", LONGEST_REST, this::read);
  }

  /** Starts a thread that does something of which many a thing may fail. */
  void start(String name, Duration longestRest, Work work) {
    Thread thread = new Thread(() -> repeat(longestRest, work), settings.actor() + " " + name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void repeat(Duration longestRest, Work work) {
    while (!ending) {
      current.remove();
      try {
        work.run(faults.random());
      } catch (Abandoned | SQLException | LoadFailedException | FenceFailedException e) {
        // As is to be expected.
      } catch (RuntimeException e) {
        log.add(new Surprise(Thread.currentThread().getName() + ": " + e + " at "
            + List.of(e.getStackTrace()).subList(0, Math.min(5, e.getStackTrace().length))));
      }
      Intent intent = current.get();
      if (intent != null) { // which never came to its commit
        log.add(new Outcome(intent.actor(), intent.number(), false, System.nanoTime()));
      }
      LockSupport.parkNanos((long) (faults.random().nextDouble() * longestRest.toNanos()));
    }
  }

  /** To be told before the fences. */
  void intend(boolean fenced, List<Item> changed) {
    Intent intent = new Intent(
        settings.actor(), lastWrite.incrementAndGet(), fenced, System.nanoTime(), changed);
    log.add(intent);
    current.set(intent);
  }

  private void writeFenced(Random random) throws SQLException {
    List<Long> keys = HistoryTable.randomKeys(random);
    if (random.nextBoolean()) {
      cache.write((connection, fences) -> {
        change(connection, fences, keys, random, true);
        return keys;
      });
      return;
    }
    boolean strict = !settings.lossy() || random.nextBoolean();
    try (Connection connection = cacheConnection()) {
      connection.setAutoCommit(false);
      Fences fences = cache.fences(connection, strict ? Fences.Mode.STRICT : Fences.Mode.AVAILABLE);
      change(connection, fences, keys, random, true);
      fences.place();
      connection.commit();
    }
  }

  private void change(
      Connection connection, Fences fences, List<Long> keys, Random random, boolean fenced)
      throws SQLException {
    intend(
        fenced,
        HistoryTable.change(
            connection, keys, random, statement -> fences.execute(items, statement)));
    faults.at(Step.AFTER_CHANGES);
    faults.beforeCommit(connection);
  }

  /** Closed without a commit, it is rolled back. */
  Connection cacheConnection() throws SQLException {
    return watched(database.getConnection());
  }

  private void writeForeign(Random random) throws SQLException {
    try (Connection connection = cacheConnection()) {
      connection.setAutoCommit(false);
      intend(
          false,
          HistoryTable.change(
              connection,
              HistoryTable.randomKeys(random),
              random,
              statement -> statement.executeQuery().close()));
      faults.at(Step.AFTER_CHANGES);
      faults.beforeCommit(connection);
      if (random.nextInt(8) == 0) {
        connection.rollback();
      } else {
        connection.commit();
      }
    }
  }

  private void read(Random random) {
    for (int i = 0; i < READS_AT_A_STRETCH && !ending; i++) {
      readOnce(random);
    }
  }

  private void readOnce(Random random) {
    long key = 1L + random.nextInt(HistoryTable.KEYS);
    long group = random.nextInt(HistoryTable.GROUPS);
    String name = HistoryTable.name(key, random.nextInt(HistoryTable.NAMES_OF_A_KEY));
    long from = System.nanoTime();
    switch (random.nextInt(6)) {
      case 0 -> {
        List<Long> keys = HistoryTable.randomKeys(random);
        items
            .findAll(keys)
            .forEach((each, answer) -> tell("id", each, from, answer.source(), rows(answer)));
      }
      case 1 -> {
        Answer<Mapped> answer = items.findBy("name", name);
        tell("name", name, from, answer.source(), rows(answer));
      }
      case 2 -> {
        Answers<Mapped> answers = items.findAllBy("grp", group);
        tell("grp", group, from, answers.source(), answers.rows());
      }
      default -> {
        Answer<Mapped> answer = items.find(key);
        tell("id", key, from, answer.source(), rows(answer));
      }
    }
  }

  private static List<Mapped> rows(Answer<Mapped> answer) {
    return answer.toOptional().stream().toList();
  }

  void tell(String column, Object value, long from, Source source, List<Mapped> rows) {
    log.add(new Read(
        settings.actor(),
        column,
        value.toString(),
        from,
        System.nanoTime(),
        source,
        rows.stream().map(Mapped::item).toList()));
  }

  @Override
  public void close() {
    ending = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (capture != null) {
      capture.close();
    }
    cache.close();
    redis.close();
    database.close();
    if (standby != null) {
      standby.close();
    }
  }

  /** Is told its settings, and ends when nothing more can be read. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<String> lines = new ArrayList<>();
    for (String line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      lines.add(line);
    }
    HistorySettings settings = HistorySettings.of(lines);
    try (HistoryLog log = new HistoryLog(settings.log());
        HistoryActor actor = new HistoryActor(settings, log)) {
      actor.start();
      input.readLine();
    }
  }
}
