package dev.chasqui.app.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where devices are looked up in PostgreSQL: a few threads and a bounded queue. Whoever finds it full
 * is told when to come again: the more were turned away, the later and the more spread. Safe for any
 * number of threads.
 */
final class SyncDesk implements AutoCloseable {
  private static final int THREADS = 4;
  private static final long MILLIS_EACH = 5; // a guess on the safe side
  private static final long LONGEST_WAIT_MILLIS = 60_000;

  private final ThreadPoolExecutor executor;
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final Counter refused;

  SyncDesk(int queue, MeterRegistry meters) {
    AtomicInteger number = new AtomicInteger();
    executor = new ThreadPoolExecutor(
        THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), task -> {
          Thread thread = new Thread(task, "chasqui-gateway-sync-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    refused = Counter.builder("chasqui.gateway.refused")
        .description("Devices told to come again because too many came at once")
        .register(meters);
    Gauge.builder("chasqui.gateway.sync.queue", executor, e -> e.getQueue().size())
        .register(meters);
  }

  /** Does {@code task} soon; false if there is no room. */
  boolean submit(Runnable task) {
    try {
      executor.execute(() -> {
        turnedAway.updateAndGet(count -> Math.max(0, count - 1));
        task.run();
      });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** When somebody who found no room shall come again. */
  Duration turnAway() {
    refused.increment();
    long crowd = turnedAway.incrementAndGet() + (long) executor.getQueue().size();
    long wait = Math.min(LONGEST_WAIT_MILLIS, 500 + crowd * MILLIS_EACH);
    return Duration.ofMillis(wait / 2 + ThreadLocalRandom.current().nextLong(wait));
  }

  @Override
  public void close() {
    executor.shutdownNow();
    try {
      executor.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
