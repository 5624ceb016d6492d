package dev.chasqui.app.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Does something again and again, on a thread of its own, until it is closed. */
final class Ticker implements AutoCloseable {
  private final ScheduledExecutorService scheduler;

  Ticker(long millis, Runnable task) {
    scheduler = Executors.newSingleThreadScheduledExecutor(runnable -> {
      Thread thread = new Thread(runnable, "chasqui-progress");
      thread.setDaemon(true);
      return thread;
    });
    Future<?> unused =
        scheduler.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
    try {
      boolean ended = scheduler.awaitTermination(2, TimeUnit.SECONDS);
      assert ended : "a look takes less";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
