package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.pooledredis.Script;
import io.lettuce.core.SetArgs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The scripts of SPEC.md, called as they are, and what they leave in Redis. */
final class Steps implements AutoCloseable {
  static final String CHANNEL = "pc1:test:changed";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long HOUR = 3_600_000;

  private final PooledRedis<String, String> redis;
  private final Map<String, Script<String>> texts = new HashMap<>();
  private final Map<String, Script<Long>> numbers = new HashMap<>();

  Steps(RedisConfig config) {
    redis = PooledRedis.connect(config
        .withBorrowTimeout(PATIENCE)
        .withCommandTimeout(PATIENCE)
        .withConnectTimeout(PATIENCE));
  }

  PooledRedis<String, String> redis() {
    return redis;
  }

  static String source(String script) {
    try (InputStream stream = PointCache.class.getResourceAsStream(script + ".lua")) {
      if (stream == null) {
        throw new IllegalArgumentException("there is no " + script + ".lua");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a script replies, as text: null is nil. What it throws is what Redis said. */
  @Nullable
  String call(String script, String key, List<String> arguments) {
    try {
      if (script.equals("lease")) {
        Script<String> lease =
            texts.computeIfAbsent(script, name -> Script.lua(source(name), Script.Returns.value()));
        return redis
            .run(lease, List.of(key), arguments)
            .toCompletableFuture()
            .orTimeout(60, TimeUnit.SECONDS)
            .join();
      }
      Script<Long> other =
          numbers.computeIfAbsent(script, name -> Script.lua(source(name), Script.Returns.INTEGER));
      return String.valueOf(redis
          .run(other, List.of(key), arguments)
          .toCompletableFuture()
          .orTimeout(60, TimeUnit.SECONDS)
          .join());
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  @Nullable
  String call(String script, String key, String... arguments) {
    return call(script, key, List.of(arguments));
  }

  /** For an hour, which no test takes. */
  @Nullable
  String lease(String key, String token) {
    return call("lease", key, token, Long.toString(HOUR));
  }

  String fence(String key, long transaction) {
    return String.valueOf(
        call("fence", key, Long.toString(transaction), Long.toString(HOUR), CHANNEL));
  }

  String fill(String key, String token, String snapshot, String payload) {
    return String.valueOf(
        call("fill", key, token, snapshot, "Rj,0a1b2c3d,5", payload, Long.toString(HOUR)));
  }

  String refresh(String key, @Nullable String seen, String snapshot, String payload) {
    return String.valueOf(call(
        "refresh",
        key,
        beginning(String.valueOf(seen)),
        snapshot,
        "Rj,0a1b2c3d,6",
        payload,
        Long.toString(HOUR)));
  }

  /** Up to the third bar. */
  static String beginning(String value) {
    int second = value.indexOf('|', value.indexOf('|') + 1);
    return value.substring(0, value.indexOf('|', second + 1) + 1);
  }

  /** What is there, byte for byte. */
  @Nullable
  String get(String key) {
    return redis.sync().get(key);
  }

  /** What is there, with a star for each moment. */
  @Nullable
  String masked(String key) {
    return withoutMoments(get(key));
  }

  /** The same; empty is nothing. */
  String kept(String key) {
    String masked = masked(key);
    return masked == null ? "" : masked;
  }

  static @Nullable String withoutMoments(@Nullable String stored) {
    return stored == null
        ? null
        : stored
            .replaceFirst("^(E\\|[^|@]*@)\\d+", "$1*")
            .replaceFirst("^(V\\|[^|]*\\|[^|]*,)\\d+\\|", "$1*|");
  }

  void set(String key, String text) {
    redis.sync().set(key, text);
  }

  /** As if the lease's time were up. */
  void endLease(String key) {
    String stored = String.valueOf(get(key));
    redis.sync().set(key, stored.replaceFirst("@\\d+\\|", "@1|"), SetArgs.Builder.keepttl());
  }

  long leftMillis(String key) {
    return redis.sync().pttl(key);
  }

  @Override
  public void close() {
    redis.close();
  }
}
