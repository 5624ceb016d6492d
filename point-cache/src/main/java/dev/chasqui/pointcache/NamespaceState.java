package dev.chasqui.pointcache;

import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which generation there is, and whether rows may be kept (SPEC §5), as of the last look.
 *
 * <p><b>Threads:</b> one looks, any number ask.
 */
final class NamespaceState {
  /**
   * What a look found.
   *
   * @param read the generation that readers use
   * @param fence those that writers fence in
   * @param vouched whether capture is not behind, where it has to be
   * @param watermark up to where in the log it has fenced, if it is not behind and was looked for
   * @param since when the look began
   */
  record Look(
      long read,
      List<Long> fence,
      boolean vouched,
      @Nullable String watermark,
      long since) {}

  private final RedisTier redis;
  private final boolean foreignWriters;
  private final long lookNanos;
  private final LongSupplier nanoClock;
  private volatile @Nullable Look last;

  NamespaceState(RedisTier redis, PointCacheConfig config, LongSupplier nanoClock) {
    this.redis = redis;
    this.foreignWriters = config.foreignWriters();
    this.lookNanos = 2 * config.pollTime().toNanos();
    this.nanoClock = nanoClock;
  }

  /** Null if rows may not be kept now, nor kept ones be used. */
  @Nullable
  Look usable() {
    Look look = last;
    return look != null && look.vouched && nanoClock.getAsLong() - look.since <= lookNanos
        ? look
        : null;
  }

  /** The last look if it is young enough to fence by, else a new one. */
  Look forFences() {
    Look look = last;
    return look != null && nanoClock.getAsLong() - look.since <= lookNanos ? look : look();
  }

  /** Looks. */
  Look look() {
    long since = nanoClock.getAsLong();
    List<Long> generations = redis.generations();
    String watermark = foreignWriters ? redis.watermark() : null;
    boolean vouched = !foreignWriters || watermark != null;
    Look look = new Look(generations.get(0), generations, vouched, watermark, since);
    last = look;
    return look;
  }
}
