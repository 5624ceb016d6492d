package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Answers point queries, {@code SELECT … WHERE column = ?}, from memory, then Redis, then PostgreSQL. Redis is shared with
 * clients in other languages, by the rules of {@code SPEC.md}.
 *
 * <p><b>Staleness:</b> of writers that place {@link Fences}, an answer from Redis is what a new statement on the primary
 * would read; one from memory was so at most {@link PointCacheConfig#memoryTime()} ago, and a process sees its own
 * changes. Of other writers it is staler by at most as much as capture may be behind; when it is more, rows come from the
 * database. <b>Errors:</b> without Redis the database is asked.
 *
 * <p><b>Threads:</b> safe for any number. It has three of its own, named {@code chasqui-point-cache-…}, and up to 64 more
 * while the database is asked where {@link PointCacheConfig#oldTime()} is set. They end with {@link #close()}; so do the connections it borrowed, but not what it was given.
 */
@SuppressWarnings("FutureReturnValueIgnored") // looking throws nothing
public final class PointCache implements AutoCloseable {
  /** How keys and values become bytes, for the {@link PooledRedis} that it is given. */
  public static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);

  private static final System.Logger LOG = System.getLogger(PointCache.class.getName());
  /** Rows that wait to be read anew; the others end in their own time. */
  private static final int MOST_REFRESHES = 1_000;

  private final PointCacheConfig config;
  private final Keys keys;
  private final NamespaceState state;
  private final RedisTier redis;
  private final RowLoader loader;
  private final DataSource database;
  /** Of what must not be a standby's: samples, and what a transaction itself wrote. */
  private final JdbcRowLoader primary;

  private final LongSupplier nanoClock;
  private final CacheMeters meters;
  private final Changes changes;
  private final ScheduledExecutorService looking;
  private final ThreadPoolExecutor refreshing;
  private final SoftTimeout soft;
  private final Sampler sampler;
  private final Map<String, Collection<CachedTable<?>>> tables = new ConcurrentHashMap<>();
  private final Queue<Dropping> droppings = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Lock opening = new ReentrantLock();
  private boolean hearing; // whether tables may keep rows in memory; guarded by opening

  private PointCache(Builder builder) {
    config = builder.config;
    keys = new Keys(config.namespace());
    nanoClock = builder.nanoClock;
    database = builder.database;
    primary = new JdbcRowLoader(database, config.loadTimeout());
    redis = new RedisTier(builder.redis, config, keys);
    state = new NamespaceState(redis, config, nanoClock);
    loader = builder.loader == null ? primary : builder.loader;
    meters = builder.registry == null
        ? CacheMeters.NONE
        : new MicrometerCacheMeters(
            builder.registry, config.namespace(), () -> state.usable() == null);
    changes = new Changes(
        builder.redis, keys.changes(), this::changed, 2 * config.pollTime().toNanos());
    String name = "chasqui-point-cache-" + config.namespace();
    looking = Executors.newScheduledThreadPool(2, task -> daemon(task, name));
    refreshing = new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(MOST_REFRESHES),
        task -> daemon(task, name + "-refresh"));
    sampler = new Sampler(config, keys, state, redis, database, primary, refreshing);
    soft = new SoftTimeout(config.softTimeout(), task -> daemon(task, name + "-asking"));
    look();
    again(this::look);
    if (!config.memoryTime().isZero()) {
      again(this::hear); // apart: it may wait for a connection
    }
  }

  private void again(Runnable task) {
    long nanos = config.pollTime().toNanos();
    looking.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Returns a builder.
   *
   * @param redis with {@link #CODEC}; one of its exclusive connections is kept borrowed
   * @param database of the primary: the catalogue is read from it, and rows unless {@link Builder#loader} or {@link
   *     Builder#replica} says otherwise
   */
  public static Builder builder(
      PointCacheConfig config, PooledRedis<String, byte[]> redis, DataSource database) {
    return new Builder(config, redis, database);
  }

  /** What is there of Redis; without it, all rows come from the database until it is back. */
  private void look() {
    try {
      state.look();
      sampler.judge();
      Dropping first = droppings.peek();
      if (first != null && first.change.advance()) {
        droppings.remove(first);
        first.done.complete(null);
      }
    } catch (RedisException e) {
      LOG.log(System.Logger.Level.DEBUG, "The namespace {0} was not seen", config.namespace());
    }
  }

  private void hear() {
    try {
      switch (changes.check()) {
        case EVERYTHING -> {}
        case FROM_NOW_ON -> hears(true);
        case NOTHING -> hears(false);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void hears(boolean now) {
    opening.lock();
    try {
      hearing = now;
      all().forEach(now ? CachedTable::open : CachedTable::close);
    } finally {
      opening.unlock();
    }
  }

  private List<CachedTable<?>> all() {
    return tables.values().stream().<CachedTable<?>>flatMap(Collection::stream).toList();
  }

  /** A key was fenced: {@code pc1:namespace:generation:table:}, and then {@code pk:value} or {@code u:column:value}. */
  private void changed(String key) {
    String[] parts = key.split(":", 7);
    if (parts.length < 6) {
      return;
    }
    for (CachedTable<?> table : tables.getOrDefault(Keys.unescape(parts[3]), List.of())) {
      if (parts[4].equals("pk")) {
        table.drop(table.table().key(), parts[5]);
      } else if (parts.length == 7) {
        table.drop(Keys.unescape(parts[5]), parts[6]);
      }
    }
  }

  /** The same, before Redis tells of it: for all who keep rows of that table, however they map them. */
  private void dropped(Table of, String column, String name) {
    tables.getOrDefault(of.toString(), List.of()).forEach(table -> table.drop(column, name));
  }

  /**
   * Returns the cache of a table, its rows mapped to a record as {@link RowMapper#toRecord} does. It is there until the cache
   * is closed: once for each table is enough. Where there are foreign writers and the log did not tell of the table before, this
   * waits for all transactions that are open, at most for {@link PointCacheConfig#fenceTime()}.
   *
   * @throws IllegalArgumentException if it cannot be cached right: the message names the column and the reason
   * @throws LoadFailedException if the database did not answer, or those transactions did not end in time
   */
  public <R extends Record> CachedTable<R> table(TableDefinition definition, Class<R> type) {
    RecordMapper<R> mapper = new RecordMapper<>(type);
    Table table = find(definition);
    mapper.refuseOthers(table);
    return table(table, mapper);
  }

  /** Returns the same with a mapper of one's own; {@code row -> row} is the least of them. */
  public <R> CachedTable<R> table(TableDefinition definition, RowMapper<R> mapper) {
    return table(find(definition), mapper);
  }

  private Table find(TableDefinition definition) {
    Table table = new Catalogue(database).find(definition);
    if (config.foreignWriters()) {
      try (AutoCommit adding = AutoCommit.of(database)) {
        new Publication(config.namespace(), config.fenceTime()).include(adding.connection(), table);
      } catch (SQLException e) {
        throw new LoadFailedException(
            "Whether changes of " + table + " are told is not known: " + e.getMessage(), e);
      }
    }
    return table;
  }

  private <R> CachedTable<R> table(Table table, RowMapper<R> mapper) {
    CacheMeters.OfTable ofTable = meters.table(table);
    Table written =
        new Catalogue(database).describe(table.schema(), table.name()).orElse(table);
    CachedTable<R> cached = new CachedTable<>(
        table,
        written,
        mapper,
        new TableReader(table, config, keys, state, redis, loader, refreshing, sampler, ofTable),
        config,
        soft,
        nanoClock,
        ofTable);
    opening.lock();
    try {
      tables
          .computeIfAbsent(table.toString(), name -> new CopyOnWriteArrayList<>())
          .add(cached);
      if (hearing) {
        cached.open();
      }
    } finally {
      opening.unlock();
    }
    return cached;
  }

  /** Returns what names the changes of the transaction that {@code connection} is in, strictly. */
  public Fences fences(Connection connection) {
    return fences(connection, Fences.Mode.STRICT);
  }

  /** Returns what names the changes of the transaction that {@code connection} is in. */
  public Fences fences(Connection connection, Fences.Mode mode) {
    return new Fences(connection, mode, keys, state, redis, meters, this::dropped);
  }

  /**
   * What changes rows in a transaction.
   *
   * @param <T> what it returns
   */
  @FunctionalInterface
  public interface Work<T> {
    /** Changes rows over {@code connection}, and names them; neither commits nor rolls back. */
    T run(Connection connection, Fences fences) throws SQLException;
  }

  /**
   * Changes rows in a transaction of its own: places the fences of {@code work} when it is done, strictly, and commits. Of
   * the rows that Redis had, up to ten, it reads the new ones first, which Redis has soon after: who asks need not wait.
   * What it throws rolls the transaction back and reaches the caller. Who has transactions of another's making, such as a
   * framework's, uses {@link #fences(Connection)}.
   *
   * @throws FenceFailedException if Redis could not be told; the transaction was rolled back
   */
  public <T> T write(Work<T> work) throws SQLException {
    return write(Fences.Mode.STRICT, work);
  }

  /**
   * The same, strictly or not.
   *
   * @throws FenceFailedException if the mode is strict and Redis could not be told; the transaction was rolled back
   */
  public <T> T write(Fences.Mode mode, Work<T> work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        Fences fences = fences(connection, mode);
        T result = work.run(connection, fences);
        Runnable afterCommit = fences.placeAndRead(primary);
        connection.commit();
        afterCommit.run();
        return result;
      } catch (Throwable e) {
        rollBack(connection, e);
        throw e;
      } finally {
        connection.setAutoCommit(autoCommit);
      }
    }
  }

  private static void rollBack(Connection connection, Throwable why) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }

  /**
   * Takes what is kept of one value of a column out of Redis and of all processes' memory, the primary key's or another's.
   * It is fenced by a transaction that is rolled back, so that nothing else can go wrong by it.
   *
   * @throws FenceFailedException if Redis could not be told
   */
  public void evict(CachedTable<?> table, String column, Object value) throws SQLException {
    Fences.rolledBack(
        database, connection -> fences(connection).value(table, column, value).place());
  }

  /**
   * Drops all rows of the namespace, of all processes, at the cost of none, by a new generation. Until its stage ends they may
   * still be answered: that takes a little longer than {@link PointCacheConfig#fenceTime()}, in which all transactions
   * end that know nothing of it. The stage fails if the cache is closed before.
   */
  public CompletionStage<Void> dropAll() {
    Dropping mine = new Dropping(
        GenerationChange.waiting(redis, state, config, nanoClock), new CompletableFuture<>());
    droppings.add(mine);
    if (closed.get()) {
      endDroppings();
    }
    return mine.done;
  }

  private record Dropping(GenerationChange change, CompletableFuture<Void> done) {}

  private void endDroppings() {
    for (Dropping each = droppings.poll(); each != null; each = droppings.poll()) {
      each.done.completeExceptionally(new IllegalStateException("PointCache is closed"));
    }
  }

  /** Ends its threads. Who asks afterwards still gets rows, from the database. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    looking.shutdownNow();
    refreshing.shutdownNow();
    soft.close();
    try {
      looking.awaitTermination(1, TimeUnit.SECONDS);
      refreshing.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    endDroppings();
    changes.close();
    meters.close();
    all().forEach(CachedTable::close);
  }

  @Override
  public String toString() {
    return "PointCache[" + config.namespace() + ", "
        + (state.usable() == null ? "bypassed" : "in use") + ", " + new HashMap<>(tables).keySet()
        + "]";
  }

  /** What a {@link PointCache} is made of. */
  public static final class Builder {
    private final PointCacheConfig config;
    private final PooledRedis<String, byte[]> redis;
    private final DataSource database;
    private @Nullable RowLoader loader;
    private @Nullable MeterRegistry registry;
    private LongSupplier nanoClock = System::nanoTime;

    private Builder(
        PointCacheConfig config, PooledRedis<String, byte[]> redis, DataSource database) {
      this.config = config;
      this.redis = redis;
      this.database = database;
    }

    /** Rows are read from a standby, which must lag less than capture waits until it fences again. */
    public Builder replica(DataSource replica) {
      return loader(new JdbcRowLoader(replica, config.loadTimeout()));
    }

    /** Rows are read by this instead of JDBC. */
    public Builder loader(RowLoader changed) {
      loader = changed;
      return this;
    }

    /** Registers meters, all named {@code pointcache.…}, until {@link PointCache#close()}. */
    @SuppressWarnings("exports") // who has a registry requires its module
    public Builder meters(MeterRegistry changed) {
      registry = changed;
      return this;
    }

    /** Nanoseconds since any fixed moment, never going back; for tests. */
    public Builder nanoClock(LongSupplier changed) {
      nanoClock = changed;
      return this;
    }

    /** Starts, with or without Redis. */
    public PointCache start() {
      return new PointCache(this);
    }
  }
}
