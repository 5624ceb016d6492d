package dev.chasqui.app.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what runs when the process is told to end (SIGTERM, SIGINT), in bounded time. */
final class Stop {
  private static final Logger LOG = LoggerFactory.getLogger(Stop.class);

  private Stop() {}

  /**
   * Waits until the process is told to end, then closes; returns never, since the process ends.
   *
   * @param limit the longest that closing may take; what then still runs is cut off
   */
  static void await(Duration limit, AutoCloseable... newestFirst) throws InterruptedException {
    Thread hook = new Thread(() -> close(limit, newestFirst), "chasqui-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    new CountDownLatch(1).await();
  }

  private static void close(Duration limit, AutoCloseable... newestFirst) {
    Thread closing = new Thread(
        () -> {
          for (AutoCloseable part : newestFirst) {
            try {
              part.close();
            } catch (Exception e) {
              LOG.warn("{} did not stop well", part.getClass().getSimpleName(), e);
            }
          }
        },
        "chasqui-closing");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(limit.toMillis());
      if (closing.isAlive()) {
        LOG.warn("Not stopped after {} s, is cut off", limit.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
