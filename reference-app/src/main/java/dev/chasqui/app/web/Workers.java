package dev.chasqui.app.web;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A fixed number of threads for what blocks, and a bound on what waits for them. */
final class Workers {
  private final WorkerExecutor executor;
  private final int most;
  private final AtomicInteger inside = new AtomicInteger();

  /** {@code most} bounds those running and those waiting together. */
  Workers(Vertx vertx, String name, int threads, int most, Duration warnAfter) {
    this.executor = vertx.createSharedWorkerExecutor(
        name, threads, warnAfter.toMillis(), TimeUnit.MILLISECONDS);
    this.most = most;
  }

  /** Runs {@code task}, in no order with others; fails at once with a 503 if too many wait already. */
  @SuppressWarnings("NullAway") // Vert.x allows a task to give null; these do not
  <T> Future<T> run(Callable<T> task) {
    if (inside.incrementAndGet() > most) {
      inside.decrementAndGet();
      return Future.failedFuture(
          HttpProblem.of(503, "Busy", "too many requests are waiting; try again in a second")
              .withHeader("Retry-After", "1"));
    }
    return executor.executeBlocking(task, false).andThen(done -> inside.decrementAndGet());
  }
}
