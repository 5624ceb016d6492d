package dev.chasqui.benchmarks.pointcache;

import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.pointcache.Answer;
import dev.chasqui.pointcache.CachedTable;
import dev.chasqui.pointcache.PointCache;
import dev.chasqui.pointcache.PointCacheConfig;
import dev.chasqui.pointcache.RowMapper;
import dev.chasqui.pointcache.Source;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Point-cache with all {@link Vehicles} in it, and what it stands on. */
public final class OurCache<R> implements OnServers.Closing {
  private static final String NAMESPACE = "benchmarks";
  private static final Duration LONG = Duration.ofDays(1);
  private static final int PATIENCE = 1_000;

  private final PooledRedis<String, byte[]> redis;
  private final PointCache cache;
  private final CachedTable<R> table;

  private OurCache(
      Servers servers, Duration memory, RowMapper<R> mapper, @Nullable MeterRegistry registry) {
    redis = redis(servers);
    PointCacheConfig config = PointCacheConfig.of(NAMESPACE)
        .withForeignWriters(false) // else capture would have to run
        .withTimeToLive(LONG)
        .withMemoryTime(memory)
        .withMemorySize(2 * Vehicles.COUNT);
    PointCache.Builder builder = PointCache.builder(config, redis, servers.database());
    cache = (registry == null ? builder : builder.meters(registry)).start();
    table = cache.table(Vehicles.TABLE, mapper);
  }

  /** With rows in Redis, and none in memory. */
  public static <R> OurCache<R> inRedis(Servers servers, RowMapper<R> mapper) {
    return new OurCache<>(servers, Duration.ZERO, mapper, null).filled(Source.REDIS);
  }

  /** With rows in memory. */
  public static <R> OurCache<R> inMemory(
      Servers servers, RowMapper<R> mapper, @Nullable MeterRegistry registry) {
    return new OurCache<>(servers, LONG, mapper, registry).filled(Source.MEMORY);
  }

  /** Asks until all come from there; memory keeps nothing before it hears of changes. */
  private OurCache<R> filled(Source wanted) {
    for (int i = 0; i < PATIENCE; i++) {
      Collection<Answer<R>> answers = table.findAll(Vehicles.keys()).values();
      if (answers.stream().allMatch(answer -> answer.source() == wanted)) {
        return this;
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    close();
    throw new IllegalStateException("rows do not come from " + wanted);
  }

  /** Puts all rows into Redis, and returns their keys there by the keys of the rows. */
  public static List<String> fill(Servers servers) {
    try (OurCache<?> ours = inRedis(servers, row -> row)) {
      byte[] generation = ours.redis.sync().get("pc1:" + NAMESPACE + ":gen");
      if (generation == null) {
        throw new IllegalStateException("the namespace has no generation");
      }
      String beginning = "pc1:" + NAMESPACE + ":" + new String(generation, StandardCharsets.UTF_8)
          + ":public.vehicle:pk:";
      return Vehicles.keys().stream().map(key -> beginning + key).toList();
    }
  }

  /** Pooled-redis as point-cache has it. */
  public static PooledRedis<String, byte[]> redis(Servers servers) {
    return PooledRedis.builder(RedisConfig.parse(servers.redis().toString()))
        .codec(PointCache.CODEC)
        .connect();
  }

  /** What is asked. */
  public CachedTable<R> table() {
    return table;
  }

  /** The row of an answer, which must be one. */
  public static <R> R row(Answer<R> answer) {
    if (answer instanceof Answer.Found<R> found) {
      return found.row();
    }
    throw new IllegalStateException("there is no row: " + answer);
  }

  @Override
  public void close() {
    cache.close();
    redis.close();
  }
}
