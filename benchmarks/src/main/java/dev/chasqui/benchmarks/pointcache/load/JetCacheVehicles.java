package dev.chasqui.benchmarks.pointcache.load;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.CacheBuilder;
import com.alicp.jetcache.SimpleCacheManager;
import com.alicp.jetcache.anno.CacheType;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import com.alicp.jetcache.support.Kryo5ValueDecoder;
import com.alicp.jetcache.support.Kryo5ValueEncoder;
import com.alicp.jetcache.template.CacheBuilderTemplate;
import com.alicp.jetcache.template.NotifyMonitorInstaller;
import com.alicp.jetcache.template.QuickConfig;
import dev.chasqui.pointcache.Source;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Through JetCache: Caffeine before Redis by Lettuce, processes telling each other what they removed, one load of a row
 * at a time in a process. Who writes commits, and then removes.
 */
final class JetCacheVehicles implements Vehicles {
  private static final String AREA = "default";

  private final DataSource database;
  private final RedisClient redis;
  private final SimpleCacheManager caches = new SimpleCacheManager();
  private final Cache<Long, Vehicle> cache;
  /** Whether it was this thread that loaded: JetCache does not say whence a row comes. */
  @SuppressWarnings("ThreadLocalUsage") // its threads end with it
  private final ThreadLocal<Boolean> loaded = ThreadLocal.withInitial(() -> false);

  JetCacheVehicles(WorkerSettings settings, DataSource database) {
    this.database = database;
    redis = RedisClient.create(settings.redis());
    CacheBuilder memory = CaffeineCacheBuilder.createCaffeineCacheBuilder();
    CacheBuilder remote = RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder()
        .redisClient(redis)
        .pubSubConnection(redis.connectPubSub(ByteArrayCodec.INSTANCE))
        .asyncResultTimeoutInMillis(Load.PATIENCE.toMillis())
        .valueEncoder(Kryo5ValueEncoder.INSTANCE)
        .valueDecoder(Kryo5ValueDecoder.INSTANCE)
        .broadcastChannel("load");
    @SuppressWarnings("unchecked") // an array of two maps, as it wants it
    CacheBuilderTemplate template =
        new CacheBuilderTemplate(true, Map.of(AREA, memory), Map.of(AREA, remote));
    template.getCacheMonitorInstallers().add(new NotifyMonitorInstaller(area -> remote));
    caches.setCacheBuilderTemplate(template);
    cache = caches.getOrCreateCache(QuickConfig.newBuilder(AREA, "vehicle:")
        .cacheType(CacheType.BOTH)
        .localExpire(Load.MEMORY_TIME)
        .localLimit(Load.MEMORY_ROWS)
        .expire(Load.TIME_TO_LIVE)
        .syncLocal(true)
        .loader(this::load)
        .build());
  }

  private Vehicle load(Long id) throws SQLException {
    loaded.set(true);
    try (Connection connection = database.getConnection()) {
      return VehicleTable.read(connection, id);
    }
  }

  @Override
  public Seen read(long id) {
    loaded.set(false);
    long version = cache.get(id).version();
    return new Seen(version, loaded.get() ? Source.DATABASE : Source.MEMORY);
  }

  @Override
  public long write(long id) throws SQLException {
    long version;
    try (Connection connection = database.getConnection()) {
      version = VehicleTable.write(connection, id);
    }
    cache.remove(id);
    return version;
  }

  @Override
  public void close() {
    caches.close();
    redis.shutdown();
  }
}
