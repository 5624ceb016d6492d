package dev.chasqui.app.flags;

import dev.chasqui.app.pipeline.Worker;
import dev.chasqui.app.store.Flags;
import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds all sets of flags in memory, and follows what any node commits.
 *
 * <p>PostgreSQL's NOTIFY brings each change within milliseconds, to every node. What it kills it names itself, so clients are told
 * of that before anything is read. A look each second is the safety net.
 *
 * <p><b>Threads:</b> safe for any number; snapshots move, and listeners are called, with {@code lock} held.
 */
public final class FlagHub implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlagHub.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final int MOST_STEPS = 200;

  private final Flags flags;
  private final PGSimpleDataSource listenTo = new PGSimpleDataSource();
  private final Tracing tracing;
  private final Timer toNode;
  private final Counter wholes;
  private final List<FlagListener> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, FlagSnapshot> sets = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Worker worker = new Worker("chasqui-flags-tail", this::run);
  private @Nullable Connection listening; // its thread only

  public FlagHub(
      String jdbcUrl,
      String username,
      String password,
      Flags flags,
      MeterRegistry meters,
      Tracing tracing) {
    this.flags = flags;
    this.tracing = tracing;
    listenTo.setUrl(jdbcUrl);
    listenTo.setUser(username);
    listenTo.setPassword(password);
    listenTo.setApplicationName("chasqui-flags-tail");
    listenTo.setConnectTimeout(5);
    listenTo.setTcpKeepAlive(true);
    this.toNode = Timer.builder("chasqui.flags.known")
        .description("From the commit of flags until this node has them")
        .publishPercentileHistogram()
        .register(meters);
    this.wholes = Counter.builder("chasqui.flags.read.whole")
        .description("Times that a whole document of flags was read from PostgreSQL")
        .register(meters);
  }

  public void start() {
    worker.start();
  }

  /** Why changes come late; empty if all is well. */
  public String trouble() {
    return worker.trouble();
  }

  /** Has {@code listener} told of all that comes, until it is taken away. */
  public void add(FlagListener listener) {
    listeners.add(listener);
  }

  public void remove(FlagListener listener) {
    listeners.remove(listener);
  }

  /** A set as this node has it in memory; empty if it has none of that name yet. */
  public Optional<FlagSnapshot> find(String set) {
    return Optional.ofNullable(sets.get(set));
  }

  /**
   * A set, read from PostgreSQL if this node has none of that name yet. May block.
   *
   * @throws Flags.UnknownException if there is none
   */
  public FlagSnapshot get(String set) {
    FlagSnapshot held = sets.get(set);
    return held != null ? held : refresh(set);
  }

  /**
   * A set as PostgreSQL has it now. Blocks.
   *
   * @throws Flags.UnknownException if there is none
   */
  public FlagSnapshot refresh(String set) {
    lock.lock();
    try {
      FlagSnapshot held = sets.get(set);
      if (held == null) {
        return first(set);
      }
      while (true) {
        Optional<List<Flags.Delta>> deltas = flags.since(set, held.version(), MOST_STEPS);
        if (deltas.isEmpty()) {
          return startAnew(held);
        }
        if (!deltas.get().isEmpty()) {
          held = follow(held, deltas.get());
        }
        if (deltas.get().size() < MOST_STEPS) {
          return held;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private FlagSnapshot first(String set) {
    FlagSnapshot first = read(set);
    sets.put(set, first);
    return first;
  }

  private FlagSnapshot read(String set) {
    Flags.Newest newest = newest(set);
    return FlagSnapshot.of(set, newest, flags.lately(set, newest.change().version(), MOST_STEPS));
  }

  private Flags.Newest newest(String set) {
    wholes.increment();
    return flags.newest(set).orElseThrow(() -> Flags.unknownSet(set));
  }

  private FlagSnapshot follow(FlagSnapshot held, List<Flags.Delta> deltas) {
    Flags.Change last = deltas.get(deltas.size() - 1).change();
    FlagSnapshot now = held.after(deltas).orElseGet(() -> held.replaced(newest(held.set())));
    sets.put(held.set(), now);
    tracing
        .resume("deliver flags", last.traceParent())
        .set("flags.set", held.set())
        .set("flags.revision", now.revision())
        .run(() -> listeners.forEach(listener -> listener.changed(held, now)));
    Duration took = Duration.between(last.committedAt(), Instant.now());
    toNode.record(took.isNegative() ? Duration.ZERO : took); // two clocks
    return now;
  }

  private void run() throws SQLException {
    try {
      PGConnection notices = listening().unwrap(PGConnection.class);
      PGNotification[] heard = notices.getNotifications(Math.toIntExact(POLL.toMillis()));
      if (heard == null || heard.length == 0) {
        lookAtAll();
        return;
      }
      for (PGNotification each : heard) { // all kills before anything is read
        kill(Flags.Notice.parse(each.getParameter()));
      }
      for (PGNotification each : heard) {
        refresh(Flags.Notice.parse(each.getParameter()).set());
      }
    } catch (SQLException | RuntimeException e) {
      disconnect();
      throw e;
    } finally {
      if (worker.isClosed()) {
        disconnect();
      }
    }
  }

  private Connection listening() throws SQLException {
    Connection open = listening;
    if (open == null) {
      open = listenTo.getConnection();
      listening = open;
      try (Statement statement = open.createStatement()) {
        statement.execute("listen " + Flags.CHANNEL);
      }
      lookAtAll(); // what was told meanwhile was told to nobody
    }
    return open;
  }

  private void disconnect() {
    try {
      if (listening != null) {
        listening.close();
      }
    } catch (SQLException e) {
      LOG.debug("could not close a connection that had failed", e);
    } finally {
      listening = null;
    }
  }

  private void kill(Flags.Notice notice) {
    if (notice.killed().isEmpty()) {
      return;
    }
    lock.lock();
    try {
      FlagSnapshot held = sets.get(notice.set());
      if (held == null || held.revision() >= notice.revision()) {
        return;
      }
      Set<String> keys = notice.killed();
      FlagSnapshot now = held.killed(keys, notice.revision());
      sets.put(notice.set(), now);
      String event = FlagSnapshot.killEvent(keys, notice.revision());
      listeners.forEach(listener -> listener.killed(now, keys, notice.revision(), event));
    } finally {
      lock.unlock();
    }
  }

  private void lookAtAll() {
    flags.versions().forEach((set, version) -> {
      FlagSnapshot held = sets.get(set);
      if (held == null || !held.version().equals(version)) {
        refresh(set);
      }
    });
  }

  /** What is held is replaced only once there is something to replace it: else nobody would know any more that it was held. */
  private FlagSnapshot startAnew(FlagSnapshot held) {
    FlagSnapshot now = read(held.set());
    LOG.error(
        "PostgreSQL has flags {} at {}, and nothing of {} that this node had: it was reset or restored."
            + " All clients get them anew.",
        held.set(),
        now.id(),
        held.id());
    sets.put(held.set(), now);
    listeners.forEach(listener -> listener.reset(now));
    return now;
  }

  @Override
  public void close() {
    worker.close();
  }
}
