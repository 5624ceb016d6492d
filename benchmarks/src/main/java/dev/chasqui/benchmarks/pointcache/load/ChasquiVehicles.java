package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.pointcache.Answer;
import dev.chasqui.pointcache.CachedTable;
import dev.chasqui.pointcache.Capture;
import dev.chasqui.pointcache.CaptureConfig;
import dev.chasqui.pointcache.PointCache;
import dev.chasqui.pointcache.PointCacheConfig;
import dev.chasqui.pointcache.Source;
import dev.chasqui.pointcache.TableDefinition;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** Through our cache, with the fences of writers. */
final class ChasquiVehicles implements Vehicles {
  private static final long NOBODY = 0;
  private static final Duration UNTIL_KEPT = Duration.ofMinutes(2);

  private final PooledRedis<String, byte[]> redis;
  private final PointCache cache;
  private final CachedTable<Vehicle> table;
  private final @Nullable Capture capture;

  /** Waits until rows are kept. */
  ChasquiVehicles(WorkerSettings settings, DataSource database, boolean foreignWriters) {
    PointCacheConfig config = PointCacheConfig.of("load")
        .withForeignWriters(foreignWriters)
        .withMemoryTime(Load.MEMORY_TIME)
        .withMemorySize(Load.MEMORY_ROWS)
        .withTimeToLive(Load.TIME_TO_LIVE);
    RedisConfig patient = RedisConfig.parse(settings.redis())
        .withConnectTimeout(Load.PATIENCE)
        .withCommandTimeout(Load.PATIENCE)
        .withBorrowTimeout(Load.PATIENCE);
    redis = PooledRedis.builder(patient).codec(PointCache.CODEC).connect();
    cache = PointCache.builder(config, redis, database).start();
    table = cache.table(TableDefinition.of("vehicle"), Vehicle.class);
    capture = foreignWriters && settings.worker() == 0 ? capture(config, settings) : null;
    long begin = System.nanoTime();
    while (table.find(NOBODY).source() == Source.DATABASE) {
      if (System.nanoTime() - begin > UNTIL_KEPT.toNanos()) {
        throw new IllegalStateException("no row is kept after " + UNTIL_KEPT + ": " + cache);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private Capture capture(PointCacheConfig config, WorkerSettings settings) {
    PGSimpleDataSource primary = new PGSimpleDataSource(); // it keeps a connection for long
    primary.setUrl(settings.jdbcUrl());
    primary.setUser(settings.username());
    primary.setPassword(settings.password());
    CaptureConfig log =
        CaptureConfig.of(settings.jdbcUrl(), settings.username(), settings.password());
    return Capture.builder(config, log, redis, primary).start();
  }

  @Override
  public Seen read(long id) {
    Answer<Vehicle> answer = table.find(id);
    return new Seen(answer.toOptional().orElseThrow().version(), answer.source());
  }

  @Override
  public long write(long id) throws SQLException {
    return cache.write((connection, fences) -> {
      long version = VehicleTable.write(connection, id);
      fences.row(table, id);
      return version;
    });
  }

  @Override
  public void close() {
    if (capture != null) {
      capture.close();
    }
    cache.close();
    redis.close();
  }
}
