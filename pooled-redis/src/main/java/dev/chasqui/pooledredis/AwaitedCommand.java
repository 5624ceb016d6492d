package dev.chasqui.pooledredis;

import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.RedisCommand;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A command whose caller waits for it at once, on the thread that makes it, and may do the loop's work meanwhile. */
final class AwaitedCommand<K, V, T> extends AsyncCommand<K, V, T> {
  private final Thread caller = Thread.currentThread();
  private volatile @Nullable SharedLoop loop;
  private volatile boolean parked;

  AwaitedCommand(RedisCommand<K, V, T> command) {
    super(command);
  }

  boolean isOfThisThread() {
    return caller == Thread.currentThread();
  }

  /** The answer will come over a connection of {@code sharedLoop}; of an unknown one if that is null. */
  void sentOver(@Nullable SharedLoop sharedLoop) {
    loop = sharedLoop;
  }

  /** Parks the caller, if it has to wait, for so long at most. */
  void park(Leadership.Follower follower, long nanos) {
    parked = true;
    if (!isDone() && !follower.isPromoted()) {
      LockSupport.parkNanos(this, nanos);
    }
    parked = false;
  }

  @Override
  public boolean await(long timeout, TimeUnit unit) {
    SharedLoop by = loop;
    if (by == null || by.inEventLoop()) {
      return super.await(timeout, unit);
    }
    try {
      return by.await(this, unit.toNanos(timeout));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RedisCommandInterruptedException(e);
    }
  }

  /** Also of an answer that is an error, which is not told by {@link #completeExceptionally}. */
  @Override
  protected void completeResult() {
    try {
      super.completeResult();
    } finally {
      wake();
    }
  }

  @Override
  public boolean completeExceptionally(Throwable thrown) {
    boolean first = super.completeExceptionally(thrown);
    wake();
    return first;
  }

  private void wake() {
    SharedLoop by = loop;
    if (parked && by != null) {
      LockSupport.unpark(caller);
      by.woke();
    }
  }
}
