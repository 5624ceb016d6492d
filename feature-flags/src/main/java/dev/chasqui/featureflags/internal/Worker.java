package dev.chasqui.featureflags.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One named daemon thread, which ends when it is closed. Only closing interrupts it. */
public final class Worker implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Worker.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** What the thread does; it asks {@link #isClosed()} or is interrupted. */
  @FunctionalInterface
  public interface Task {
    void run() throws InterruptedException;
  }

  public Worker(String name, Task task) {
    thread = new Thread(() -> run(name, task), name);
    thread.setDaemon(true);
  }

  private static void run(String name, Task task) {
    try {
      task.run();
    } catch (InterruptedException e) {
      // it was closed
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, name + " has ended, which it must not", e);
      throw e;
    }
  }

  public void start() {
    thread.start();
  }

  public boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Waits, at most until this is closed. */
  public void pause(Duration duration) throws InterruptedException {
    if (closed.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("closed");
    }
  }

  /** Ends the thread, and waits for that, though not for ever. */
  @Override
  public void close() {
    closed.countDown();
    if (Thread.currentThread() == thread) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(PATIENCE.toMillis());
      if (thread.isAlive()) {
        LOG.log(System.Logger.Level.WARNING, "{0} does not end", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
