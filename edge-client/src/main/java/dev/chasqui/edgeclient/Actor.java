package dev.chasqui.edgeclient;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The one thread that everything of a client happens on, and its clocks. Safe for any number of threads. */
final class Actor {
  private static final System.Logger LOG = System.getLogger(Actor.class.getName());

  private final String owner;
  private final ScheduledExecutorService scheduler;
  private final LongSupplier nanoClock;
  private final InstantSource wallClock;
  private volatile @Nullable Thread runner;

  Actor(
      String owner,
      ScheduledExecutorService scheduler,
      LongSupplier nanoClock,
      InstantSource wallClock) {
    this.owner = owner;
    this.scheduler = scheduler;
    this.nanoClock = nanoClock;
    this.wallClock = wallClock;
  }

  long nanos() {
    return nanoClock.getAsLong();
  }

  /** By the wall clock, which may be set forth and back. */
  Instant now() {
    return wallClock.instant();
  }

  /** Whether the caller is a task of this actor. */
  boolean isCurrent() {
    return Thread.currentThread() == runner;
  }

  /** False if the scheduler was shut down. */
  boolean post(Runnable task) {
    try {
      scheduler.execute(() -> run(task));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** A timer, or null if the scheduler was shut down. */
  @Nullable
  Future<?> after(long nanos, Runnable task) {
    try {
      return scheduler.schedule(() -> run(task), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  private void run(Runnable task) {
    runner = Thread.currentThread();
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, owner + ": a task failed", e);
    } finally {
      runner = null;
    }
  }
}
