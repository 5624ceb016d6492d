package dev.chasqui.pointcache;

import java.util.List;
import java.util.function.LongSupplier;

/**
 * Turns a namespace to a new generation (SPEC 5.3), by and by. One that somebody else has begun is brought to its end
 * first, since it may have begun before that which makes this one necessary.
 *
 * <p><b>Threads:</b> one at a time. Any number of processes may do this at once: each step is taken only if the
 * generations are still what they were when waiting for it began.
 */
final class GenerationChange {
  private final RedisTier redis;
  private final NamespaceState state;
  private final long firstWaitNanos;
  private final long waitNanos;
  private final LongSupplier nanoClock;
  private boolean begun; // a change of our own, not only another's
  private List<Long> seen = List.of();
  private long nextAt;

  private GenerationChange(
      RedisTier redis,
      NamespaceState state,
      long firstWaitNanos,
      long waitNanos,
      LongSupplier nanoClock) {
    this.redis = redis;
    this.state = state;
    this.waitNanos = waitNanos;
    this.firstWaitNanos = firstWaitNanos;
    this.nanoClock = nanoClock;
  }

  /** Waits by itself until all transactions have ended that fenced in the old generation only. */
  static GenerationChange waiting(
      RedisTier redis, NamespaceState state, PointCacheConfig config, LongSupplier nanoClock) {
    long wait = 3 * config.pollTime().toNanos();
    return new GenerationChange(redis, state, config.fenceTime().toNanos() + wait, wait, nanoClock);
  }

  /** For who sees to it between {@link #begin} and {@link #advance}. */
  static GenerationChange attended(
      RedisTier redis, NamespaceState state, PointCacheConfig config, LongSupplier nanoClock) {
    long wait = 3 * config.pollTime().toNanos();
    return new GenerationChange(redis, state, wait, wait, nanoClock);
  }

  /**
   * Goes no further than to where readers still use the old generation, and all transactions that begin from now on fence
   * in both. Whether it is there; if not, to be called again.
   */
  boolean begin() {
    if (!begun) {
      advance();
      return false;
    }
    return nanoClock.getAsLong() - nextAt >= 0;
  }

  /** Goes as far as it can without waiting. Whether all is done; if not, to be called again, at any time. */
  boolean advance() {
    List<Long> now = state.look().fence();
    if (!now.equals(seen)) {
      return meet(now);
    }
    if (nanoClock.getAsLong() - nextAt < 0) {
      return false;
    }
    long first = now.get(0);
    long second = now.get(1);
    boolean last = first > second;
    List<Long> next = last ? List.of(first) : List.of(second, first);
    if (redis.changeGenerations(now, next)) {
      if (last && begun) {
        return true;
      }
      meet(next);
    }
    return false;
  }

  /** These generations are seen for the first time: begins, or begins to wait. */
  private boolean meet(List<Long> now) {
    seen = now;
    if (now.size() == 1) {
      if (begun) {
        return true; // another has taken our last step
      }
      List<Long> both = List.of(now.get(0), now.get(0) + 1);
      begun = redis.changeGenerations(now, both);
      seen = begun ? both : List.of();
      nextAt = nanoClock.getAsLong() + firstWaitNanos;
    } else {
      nextAt = nanoClock.getAsLong() + (now.get(0) < now.get(1) ? firstWaitNanos : waitNanos);
    }
    return false;
  }
}
