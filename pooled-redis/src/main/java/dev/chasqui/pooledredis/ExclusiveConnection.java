package dev.chasqui.pooledredis;

import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A borrowed connection: nobody else uses it until it is closed. Transactions, blocking commands, subscriptions, client
 * tracking and other databases are for it.
 *
 * <p>{@link #close()} gives it back, without waiting. What its borrower left behind is undone where that is cheap and
 * certain ({@code MULTI}, {@code WATCH}, {@code SELECT}, tracking, listeners, a timeout, auto-flush); a connection that is
 * left subscribed, logged in as somebody else, or with commands under way is closed, and another one opened when needed.
 * Using it, or what it handed out, after that throws {@link IllegalStateException} unless the next borrower has it already.
 *
 * <p><b>Threads:</b> as safe as Lettuce's connections, which are for any number.
 */
public final class ExclusiveConnection<K, V> implements AutoCloseable {
  private final ExclusivePool<K, V> pool;
  private final Slot<K, V> slot;
  private final TrackedConnection<K, V> connection;
  private final Thread borrower = Thread.currentThread();
  private final @Nullable Throwable borrowedAt;
  private final long since;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean reported;

  ExclusiveConnection(
      ExclusivePool<K, V> pool,
      Slot<K, V> slot,
      TrackedConnection<K, V> connection,
      long since,
      @Nullable Throwable borrowedAt) {
    this.pool = pool;
    this.slot = slot;
    this.connection = connection;
    this.since = since;
    this.borrowedAt = borrowedAt;
  }

  /** Returns Lettuce's commands, which wait for the answer. */
  public RedisCommands<K, V> sync() {
    return open().sync();
  }

  /** Returns Lettuce's commands, which return futures. */
  public RedisAsyncCommands<K, V> async() {
    return open().async();
  }

  /** Returns Lettuce's connection itself, for subscriptions, push messages, reactive use, and flushing by hand. */
  public StatefulRedisPubSubConnection<K, V> connection() {
    return open();
  }

  private TrackedConnection<K, V> open() {
    if (closed.get()) {
      throw new IllegalStateException("This connection was given back: borrow another one");
    }
    return connection;
  }

  /** Gives the connection back, never waiting. Doing so twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      pool.takeBack(slot, connection, since);
    }
  }

  /** Gives the connection back to be closed, such as when its state is in doubt. */
  public void discard() {
    if (closed.compareAndSet(false, true)) {
      pool.destroy(slot, Destroyed.DISCARDED, since);
    }
  }

  Holder holder(long now) {
    return new Holder(borrower.getName(), java.time.Duration.ofNanos(now - since), borrowedAt);
  }

  long since() {
    return since;
  }

  /** True the first time only. */
  boolean reportOnce() {
    boolean first = !reported;
    reported = true;
    return first;
  }

  @Override
  public String toString() {
    return "ExclusiveConnection[" + (closed.get() ? "given back" : borrower.getName()) + "]";
  }
}
