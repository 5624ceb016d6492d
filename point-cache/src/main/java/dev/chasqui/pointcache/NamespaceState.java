package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisException;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which generation there is, and whether rows may be kept (SPEC §5), as of the last look.
 *
 * <p><b>Threads:</b> one looks, any number ask.
 */
final class NamespaceState {
  private static final Pattern GENERATIONS =
      Pattern.compile("(0|[1-9]\\d{0,17})(?: (0|[1-9]\\d{0,17}))?");

  /**
   * What a look found.
   *
   * @param read the generation that readers use
   * @param fence those that writers fence in
   * @param vouched whether capture is not behind, where it has to be
   * @param since when the look began
   */
  record Look(long read, List<Long> fence, boolean vouched, long since) {}

  private final PooledRedis<String, byte[]> redis;
  private final Keys keys;
  private final boolean foreignWriters;
  private final long lookNanos;
  private final LongSupplier nanoClock;
  private volatile @Nullable Look last;

  NamespaceState(
      PooledRedis<String, byte[]> redis,
      Keys keys,
      PointCacheConfig config,
      LongSupplier nanoClock) {
    this.redis = redis;
    this.keys = keys;
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
    byte[] generations = redis.sync().get(keys.generations());
    if (generations == null) {
      generations = first();
    }
    boolean vouched = !foreignWriters || redis.sync().get(keys.watermark()) != null;
    Matcher numbers = GENERATIONS.matcher(new String(generations, StandardCharsets.UTF_8));
    if (!numbers.matches()) {
      throw new RedisException(
          keys.generations() + " must be one or two numbers (SPEC 5.1), was " + numbers);
    }
    long read = Long.parseLong(numbers.group(1));
    String other = numbers.group(2);
    Look look = new Look(
        read, other == null ? List.of(read) : List.of(read, Long.valueOf(other)), vouched, since);
    last = look;
    return look;
  }

  private byte[] first() {
    List<byte[]> time = redis.sync().time();
    long millis =
        Long.parseLong(text(time.get(0))) * 1_000 + Long.parseLong(text(time.get(1))) / 1_000;
    redis
        .sync()
        .set(
            keys.generations(),
            Long.toString(millis).getBytes(StandardCharsets.UTF_8),
            SetArgs.Builder.nx());
    byte[] kept = redis.sync().get(keys.generations());
    if (kept == null) {
      throw new RedisException(keys.generations() + " was set and is not there");
    }
    return kept;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
