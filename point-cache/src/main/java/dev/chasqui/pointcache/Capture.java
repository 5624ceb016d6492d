package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisException;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * Follows the log of PostgreSQL and fences whatever anybody changes, twice, and vouches for the rows in Redis as long as it
 * is not behind (SPEC 6.3, 5.4). So rows are right that are changed without fences: by psql, by other programs, by jobs.
 *
 * <p>Any number of processes may run one for the same namespace. PostgreSQL lets one of them have the slot, and gives it to
 * another when that one ends, or has not been heard of for a while. What the slot could not keep leads to a new generation.
 *
 * <p><b>Threads:</b> one of its own, named {@code chasqui-capture-…}, which ends with {@link #close()}.
 */
public final class Capture implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Capture.class.getName());
  private static final String PREFIX = "point-cache";
  private static final String SLOT_IN_USE = "55006";
  private static final Duration IDLE = Duration.ofMillis(5);
  private static final Duration TURN = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final int NETWORK_PATIENCE_MILLIS = 10_000;
  /** Between two looks at which transactions have ended. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
  /** The spell, the heartbeat's number and the next transaction; anybody may write something else. */
  private static final Pattern BEAT = Pattern.compile("(\\S+) (\\d{1,18}) (\\d{1,18})");
  /** Changes that wait to be fenced again: then the log is not read on. */
  private static final int MOST_WAITING = 100_000;

  private final PointCacheConfig cache;
  private final CaptureConfig config;
  private final DataSource database;
  private final Keys keys;
  private final NamespaceState state;
  private final RedisTier redis;
  private final Catalogue catalogue;
  private final String name;
  private final Thread thread;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final CaptureMeters meters;
  private volatile boolean leading;
  private volatile long vouchedAt; // when the heartbeat began that was met last

  private Capture(Builder builder) {
    this.cache = builder.cache;
    this.config = builder.config;
    this.database = builder.database;
    this.keys = new Keys(cache.namespace());
    this.redis = new RedisTier(builder.redis, cache, keys);
    this.state = new NamespaceState(redis, cache, System::nanoTime);
    this.catalogue = new Catalogue(database);
    this.name = Publication.nameOf(cache.namespace());
    this.meters = builder.registry == null
        ? CaptureMeters.NONE
        : new MicrometerCaptureMeters(builder.registry, cache.namespace(), this);
    this.thread = new Thread(this::run, "chasqui-capture-" + cache.namespace());
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Returns a builder.
   *
   * @param redis with {@link PointCache#CODEC}
   * @param database of the primary
   */
  public static Builder builder(
      PointCacheConfig cache,
      CaptureConfig config,
      PooledRedis<String, byte[]> redis,
      DataSource database) {
    return new Builder(cache, config, redis, database);
  }

  /** What a {@link Capture} is made of. */
  public static final class Builder {
    private final PointCacheConfig cache;
    private final CaptureConfig config;
    private final PooledRedis<String, byte[]> redis;
    private final DataSource database;
    private @Nullable MeterRegistry registry;

    private Builder(
        PointCacheConfig cache,
        CaptureConfig config,
        PooledRedis<String, byte[]> redis,
        DataSource database) {
      this.cache = cache;
      this.config = config;
      this.redis = redis;
      this.database = database;
    }

    /** Registers meters, all named {@code pointcache.capture.…}, until {@link Capture#close()}. */
    @SuppressWarnings("exports") // who has a registry requires its module
    public Builder meters(MeterRegistry changed) {
      registry = changed;
      return this;
    }

    /**
     * Starts to capture the namespace, or to wait until the process ends that does.
     *
     * @throws IllegalArgumentException if what is fenced again is fenced by what may be the same look at the generations, or
     *     replicas are to be waited for in a Redis Cluster
     */
    public Capture start() {
      if (config.again().compareTo(cache.pollTime().multipliedBy(2)) <= 0) {
        throw new IllegalArgumentException(
            "again must be more than twice the cache's pollTime, was " + config.again()
                + " with pollTime " + cache.pollTime());
      }
      if (config.replicas() > 0) {
        refuseCluster();
      }
      return new Capture(this);
    }

    private void refuseCluster() {
      try {
        redis.borrow().close();
      } catch (IllegalStateException e) {
        throw new IllegalArgumentException(
            "replicas must be 0 in a Redis Cluster, was " + config.replicas(), e);
      } catch (RedisException e) {
        // It is not there yet; then it is none.
      }
    }
  }

  /** Returns whether it is this one that captures, of all those there are. */
  public boolean isLeading() {
    return leading;
  }

  /** Seconds by which it is behind; not a number while it is another that captures. */
  double secondsBehind() {
    return leading ? (System.nanoTime() - vouchedAt) / 1e9 : Double.NaN;
  }

  private void run() {
    try {
      while (!isEnding()) {
        tryToLead();
        await(RETRY);
      }
    } catch (InterruptedException e) {
      // It was closed.
    }
  }

  private void tryToLead() throws InterruptedException {
    try {
      guard();
      lead();
    } catch (SQLException e) {
      if (!SLOT_IN_USE.equals(e.getSQLState()) && !isEnding()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "Capture of " + cache.namespace() + " was interrupted, and goes on: " + e.getMessage());
        LOG.log(System.Logger.Level.DEBUG, "by this", e);
      }
    } catch (LoadFailedException | RedisException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Capture of " + cache.namespace() + " cannot go on yet: " + e.getMessage());
    } catch (RuntimeException e) { // a bug, but others may be spared by trying again
      LOG.log(
          System.Logger.Level.ERROR, "Capture of " + cache.namespace() + " failed, and goes on", e);
    } finally {
      leading = false;
    }
  }

  private boolean isEnding() {
    return ending.getCount() == 0;
  }

  /** Waits, but not for longer than until it is closed; nobody interrupts its thread but {@link #close}. */
  private void await(Duration time) throws InterruptedException {
    if (ending.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("closed");
    }
  }

  /** Nobody reads the slot, or too slowly: the log must not fill the primary's disk. */
  private void guard() throws SQLException {
    try (AutoCommit dropping = AutoCommit.of(database);
        PreparedStatement statement = dropping
            .connection()
            .prepareStatement(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ?"
                    + " and database = current_database() and not active and (wal_status = 'lost'"
                    + " or pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) > ?)")) {
      statement.setString(1, name);
      statement.setLong(2, config.maximumLog());
      try (ResultSet dropped = statement.executeQuery()) {
        if (dropped.next()) {
          LOG.log(
              System.Logger.Level.WARNING,
              "The slot " + name + " was dropped, PostgreSQL kept more than " + config.maximumLog()
                  + " bytes of its log for it");
        }
      }
    }
  }

  /** Returns when the slot is another's, or something failed. */
  private void lead() throws SQLException, InterruptedException {
    GenerationChange change = ensureSlot();
    try (Connection connection = replication()) {
      PGReplicationStream stream = connection
          .unwrap(PGConnection.class)
          .getReplicationAPI()
          .replicationStream()
          .logical()
          .withSlotName(name)
          .withSlotOption("proto_version", 1)
          .withSlotOption("publication_names", name)
          .withSlotOption("messages", "true")
          .withStatusInterval(1, TimeUnit.SECONDS)
          .withAutomaticFlush(false) // only what was fenced twice may be let go of
          .start();
      vouchedAt = System.nanoTime();
      leading = true;
      LOG.log(System.Logger.Level.INFO, "Captures " + cache.namespace());
      try (AutoCommit heartbeats = AutoCommit.of(database)) {
        heartbeats.connection().setNetworkTimeout(Runnable::run, NETWORK_PATIENCE_MILLIS);
        new Following(stream, heartbeats.connection(), change).follow();
      } finally {
        close(stream);
      }
    }
  }

  private static void close(PGReplicationStream stream) {
    try {
      stream.close();
    } catch (SQLException e) {
      // Its connection is closed next, and so ends.
    }
  }

  /**
   * If there was none, what happened before is not told: then a change of the generation is begun. Creating the slot waits
   * for all transactions that are under way, and so for those that fenced in the old generation only.
   */
  private @Nullable GenerationChange ensureSlot() throws SQLException, InterruptedException {
    try (AutoCommit creating = AutoCommit.of(database)) {
      Connection connection = creating.connection();
      new Publication(cache.namespace(), config.behind()).ensure(connection);
      if (call(connection, "select from pg_replication_slots where slot_name = ?")) {
        return null;
      }
      GenerationChange change = GenerationChange.attended(redis, state, cache, System::nanoTime);
      while (!change.begin()) {
        await(cache.pollTime());
      }
      call(connection, "select pg_create_logical_replication_slot(?, 'pgoutput')");
      return change;
    }
  }

  private boolean call(Connection connection, String query) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, name);
      try (ResultSet found = statement.executeQuery()) {
        return found.next();
      }
    }
  }

  private Connection replication() throws SQLException {
    Properties properties = new Properties();
    PGProperty.USER.set(properties, config.username());
    PGProperty.PASSWORD.set(properties, config.password());
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.CONNECT_TIMEOUT.set(properties, NETWORK_PATIENCE_MILLIS / 1_000);
    PGProperty.SOCKET_TIMEOUT.set(properties, NETWORK_PATIENCE_MILLIS / 1_000);
    PGProperty.APPLICATION_NAME.set(properties, name);
    Connection connection = DriverManager.getConnection(config.jdbcUrl(), properties);
    try (Statement statement = connection.createStatement()) {
      for (String setting : JdbcRowLoader.SETTINGS) { // rows are sent with those of their session
        statement.execute("set " + setting);
      }
      // Whoever is not heard of loses the slot.
      statement.execute("set wal_sender_timeout = " + config.behind().toMillis());
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public void close() {
    ending.countDown();
    thread.interrupt();
    meters.close();
    try {
      thread.join(Duration.ofSeconds(20).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "Capture[" + cache.namespace() + ", " + (leading ? "leading" : "waiting") + "]";
  }

  /** Something that was met in the log, and is to be dealt with once more when it is due. */
  private sealed interface Met {
    long dueAt();
  }

  private record Fenced(Set<String> names, String transaction, long dueAt) implements Met {}

  private record Beat(long number, LogSequenceNumber position, long dueAt) implements Met {}

  /** When a heartbeat began, by Redis' clock and by ours. */
  private record Began(long redisMillis, long nanos) {}

  /**
   * What a relation's rows are fenced by.
   *
   * @param beginning of keys, after the generation
   * @param tails where each column is in a tuple, and how it goes on in keys; none if no rows are kept
   */
  private record Fencing(
      LogMessage.Relation relation, String beginning, Map<Integer, String> tails) {}

  /** One spell of having the slot. */
  private final class Following {
    private final PGReplicationStream stream;
    private final Connection heartbeats;
    private final long beatNanos = config.behind().toNanos() / 5;
    private final Map<Integer, Fencing> relations = new HashMap<>();
    private final Deque<Met> met = new ArrayDeque<>();
    private final Map<Long, Began> began = new LinkedHashMap<>();
    private final Set<String> together = new LinkedHashSet<>(); // names of one transaction to fence
    private final List<CompletionStage<Long>> sent =
        new ArrayList<>(); // fences without a reply yet
    private @Nullable GenerationChange change;
    private String transaction = "";
    private long lastKnownId;
    /** Tells our heartbeats from those of earlier spells, which the log still has. */
    private final String spell = UUID.randomUUID().toString();

    private long lastBeat;
    private long nextBeatAt = System.nanoTime();
    /** What the primary showed when it was looked at last. */
    private Snapshot shown;

    private long nextLookAt = System.nanoTime();

    Following(PGReplicationStream stream, Connection heartbeats, @Nullable GenerationChange change)
        throws SQLException {
      this.change = change;
      this.stream = stream;
      this.heartbeats = heartbeats;
      this.shown = show();
      this.lastKnownId = shown.xmax();
      if (change == null && state.look().fence().size() > 1) {
        changeGeneration(); // whoever began that has ended, and why is no longer told
      }
    }

    void follow() throws SQLException, InterruptedException {
      while (!isEnding()) {
        beat();
        boolean busy = met.size() < MOST_WAITING && readOn();
        dealWithDue();
        if (change != null && change.advance()) {
          change = null;
        }
        if (!busy) {
          await(IDLE);
        }
      }
    }

    private void beat() throws SQLException {
      long now = System.nanoTime();
      if (now - nextBeatAt < 0) {
        return;
      }
      nextBeatAt = now + beatNanos;
      long number = ++lastBeat;
      began.put(number, new Began(redis.timeMillis(), now));
      // In a transaction, so that it comes after all that were committed before; which needs no
      // standby.
      try (PreparedStatement statement = heartbeats.prepareStatement(
          "select set_config('synchronous_commit', 'local', true), pg_logical_emit_message(true, ?, ?"
              + " || ' ' || pg_snapshot_xmax(pg_current_snapshot())::text)")) {
        statement.setQueryTimeout((int) Math.max(1, config.behind().toSeconds()));
        statement.setString(1, PREFIX);
        statement.setString(2, spell + " " + number);
        statement.execute();
      }
      stream.forceUpdateStatus(); // though the log is not read, as long as too much waits
    }

    private Snapshot show() throws SQLException {
      try (Statement statement = heartbeats.createStatement();
          ResultSet now = statement.executeQuery("select pg_current_snapshot()::text")) {
        now.next();
        return Snapshot.parse(now.getString(1));
      }
    }

    /** Whether the primary shows it as ended: until then, a fence that got lost would still be missed. */
    private boolean isShown(long id) throws SQLException {
      long now = System.nanoTime();
      if (!shown.hasSeen(id) && now - nextLookAt >= 0) {
        shown = show();
        nextLookAt = now + BETWEEN_LOOKS.toNanos();
      }
      return shown.hasSeen(id);
    }

    /** Whether there was something. */
    private boolean readOn() throws SQLException {
      ByteBuffer bytes = stream.readPending();
      if (bytes == null) {
        return false;
      }
      handle(LogMessage.read(bytes));
      return true;
    }

    private void handle(LogMessage message) throws SQLException {
      if (message instanceof LogMessage.Begin begin) {
        // 32 bits of 64: the one that is nearest to what is known.
        transaction = Long.toString(lastKnownId + (begin.xid() - (int) lastKnownId));
      } else if (message instanceof LogMessage.Relation relation) {
        learn(relation);
      } else if (message instanceof LogMessage.Change row) {
        Fencing how = relations.get(row.relation());
        if (how != null) {
          name(how, row.before());
          name(how, row.after());
        }
        if (together.size() >= RedisTier.MOST_TOGETHER) {
          fence();
        }
      } else if (message instanceof LogMessage.Truncate) {
        changeGeneration();
      } else if (message instanceof LogMessage.Commit) {
        fence();
      } else if (message instanceof LogMessage.Note note && note.prefix().equals(PREFIX)) {
        Matcher beat = BEAT.matcher(note.content());
        if (beat.matches() && beat.group(1).equals(spell)) {
          lastKnownId = Math.max(lastKnownId, Long.parseLong(beat.group(3)));
          met.add(new Beat(Long.parseLong(beat.group(2)), stream.getLastReceiveLSN(), dueAt()));
        }
      }
    }

    private long dueAt() {
      return System.nanoTime() + config.again().toNanos();
    }

    /** A table's columns or indexes may have changed. */
    private void learn(LogMessage.Relation relation) {
      Fencing old = relations.put(relation.id(), fencing(relation));
      if (old != null && !old.tails.isEmpty() && !old.relation.equals(relation)) {
        changeGeneration();
      }
    }

    private Fencing fencing(LogMessage.Relation relation) {
      Optional<Table> found = catalogue.describe(relation.schema(), relation.name());
      if (found.isEmpty()) {
        return new Fencing(relation, "", Map.of());
      }
      Table table = found.get();
      Map<Integer, String> tails = new HashMap<>();
      for (int i = 0; i < relation.columns().size(); i++) {
        String column = relation.columns().get(i).name();
        if (table.isAsked(column)) {
          tails.put(i, Keys.tail(table, column));
        }
      }
      return new Fencing(relation, keys.table(table), tails);
    }

    private void name(Fencing how, @Nullable List<@Nullable String> tuple) {
      if (tuple == null) {
        return;
      }
      how.tails.forEach((position, tail) -> {
        String text = position < tuple.size() ? tuple.get(position) : null;
        if (text != null) {
          together.add(how.beginning + tail + Keys.value(text));
        }
      });
    }

    /** The first time; and the second later. */
    private void fence() {
      if (!together.isEmpty()) {
        Set<String> names = Set.copyOf(together);
        together.clear();
        fence(names, transaction);
        met.add(new Fenced(names, transaction, dueAt()));
      }
    }

    private void fence(Set<String> names, String id) {
      Set<String> all = new LinkedHashSet<>();
      for (long generation : state.forFences().fence()) {
        names.forEach(each -> all.add(keys.generation(generation) + each));
      }
      sent.addAll(redis.sendFences(all, id).values());
      meters.fenced(all.size());
      if (sent.size() >= RedisTier.MOST_TOGETHER) {
        awaitSent();
      }
    }

    private void awaitSent() {
      sent.forEach(RedisTier::await);
      sent.clear();
    }

    /** For a while, and then the log is read on: PostgreSQL wants to hear of whoever has the slot. */
    private void dealWithDue() throws SQLException {
      long now = System.nanoTime();
      for (Met first = met.peek();
          first != null && now - first.dueAt() >= 0 && System.nanoTime() - now < TURN.toNanos();
          first = met.peek()) {
        if (first instanceof Fenced fenced) {
          if (!isShown(Long.parseLong(fenced.transaction))) {
            return;
          }
          fence(fenced.names, fenced.transaction);
        } else if (first instanceof Beat beat) {
          confirm(beat);
        }
        met.remove();
      }
    }

    /** All that was committed before it has been fenced twice. */
    private void confirm(Beat beat) {
      awaitSent();
      if (config.replicas() > 0 && !redis.isReplicated(config.replicas())) {
        LOG.log(
            System.Logger.Level.DEBUG,
            "{0} replicas do not have the fences of {1} yet",
            config.replicas(),
            cache.namespace());
        return;
      }
      stream.setAppliedLSN(beat.position);
      stream.setFlushedLSN(beat.position);
      vouch(beat);
    }

    private void vouch(Beat beat) {
      Began then = began.remove(beat.number);
      began.keySet().removeIf(number -> number < beat.number);
      if (then == null || change != null) {
        return;
      }
      long behind = config.behind().toMillis();
      long left = behind - Duration.ofNanos(System.nanoTime() - then.nanos).toMillis();
      vouchedAt = then.nanos;
      redis.vouch(beat.position.asString(), then.redisMillis, behind, left);
    }

    /** All rows in Redis have to go. Until they have, nobody vouches for them. */
    private void changeGeneration() {
      meters.droppedAll();
      change = GenerationChange.waiting(redis, state, cache, System::nanoTime);
    }
  }
}
