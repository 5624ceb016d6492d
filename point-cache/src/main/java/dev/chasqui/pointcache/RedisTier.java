package dev.chasqui.pointcache;

import dev.chasqui.pointcache.CacheMeters.Fill;
import dev.chasqui.pooledredis.ExclusiveConnection;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.pooledredis.Script;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisException;
import io.lettuce.core.SetArgs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps of the protocol that Redis takes part in. Any of them may throw a {@link RedisException}; none waits for
 * longer than the command timeout.
 */
final class RedisTier {
  private static final Pattern GENERATIONS =
      Pattern.compile("(0|[1-9]\\d{0,17})(?: (0|[1-9]\\d{0,17}))?");
  private static final long A_VALUE_HAD_TO_GO = 2;
  /** Fences that are sent before the replies are waited for. */
  static final int MOST_TOGETHER = 1_000;
  /** How long to wait for replicas: less than anybody would wait for an answer. */
  private static final int REPLICATION_MILLIS = 200;

  private static final Script<byte[]> LEASE = Script.lua(source("lease"), Script.Returns.value());
  private static final Script<Long> FILL = Script.lua(source("fill"), Script.Returns.INTEGER);
  private static final Script<Long> REFRESH = Script.lua(source("refresh"), Script.Returns.INTEGER);
  private static final Script<Long> FENCE = Script.lua(source("fence"), Script.Returns.INTEGER);

  private static final Script<Boolean> GENERATION =
      Script.lua(source("generation"), Script.Returns.BOOLEAN);
  private static final Script<Boolean> WATERMARK =
      Script.lua(source("watermark"), Script.Returns.BOOLEAN);

  private final PooledRedis<String, byte[]> redis;
  private final byte[] leaseTime;
  private final byte[] fenceTime;
  private final byte[] channel;
  private final Keys keys;
  /** No other process has tokens that begin so. */
  private final String tokens;

  private final AtomicLong lastToken = new AtomicLong();

  /** @throws IllegalArgumentException if it would read from replicas, which may lag behind fences */
  RedisTier(PooledRedis<String, byte[]> redis, PointCacheConfig config, Keys keys) {
    if (redis.config().readFrom() != ReadFrom.MASTER) {
      throw new IllegalArgumentException(
          "redis must have readFrom MASTER, for a replica may lack what was fenced (SPEC 4.1), was "
              + redis.config().readFrom());
    }
    this.redis = redis;
    this.leaseTime = millis(config.leaseTime());
    this.fenceTime = millis(config.fenceTime());
    this.channel = bytes(keys.changes());
    this.keys = keys;
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    this.tokens = HexFormat.of().formatHex(random) + "-";
  }

