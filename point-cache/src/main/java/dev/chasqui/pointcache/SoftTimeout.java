package dev.chasqui.pointcache;

import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The patience of those who have an old answer to fall back on. Who is not waited for any more goes on in a thread of its
 * own, so that Redis has the row for the next who asks.
 *
 * <p><b>Threads:</b> safe for any number. While {@value #MOST} wait for the database, the others wait for one of these.
 */
final class SoftTimeout implements Patience, AutoCloseable {
  private static final int MOST = 64;

  private final long nanos;
  private final Semaphore free = new Semaphore(MOST);
  private final ExecutorService asking;

  SoftTimeout(Duration timeout, ThreadFactory threads) {
    nanos = timeout.toNanos();
    asking = new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
  }

  @Override
  public <T> T ask(Supplier<T> database) {
    long began = System.nanoTime();
    try {
      if (!free.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
        throw new TimeoutException();
      }
      Future<T> answer = submit(database);
      return answer == null
          ? database.get()
          : answer.get(Math.max(0, nanos - (System.nanoTime() - began)), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new NoAnswerException("The database took longer than softTimeout", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException("Interrupted while the database was asked", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RedisException known) {
        throw known;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new NoAnswerException("The database failed: " + e.getCause(), e);
    }
  }

  /** Null if it was closed. */
  private <T> @Nullable Future<T> submit(Supplier<T> database) {
    try {
      return asking.submit(() -> {
        try {
          return database.get();
        } finally {
          free.release();
        }
      });
    } catch (RejectedExecutionException e) {
      free.release();
      return null;
    }
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
