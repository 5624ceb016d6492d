package dev.chasqui.pointcache;

import dev.chasqui.pointcache.HistoryEvent.Fault;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What goes wrong in a process of a history, between any two steps of reading and writing: it hangs there, it gives up, or
 * it ends.
 *
 * <p><b>Threads:</b> safe for any number; each has chances of its own.
 */
final class HistoryFaults {
  /** What the process exits with that ended so. */
  static final int HALTED = 99;

  /** Between which steps. */
  enum Step {
    BEFORE_LOAD,
    AFTER_LOAD,
    AFTER_CHANGES,
    BEFORE_COMMIT,
    AFTER_COMMIT
  }

  /** Somebody gave up what he was doing. */
  static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1;

    Abandoned(Step step) {
      super(step.toString());
    }
  }

  /**
   * How often, of a thousand times.
   *
   * @param hangs commits that wait for a standby which does not come, where one is waited for
   * @param halts whether the whole process ends, once, some seconds after it started
   */
  record Rates(int pauses, int abandons, int hangs, Duration longestPause, boolean halts) {}

  private final Rates rates;
  private final HistoryLog log;

  @SuppressWarnings("ThreadLocalUsage") // ends with its process, or test
  private final ThreadLocal<Random> random;

  private final long haltsAfter;
  private volatile long startedAt = System.nanoTime();

  HistoryFaults(Rates rates, long seed, HistoryLog log) {
    this.rates = rates;
    this.log = log;
    AtomicLong seeds = new AtomicLong(seed);
    this.random = ThreadLocal.withInitial(() -> new Random(seeds.addAndGet(1_000_003)));
    this.haltsAfter =
        Duration.ofMillis(4_000L + new Random(seed).nextInt(12_000)).toNanos();
  }

  /** All is ready. */
  void start() {
    startedAt = System.nanoTime();
  }

  /** Of this thread. */
  Random random() {
    return random.get();
  }

  /** Is passed between two steps. */
  void at(Step step) {
    String where = step.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
    int chance = random().nextInt(1_000);
    if (chance < rates.pauses) {
      log.add(new Fault("pause " + where));
      pause(1L + random().nextInt((int) rates.longestPause.toMillis()));
    } else if (chance < rates.pauses + rates.abandons) {
      log.add(new Fault("abandon " + where));
      throw new Abandoned(step);
    } else if (rates.halts && System.nanoTime() - startedAt >= haltsAfter) {
      log.add(new Fault("halt " + where));
      Runtime.getRuntime().halt(HALTED);
    }
  }

  /** Is passed before a commit: makes it hang, in the log but not visible, until somebody ends its waiting. */
  void beforeCommit(Connection connection) throws SQLException {
    if (random().nextInt(1_000) < rates.hangs) {
      log.add(new Fault("commit hangs"));
      try (Statement statement = connection.createStatement()) {
        statement.execute("set local synchronous_commit = on");
      }
    }
  }

  private static void pause(long millis) {
    try {
      if (new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("nobody counts it down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