  private static String source(String script) {
    try (InputStream stream = RedisTier.class.getResourceAsStream(script + ".lua")) {
      if (stream == null) {
        throw new IllegalStateException(script + ".lua is not beside its class");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] millis(Duration duration) {
    return bytes(Long.toString(duration.toMillis()));
  }

  byte @Nullable [] get(String key) {
    return redis.sync().get(key);
  }

  /** Those that are there. */
  Map<String, byte[]> get(Collection<String> keys) {
    return await(redis.multiKey().get(keys));
  }

  /** The values of different keys, in the same order. */
  List<KeyValue<String, byte[]>> getAll(List<String> keys) {
    return redis.multiKey().getSync(keys);
  }

  String newToken() {
    return tokens + Long.toString(lastToken.incrementAndGet(), Character.MAX_RADIX);
  }

  /** Asks for the lease (SPEC 4.2): a value, or nothing at all if it is granted, or null if another has it. */
  byte @Nullable [] lease(String key, String token) {
    return await(sendLease(key, token)).orElse(null);
  }

  private CompletionStage<Optional<byte[]>> sendLease(String key, String token) {
    return redis
        .run(LEASE, List.of(key), List.of(bytes(token), leaseTime))
        .thenApply(Optional::ofNullable);
  }

  /** Asks for the leases of many keys at once; {@code keys} has the token for each. Empty: another has it. */
  Map<String, Optional<byte[]>> lease(Map<String, String> keys) {
    Map<String, CompletionStage<Optional<byte[]>>> sent = new LinkedHashMap<>();
    keys.forEach((key, token) -> sent.put(key, sendLease(key, token)));
    Map<String, Optional<byte[]>> replies = new LinkedHashMap<>();
    sent.forEach((key, stage) -> replies.put(key, await(stage)));
    return replies;
  }

  /** What is to be kept under a key. */
  record Content(String snapshot, String head, String payload, Duration life) {
    private List<byte[]> after(byte[] first) {
      return List.of(first, bytes(snapshot), bytes(head), bytes(payload), millis(life));
    }
  }

  /** Stores it if nothing is in the way (SPEC 4.4). */
  CompletionStage<Fill> fill(String key, String token, Content content) {
    return redis.run(FILL, List.of(key), content.after(bytes(token))).thenApply(RedisTier::outcome);
  }

  /** Stores it instead of the value that begins so (SPEC 4.7). */
  CompletionStage<Fill> refresh(String key, String beginning, Content content) {
    return redis
        .run(REFRESH, List.of(key), content.after(bytes(beginning)))
        .thenApply(RedisTier::outcome);
  }

  private static Fill outcome(long reply) {
    return reply == 1 ? Fill.KEPT : reply == 0 ? Fill.LATE : Fill.FENCED;
  }

  /** Places fences (SPEC 6.1), many sent at once; returns the keys that had a value. */
  List<String> fence(Collection<String> keys, String transaction) {
    List<String> all = List.copyOf(keys);
    List<String> values = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MOST_TOGETHER) {
      List<String> some = all.subList(from, Math.min(all.size(), from + MOST_TOGETHER));
      sendFences(some, transaction).forEach((key, reply) -> {
        if (await(reply) == A_VALUE_HAD_TO_GO) {
          values.add(key);
        }
      });
    }
    return values;
  }

  /** The same without waiting: they are placed when the replies are there. */
  Map<String, CompletionStage<Long>> sendFences(Collection<String> keys, String transaction) {
    List<byte[]> arguments = List.of(bytes(transaction), fenceTime, channel);
    Map<String, CompletionStage<Long>> sent = new LinkedHashMap<>();
    keys.forEach(key -> sent.put(key, redis.run(FENCE, List.of(key), arguments)));
    return sent;
  }

  /** The generations, of which readers use the first (SPEC 5.1). */
  List<Long> generations() {
    Optional<List<Long>> found = foundGenerations();
    if (found.isEmpty()) {
      redis
          .sync()
          .set(keys.generations(), bytes(Long.toString(timeMillis())), SetArgs.Builder.nx());
      found = foundGenerations();
    }
    return found.orElseThrow(() -> refused("none"));
  }

  /** The same, but puts none if there are none. */
  Optional<List<Long>> foundGenerations() {
    byte[] kept = redis.sync().get(keys.generations());
    if (kept == null) {
      return Optional.empty();
    }
    String text = new String(kept, StandardCharsets.UTF_8);
    Matcher numbers = GENERATIONS.matcher(text);
    if (!numbers.matches()) {
      throw refused(text);
    }
    Long first = Long.valueOf(numbers.group(1));
    return Optional.of(
        numbers.group(2) == null ? List.of(first) : List.of(first, Long.valueOf(numbers.group(2))));
  }

  private RedisException refused(String generations) {
    return new RedisException(
        keys.generations() + " must be one or two numbers (SPEC 5.1), was " + generations);
  }

  /** The watermark (SPEC 5.4), null if it is not there. */
  @Nullable
  String watermark() {
    byte[] position = redis.sync().get(keys.watermark());
    return position == null ? null : new String(position, StandardCharsets.UTF_8);
  }

  /** Whether the generations were {@code now} (SPEC 5.3). */
  boolean changeGenerations(List<Long> now, List<Long> next) {
    return await(redis.run(
        GENERATION, List.of(keys.generations()), List.of(generations(now), generations(next))));
  }

  private static byte[] generations(List<Long> numbers) {
    return bytes(numbers.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  /** Milliseconds since 1970, by Redis' clock. */
  long timeMillis() {
    List<byte[]> time = redis.sync().time();
    return Long.parseLong(new String(time.get(0), StandardCharsets.UTF_8)) * 1_000
        + Long.parseLong(new String(time.get(1), StandardCharsets.UTF_8)) / 1_000;
  }

  /** Puts the watermark (SPEC 5.4), for as long as the bound is not over by either clock. */
  void vouch(String position, long beganMillis, long boundMillis, long leftMillis) {
    await(redis.run(
        WATERMARK,
        List.of(keys.watermark()),
        List.of(
            bytes(position),
            bytes(Long.toString(beganMillis)),
            bytes(Long.toString(boundMillis)),
            bytes(Long.toString(leftMillis)))));
  }

  /** Whether so many replicas have all that was written until now (SPEC 6.3). */
  boolean isReplicated(int replicas) {
    try (ExclusiveConnection<String, byte[]> connection = redis.borrow()) {
      // WAIT is about what its own connection has written.
      connection.sync().set(keys.replicated(), new byte[0], SetArgs.Builder.px(REPLICATION_MILLIS));
      return connection.sync().waitForReplication(replicas, REPLICATION_MILLIS) >= replicas;
    }
  }

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RedisException known) {
        throw known;
      }
      throw new RedisException(e.getCause());
    }
  }
}
