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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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
 * <p>PostgreSQL's NOTIFY brings each change within milliseconds, to every node. What it kills it names itself, and one thread hears
 * while another reads: clients are told of kills whether or not anything can be read. A look each second, whatever is heard, is the
 * safety net: it reads what was there at the look before and has not been heard of since. What is newer is on its way, and not to
 * overtake a kill.
 *
 * <p><b>Threads:</b> safe for any number. Whoever reads PostgreSQL holds {@code reading}, without which no set moves to another
 * document. Snapshots are swapped, and listeners called, with {@code swapping} held, in which nothing takes time: a kill needs no
 * other.
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
  private final ReentrantLock reading = new ReentrantLock();
  private final ReentrantLock swapping = new ReentrantLock();
  private final Set<String> due = ConcurrentHashMap.newKeySet(); // sets to read
  private final Semaphore wake = new Semaphore(0); // the reader
  private final Worker hearer = new Worker("chasqui-flags-tail", this::hear);
  private final Worker reader = new Worker("chasqui-flags-read", this::read);
  private volatile boolean mayHaveMissed;
  private @Nullable Connection listening; // the hearer's
  private long lookedAt = System.nanoTime() - POLL.toNanos(); // the reader's
  private Map<String, Long> expected = Map.of(); // newer revisions that were there then

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
    hearer.start();
    reader.start();
  }

  /** Why changes come late; empty if all is well. */
  public String trouble() {
    String trouble = reader.trouble();
    return trouble.isEmpty() ? hearer.trouble() : trouble;
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
   * A set after a change, or after later ones; read from PostgreSQL if this node does not have it so yet. May block.
   *
   * @throws Flags.UnknownException if there is no such set any more
   */
  public FlagSnapshot get(Flags.Change newest) {
    return has(newest) ? get(newest.set()) : refresh(newest.set());
  }

  private boolean has(Flags.Change newest) {
    FlagSnapshot held = sets.get(newest.set());
    return held != null && held.version().equals(newest.version());
  }

  /**
   * A set as PostgreSQL has it now. Blocks.
   *
   * @throws Flags.UnknownException if there is none
   */
  public FlagSnapshot refresh(String set) {
    reading.lock();
    try {
      FlagSnapshot held = sets.get(set);
      if (held == null) {
        FlagSnapshot first = whole(newest(set).orElseThrow(() -> Flags.unknownSet(set)));
        sets.put(set, first); // of a set that is not held, nothing is killed
        return first;
      }
      while (true) {
        Optional<List<Flags.Delta>> deltas = flags.since(set, held.version(), MOST_STEPS);
        if (deltas.isEmpty()) {
          return startAnew(set);
        }
        if (!deltas.get().isEmpty()) {
          held = follow(set, deltas.get());
        }
        if (deltas.get().size() < MOST_STEPS) {
          return held;
        }
      }
    } finally {
      reading.unlock();
    }
  }

  private Optional<Flags.Newest> newest(String set) {
    wholes.increment();
    return flags.newest(set);
  }

  private FlagSnapshot whole(Flags.Newest newest) {
    String set = newest.change().set();
    return FlagSnapshot.of(set, newest, flags.lately(set, newest.change().version(), MOST_STEPS));
  }

  /**
   * Puts {@code now} in the place of {@code held}, and tells of it.
   *
   * @return whether that was still held; if not, flags were killed meanwhile, of which {@code now} does not know
   */
  private boolean swap(FlagSnapshot held, FlagSnapshot now, Runnable tell) {
    swapping.lock();
    try {
      if (!sets.replace(held.set(), held, now)) {
        return false;
      }
      tell.run();
      return true;
    } finally {
      swapping.unlock();
    }
  }

  /** What is held; only for who knows that it is, and holds {@code reading} so that it is not dropped. */
  private FlagSnapshot held(String set) {
    return Objects.requireNonNull(sets.get(set));
  }

  private FlagSnapshot follow(String set, List<Flags.Delta> deltas) {
    Flags.Change last = deltas.get(deltas.size() - 1).change();
    FlagSnapshot now;
    FlagSnapshot held;
    do {
      FlagSnapshot before = held(set);
      held = before;
      now = before
          .after(deltas)
          .orElseGet(() -> before.replaced(newest(set).orElseThrow(() -> Flags.unknownSet(set))));
    } while (!swap(held, now, changed(held, now, last)));
    Duration took = Duration.between(last.committedAt(), Instant.now());
    toNode.record(took.isNegative() ? Duration.ZERO : took); // two clocks
    return now;
  }

  private Runnable changed(FlagSnapshot held, FlagSnapshot now, Flags.Change last) {
    return () -> tracing
        .resume("deliver flags", last.traceParent())
        .set("flags.set", now.set())
        .set("flags.revision", now.revision())
        .run(() -> listeners.forEach(listener -> listener.changed(held, now)));
  }

  /** What is held is replaced only once there is something to replace it: else nobody would know any more that it was held. */
  private FlagSnapshot startAnew(String set) {
    while (true) {
      FlagSnapshot held = held(set);
      Optional<Flags.Newest> newest = newest(set);
      if (newest.isEmpty()) {
        drop(set);
        throw Flags.unknownSet(set);
      }
      FlagSnapshot now = whole(newest.get());
      if (swap(held, now, () -> listeners.forEach(listener -> listener.reset(set)))) {
        LOG.error(
            "PostgreSQL has flags {} at {}, and nothing of {} that this node had: it was reset or"
                + " restored. All clients get them anew.",
            set,
            now.id(),
            held.id());
        return now;
      }
    }
  }

  private void drop(String set) {
    swapping.lock();
    try {
      sets.remove(set);
      listeners.forEach(listener -> listener.reset(set));
    } finally {
      swapping.unlock();
    }
    LOG.warn("PostgreSQL has no flags {} any more", set);
  }

  private void hear() throws SQLException {
    try {
      PGConnection notices = listening().unwrap(PGConnection.class);
      PGNotification[] heard = notices.getNotifications(Math.toIntExact(POLL.toMillis()));
      if (heard == null) {
        return;
      }
      List<Flags.Notice> all = new ArrayList<>();
      for (PGNotification each : heard) {
        all.add(Flags.Notice.parse(each.getParameter()));
      }
      all.forEach(this::kill);
      all.forEach(notice -> due.add(notice.set()));
      wake.release();
    } catch (SQLException | RuntimeException e) {
      disconnect();
      throw e;
    } finally {
      if (hearer.isClosed()) {
        disconnect();
      }
    }
  }

  private void read() throws InterruptedException {
    long left = POLL.toNanos() - (System.nanoTime() - lookedAt);
    if (wake.tryAcquire(Math.max(0, left), TimeUnit.NANOSECONDS)) {
      wake.drainPermits();
    }
    Set<String> now = Set.copyOf(due);
    due.removeAll(now);
    refreshEach(now);
    boolean missed = mayHaveMissed;
    if (missed || System.nanoTime() - lookedAt >= POLL.toNanos()) {
      mayHaveMissed = false;
      lookAtAll(missed);
      lookedAt = System.nanoTime();
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
      mayHaveMissed = true; // what was told meanwhile was told to nobody
      wake.release();
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
    Set<String> keys = notice.killed();
    String event = FlagSnapshot.killEvent(keys, notice.revision());
    while (true) {
      FlagSnapshot held = sets.get(notice.set());
      if (held == null || held.revision() >= notice.revision()) {
        return;
      }
      FlagSnapshot now = held.killed(keys, notice.revision());
      if (swap(
          held,
          now,
          () -> listeners.forEach(
              listener -> listener.killed(now, keys, notice.revision(), event)))) {
        return;
      }
    }
  }

  private void lookAtAll(boolean missed) {
    Map<String, Long> before = expected;
    Map<String, Long> ahead = new HashMap<>();
    Set<String> others = new HashSet<>(sets.keySet()); // or gone
    for (Flags.Change newest : flags.sets()) {
      String set = newest.set();
      FlagSnapshot held = sets.get(set);
      if (held == null) {
        others.add(set);
      } else if (held.version().equals(newest.version())) {
        others.remove(set);
      } else if (newest.revision() > held.revision()) {
        ahead.put(set, newest.revision());
        Long then = before.get(set);
        if (!missed && (then == null || held.revision() >= then)) {
          others.remove(set);
        }
      }
    }
    expected = ahead;
    refreshEach(others);
  }

  /** A set that cannot be read is in nobody's way. */
  private void refreshEach(Set<String> which) {
    RuntimeException failure = null;
    for (String set : which) {
      try {
        refresh(set);
      } catch (Flags.UnknownException e) {
        LOG.debug("flags {} are gone", set, e);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    hearer.close();
    reader.close();
  }
}
