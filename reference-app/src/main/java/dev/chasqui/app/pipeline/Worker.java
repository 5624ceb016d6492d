package dev.chasqui.app.pipeline;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One named thread that does a task again and again until it is closed. When the task fails it says
 * so once, waits longer and longer (up to a few seconds) and tries anew.
 */
public final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 3_000;

  private final String name;
  private final Task task;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile String trouble = "not yet started";

  /** What is done again and again; returns when it has done a part, or nothing for a while. */
  @FunctionalInterface
  public interface Task {
    void run() throws Exception;
  }

  public Worker(String name, Task task) {
    this.name = name;
    this.task = task;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  /** Why the last run failed; empty if it did not. */
  public String trouble() {
    return trouble;
  }

  public boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Waits, unless or until this is closed. */
  public void pause(Duration duration) throws InterruptedException {
    if (closed.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.trace("{} is closing", name);
    }
  }

  private void run() {
    long pause = FIRST_PAUSE_MILLIS;
    while (!isClosed()) {
      try {
        task.run();
        if (pause > FIRST_PAUSE_MILLIS) {
          LOG.info("{} works again", name);
        }
        pause = FIRST_PAUSE_MILLIS;
        trouble = "";
      } catch (InterruptedException e) {
        return; // only close() interrupts
      } catch (Exception e) {
        if (isClosed()) {
          return;
        }
        report(e, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
        try {
          pause(Duration.ofMillis(pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2)));
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  private void report(Exception e, long pause) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    trouble = message;
    if (pause == FIRST_PAUSE_MILLIS) {
      LOG.warn("{} failed and tries again: {}", name, message, e);
    } else {
      LOG.debug("{} failed again: {}", name, message);
    }
  }

  /** Stops the thread, waiting at most five seconds for it. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(300); // time to end by itself: an interrupt breaks connections
      thread.interrupt();
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("{} did not stop within five seconds", name);
    }
  }
}
