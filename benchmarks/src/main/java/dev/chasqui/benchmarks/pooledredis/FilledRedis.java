package dev.chasqui.benchmarks.pooledredis;

import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.realservers.RealRedis;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis that holds all {@link Keys}: one of its own for each fork of JMH, or the one that {@code
 * chasqui.test.redis.uri} or {@code CHASQUI_TEST_REDIS_URI} names, which must be empty and is emptied again.
 */
public final class FilledRedis implements OnServers.Closing {
  /**
   * Names the server to {@link CpuProfiler}: JMH makes that one and the benchmarks apart from each other, and a fork
   * has nothing else in common for both.
   */
  public static final String IN_USE = "chasqui.benchmarks.redis.uri";

  private static final long SECONDS = 60;

  private final RealRedis redis;

  private FilledRedis(RealRedis redis) {
    this.redis = redis;
  }

  /** Starts it and sets each of the keys. */
  public static FilledRedis start() {
    RealRedis redis = RealRedis.forTests();
    try {
      fill(redis.uri());
    } catch (RuntimeException e) {
      redis.close();
      throw e;
    }
    System.setProperty(IN_USE, redis.uri());
    return new FilledRedis(redis);
  }

  private static void fill(String uri) {
    RedisClient client = RedisClient.create(uri);
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      connection.setAutoFlushCommands(false);
      List<RedisFuture<?>> answers = new ArrayList<>();
      for (int key = 0; key < Keys.COUNT; key++) {
        answers.add(connection.async().set(Keys.bytes(key), Keys.value()));
      }
      connection.flushCommands();
      if (!LettuceFutures.awaitAll(
          SECONDS, TimeUnit.SECONDS, answers.toArray(RedisFuture[]::new))) {
        throw new IllegalStateException("Redis did not take all keys within a minute");
      }
    } finally {
      client.shutdown(0, SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Where it is, with its password. */
  public URI uri() {
    return URI.create(redis.uri());
  }

  /** The password in a Redis URI, null if there is none. */
  public static @Nullable String password(URI uri) {
    String user = uri.getUserInfo();
    return user == null ? null : user.substring(user.indexOf(':') + 1);
  }

  @Override
  public void close() {
    System.clearProperty(IN_USE);
    redis.close();
  }
}
