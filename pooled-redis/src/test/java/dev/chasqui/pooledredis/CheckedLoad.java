package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.TransactionResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that send commands whose replies can be told from all others: texts that nobody else sends, values that name
 * their key, counters that one thread counts. So a reply to the wrong command shows, as does a command that was sent twice
 * or lost in silence.
 */
final class CheckedLoad implements AutoCloseable {
  /** What a busy machine may add to a time limit. */
  private static final Duration SLACK = Duration.ofSeconds(15);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration BREATH = Duration.ofMillis(1);
  private static final int BURST = 50;

  private final PooledRedis<String, String> redis;
  private final String filling;
  private final long limitNanos; // of one call
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicInteger names = new AtomicInteger();
  private final LongAdder checked = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder timedOut = new LongAdder();
  private final LongAdder unavailable = new LongAdder();
  private final LongAdder exhausted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile boolean stopped;

  private CheckedLoad(PooledRedis<String, String> redis, RedisConfig config, int filling) {
    this.redis = redis;
    this.filling = "x".repeat(filling);
    this.limitNanos =
        config.commandTimeout().plus(config.borrowTimeout()).plus(SLACK).toNanos();
  }

  /**
   * Starts two threads of each kind: over the shared connections waiting and not, and with borrowed ones.
   *
   * @param filling how many bytes more than needed each value has
   */
  static CheckedLoad start(PooledRedis<String, String> redis, RedisConfig config, int filling) {
    CheckedLoad load = new CheckedLoad(redis, config, filling);
    for (int i = 0; i < 2; i++) {
      load.workers.add(load.new Waiting());
      load.workers.add(load.new Pipelining());
      load.workers.add(load.new Borrowing());
    }
    load.workers.forEach(Thread::start);
    return load;
  }

