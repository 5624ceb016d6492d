package dev.chasqui.pointcache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this process keeps of one column of a table, for a short time from when it asked Redis for it (SPEC 6.4).
 *
 * <p>A change that is told between asking and keeping must not be lost: each {@link #drop} raises the epoch of its
 * stripe, and {@link #keep} keeps nothing that was asked for in an earlier one.
 *
 * <p><b>Threads:</b> safe for any number. {@link #keep} looks at the epoch while Caffeine holds the key, and {@link
 * #drop} takes the key out after it raised it.
 */
final class Memory<T> {
  private static final int STRIPES = 256; // a power of two

  private final Cache<Object, T> cache;
  private final AtomicIntegerArray epochs = new AtomicIntegerArray(STRIPES);
  private final LongSupplier nanoClock;
  private final long mostDelayNanos;
  private volatile boolean open;

  /**
   * Keeps nothing until it is opened.
   *
   * @param life from when something was asked for
   */
  Memory(Duration life, int size, LongSupplier nanoClock) {
    Ticker ticker = nanoClock::getAsLong;
    // A tenth for asking: Caffeine counts from when it is kept.
    this.mostDelayNanos = life.toNanos() / 10;
    this.nanoClock = nanoClock;
    this.cache = Caffeine.newBuilder()
        .expireAfterWrite(life.minusNanos(mostDelayNanos))
        .maximumSize(size)
        .ticker(ticker)
        .build();
  }

  @Nullable
  T get(Object key) {
    return cache.getIfPresent(key);
  }

  /** To be had before asking, for {@link #keep}. */
  int epoch(Object key) {
    return epochs.get(stripe(key));
  }

  private static int stripe(Object key) {
    int hash = key.hashCode();
    return (hash ^ hash >>> 16) & STRIPES - 1;
  }

  /** Keeps what was asked for at {@code askedAt}, unless something happened since. */
  void keep(Object key, int epoch, long askedAt, T value) {
    if (!open || nanoClock.getAsLong() - askedAt > mostDelayNanos) {
      return;
    }
    cache
        .asMap()
        .compute(key, (same, old) -> open && epochs.get(stripe(same)) == epoch ? value : old);
  }

  void drop(Object key) {
    epochs.incrementAndGet(stripe(key));
    cache.asMap().remove(key);
  }

  /** From now on, changes are told. */
  void open() {
    open = true;
  }

  /** Changes are not told any more: nothing is kept. */
  void close() {
    open = false;
    dropAll();
  }

  void dropAll() {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      epochs.incrementAndGet(stripe);
    }
    cache.invalidateAll();
  }
}
