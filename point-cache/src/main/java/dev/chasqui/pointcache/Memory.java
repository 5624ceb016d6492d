package dev.chasqui.pointcache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this process keeps of one column of a table, for a short time from when it asked Redis for it (SPEC 6.4).
 *
 * <p>A change that is told between asking and keeping must not be lost: each {@link #drop} raises the epoch of the
 * key's stripe, and {@link #keep} keeps nothing that was asked for in an earlier one.
 *
 * <p><b>Threads:</b> safe for any number. Who keeps and who raises the epoch hold the stripe's lock, so what was kept in
 * an earlier epoch is there to be taken out when it has been raised.
 */
final class Memory<T> {
  private static final int STRIPES = 256; // a power of two

  private final Cache<Object, Kept<T>> cache;
  private final Stripe[] stripes = new Stripe[STRIPES];
  private final LongSupplier nanoClock;
  private final long lifeNanos;
  private volatile boolean open;

  /** The keys of one hash. */
  private static final class Stripe {
    /** Raised under this object's lock. */
    private volatile int epoch;
  }

  private record Kept<T>(T value, long askedAt) {}

  /**
   * Keeps nothing until it is opened.
   *
   * @param life from when something was asked for
   */
  Memory(Duration life, int size, LongSupplier nanoClock) {
    this(life, nanoClock, Caffeine.newBuilder().maximumSize(size));
  }

  /** Keeps lists, of together at most so many elements. */
  static <E> Memory<List<E>> ofLists(Duration life, int size, LongSupplier nanoClock) {
    return new Memory<>(
        life,
        nanoClock,
        Caffeine.newBuilder()
            .maximumWeight(size)
            .weigher((Object key, Kept<List<E>> kept) -> Math.max(1, kept.value.size())));
  }

  private Memory(
      Duration life, LongSupplier nanoClock, Caffeine<? super Object, ? super Kept<T>> builder) {
    this.lifeNanos = life.toNanos();
    this.nanoClock = nanoClock;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
    this.cache =
        builder.expireAfter(new FromAsking()).ticker(nanoClock::getAsLong).build();
  }

  /** Caffeine itself would count from when it is kept, which may be any time later. */
  private final class FromAsking implements Expiry<Object, Kept<T>> {
    @Override
    public long expireAfterCreate(Object key, Kept<T> kept, long now) {
      return Math.max(0, lifeNanos - (now - kept.askedAt));
    }

    @Override
    public long expireAfterUpdate(Object key, Kept<T> kept, long now, long left) {
      return expireAfterCreate(key, kept, now);
    }

    @Override
    public long expireAfterRead(Object key, Kept<T> kept, long now, long left) {
      return left;
    }
  }

  @Nullable
  T get(Object key) {
    Kept<T> kept = cache.getIfPresent(key);
    return kept == null ? null : kept.value;
  }

  /** To be had before asking, for {@link #keep}. */
  int epoch(Object key) {
    return stripe(key).epoch;
  }

  private Stripe stripe(Object key) {
    int hash = key.hashCode();
    return stripes[(hash ^ hash >>> 16) & STRIPES - 1];
  }

  /** Keeps what was asked for at {@code askedAt}, unless something happened since. */
  void keep(Object key, int epoch, long askedAt, T value) {
    if (!open || nanoClock.getAsLong() - askedAt >= lifeNanos) {
      return;
    }
    Stripe stripe = stripe(key);
    synchronized (stripe) {
      if (open && stripe.epoch == epoch) {
        cache.put(key, new Kept<>(value, askedAt));
      }
    }
  }

  void drop(Object key) {
    raise(stripe(key));
    cache.invalidate(key);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // of the lock's holder
  private static void raise(Stripe stripe) {
    synchronized (stripe) {
      stripe.epoch++;
    }
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
    for (Stripe stripe : stripes) {
      raise(stripe);
    }
    cache.invalidateAll();
  }
}