  /** Waits until each thread has got so many more replies. */
  void awaitReplies(int more) {
    Map<Worker, Long> goals = new HashMap<>();
    workers.forEach(worker -> goals.put(worker, worker.replies.get() + more));
    await("replies to each of " + workers)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !wrong.isEmpty()
            || goals.entrySet().stream()
                .allMatch(goal -> goal.getKey().replies.get() >= goal.getValue()));
    assertNothingWrong();
  }

  /** Waits until the threads have failed so many more times, taken together. */
  void awaitFailures(int more) {
    long goal = failures() + more;
    await("failures")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !wrong.isEmpty() || failures() >= goal);
    assertNothingWrong();
  }

  void assertNothingWrong() {
    assertThat(wrong).isEmpty();
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends the load; nothing may hang. Doing so twice is harmless. */
  void stop() {
    stopped = true;
    await("the end of " + workers)
        .atMost(Duration.ofNanos(limitNanos * 2))
        .until(() -> workers.stream().noneMatch(Thread::isAlive));
    assertNothingWrong();
  }

  /** After the end: no write was carried out twice, and none that was acknowledged is missing. */
  void assertCountersRight(RedisProcess server) {
    for (Worker worker : workers) {
      String counted = server.call("GET", worker.counter);
      long value = counted.isEmpty() ? 0 : Long.parseLong(counted);
      assertThat(value)
          .as("%s: acknowledged %s, unknown %s", worker, worker.acknowledged, worker.unknown)
          .isBetween(worker.acknowledged.get(), worker.acknowledged.get() + worker.unknown.get());
    }
  }

  long checked() {
    return checked.sum();
  }

  /** Commands that were sent and of which it is not known what became. */
  long lost() {
    return lost.sum() + timedOut.sum();
  }

  long failures() {
    return lost() + unavailable.sum() + exhausted.sum() + refused.sum();
  }

  /** The longest time that any thread was without a reply. */
  Duration longestOutage() {
    return Duration.ofNanos(
        workers.stream().mapToLong(worker -> worker.longestOutage).max().orElse(0));
  }

  @Override
  public String toString() {
    return "replies checked " + checked + ", connection lost " + lost + ", timed out " + timedOut
        + ", unavailable " + unavailable + ", pool exhausted " + exhausted + ", refused by Redis "
        + refused + ", longest outage " + longestOutage().toMillis() + " ms";
  }

  private abstract class Worker extends Thread {
    final String counter;
    final AtomicLong replies = new AtomicLong();
    final AtomicLong acknowledged = new AtomicLong();
    final AtomicLong unknown = new AtomicLong();
    private final BitSet counted = new BitSet(); // replies so far
    private long sequence;
    private long lastReply = System.nanoTime();
    private volatile long longestOutage;

    Worker(String kind) {
      super(kind + "-" + names.incrementAndGet());
      setDaemon(true);
      this.counter = getName() + ":counter";
    }

    @Override
    public final void run() {
      try {
        while (!stopped && wrong.isEmpty()) {
          if (!round()) {
            LockSupport.parkNanos(BREATH.toNanos()); // a failure may come at once
          }
        }
      } catch (Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        wrong.add(this + " died of " + trace);
      }
    }

    /** Returns false if something failed. */
    abstract boolean round() throws Exception;

    final String unique() {
      return getName() + "#" + ++sequence;
    }

    /** Notes it if {@code call} takes longer than it may, whether or not it succeeds. */
    final <T extends @Nullable Object> T timed(Supplier<T> call) {
      long began = System.nanoTime();
      try {
        return call.get();
      } finally {
        long took = System.nanoTime() - began;
        if (took > limitNanos) {
          wrong.add(this + " waited for " + Duration.ofNanos(took));
        }
      }
    }

    final void check(String expected, @Nullable Object actual) {
      if (!expected.equals(actual)) {
        wrong.add(this + " expected " + expected + " and got " + actual);
      }
      replied();
    }

    /**
     * A counter that only this thread counts gives each number once, and none above what was sent. In order, too, but for
     * commands that waited for a connection.
     */
    final void checkCount(long reply) {
      acknowledged.incrementAndGet();
      if (reply < 1
          || reply > acknowledged.get() + unknown.get() + BURST
          || counted.get((int) reply)) {
        wrong.add(this + " acknowledged " + acknowledged + ", unknown " + unknown + ", last "
            + (counted.length() - 1) + " and got " + reply);
        return;
      }
      counted.set((int) reply);
      replied();
    }

    private void replied() {
      checked.increment();
      replies.incrementAndGet();
      long now = System.nanoTime();
      longestOutage = Math.max(longestOutage, now - lastReply);
      lastReply = now;
    }

    /** Returns whether Redis may have carried the command out. */
    final boolean failed(Throwable thrown) {
      Throwable cause = Causes.of(thrown);
      if (cause instanceof CommandLostException) {
        lost.increment();
        return true;
      }
      if (cause instanceof RedisCommandTimeoutException) {
        timedOut.increment();
        return true;
      }
      if (cause instanceof RedisUnavailableException) {
        unavailable.increment();
      } else if (cause instanceof PoolExhaustedException) {
        exhausted.increment();
      } else if (cause instanceof RedisCommandExecutionException && isRestarting(cause)) {
        refused.increment();
      } else {
        throw new AssertionError("not a documented failure", thrown);
      }
      return false;
    }

    /** Redis takes MULTI while it still reads its data, but not what follows. */
    private static boolean isRestarting(Throwable refusal) {
      String message = String.valueOf(refusal.getMessage());
      return message.startsWith("LOADING ") || message.startsWith("EXECABORT ");
    }

    @Override
    public final String toString() {
      return getName() + " (" + replies + " replies)";
    }
  }

  /** Waits for each reply. */
  private final class Waiting extends Worker {
    private final Map<String, String> written = new HashMap<>();
    private int generation;
    private long n;

    Waiting() {
      super("waiting");
    }

    @Override
    boolean round() {
      n++;
      boolean well = write();
      well &= read();
      well &= echo();
      well &= count();
      return well;
    }

    private String key(long number) {
      return getName() + ":" + generation + ":" + number % 100;
    }

    private boolean write() {
      String key = key(n);
      String value = key + "=" + n + filling;
      try {
        check("OK", timed(() -> redis.sync().set(key, value)));
        written.put(key, value);
        return true;
      } catch (RuntimeException e) {
        if (failed(e)) { // and may be carried out at any time to come
          generation++;
          written.clear();
        }
        return false;
      }
    }

    private boolean read() {
      String key = key(n * 7);
      String value = written.get(key);
      try {
        if (value != null) {
          check(value, timed(() -> redis.sync().get(key)));
        }
        return true;
      } catch (RuntimeException e) {
        failed(e);
        return false;
      }
    }

    private boolean echo() {
      String unique = unique();
      try {
        check(unique, timed(() -> redis.sync().echo(unique)));
        return true;
      } catch (RuntimeException e) {
        failed(e);
        return false;
      }
    }

    private boolean count() {
      try {
        checkCount(timed(() -> redis.sync().incr(counter)));
        return true;
      } catch (RuntimeException e) {
        if (failed(e)) {
          unknown.incrementAndGet();
        }
        return false;
      }
    }
  }

  /** Sends many commands before it looks at the first reply. */
  private final class Pipelining extends Worker {
    Pipelining() {
      super("pipelining");
    }

    @Override
    boolean round() throws InterruptedException {
      List<RedisFuture<Long>> counts = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      List<RedisFuture<String>> echoes = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        counts.add(redis.async().incr(counter));
        texts.add(unique() + filling);
        echoes.add(redis.async().echo(texts.get(i)));
      }
      boolean well = true;
      for (int i = 0; i < BURST; i++) {
        Long count = outcome(counts.get(i), true);
        if (count != null) {
          checkCount(count);
        }
        String echo = outcome(echoes.get(i), false);
        if (echo != null) {
          check(texts.get(i), echo);
        }
        well &= count != null && echo != null;
      }
      return well;
    }

    private <T> @Nullable T outcome(RedisFuture<T> future, boolean counts)
        throws InterruptedException {
      try {
        return requireNonNull(future.get(limitNanos, TimeUnit.NANOSECONDS), "no reply");
      } catch (ExecutionException e) {
        if (failed(e) && counts) {
          unknown.incrementAndGet();
        }
        return null;
      } catch (TimeoutException e) {
        throw new AssertionError("a command without end", e);
      }
    }
  }

  /** Borrows a connection for each transaction. */
  private final class Borrowing extends Worker {
    Borrowing() {
      super("borrowing");
    }

    @Override
    boolean round() {
      boolean executing = false;
      try (ExclusiveConnection<String, String> connection = timed(redis::borrow)) {
        String unique = unique() + filling;
        check("OK", timed(connection.sync()::multi));
        timed(() -> connection.sync().incr(counter));
        timed(() -> connection.sync().echo(unique));
        executing = true;
        TransactionResult result = timed(connection.sync()::exec);
        if (result.size() != 2) {
          wrong.add(this + " executed a transaction of 2 and got " + result);
          return true;
        }
        Object first = result.get(0);
        checkCount(first instanceof Long count ? count : -1);
        check(unique, result.get(1));
        return true;
      } catch (RuntimeException e) {
        if (failed(e) && executing) {
          unknown.incrementAndGet();
        }
        return false;
      }
    }
  }
}
