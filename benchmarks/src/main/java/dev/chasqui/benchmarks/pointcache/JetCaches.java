package dev.chasqui.benchmarks.pointcache;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.MultiLevelCacheBuilder;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import com.alicp.jetcache.support.Kryo5ValueDecoder;
import com.alicp.jetcache.support.Kryo5ValueEncoder;
import dev.chasqui.benchmarks.OnServers;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** JetCache over Lettuce, its values as Kryo 5 writes them. */
public final class JetCaches {
  private JetCaches() {}

  /** A cache with all {@link Vehicles} in it, and the connection that it stands on. */
  public record Filled(Cache<Long, Vehicle> cache, RedisClient redis) implements OnServers.Closing {
    /** Fills the cache. */
    public Filled {
      cache.putAll(Vehicles.all());
    }

    @Override
    public void close() {
      cache.close();
      redis.shutdown(Duration.ZERO, Duration.ofSeconds(10));
    }
  }

  /** In Redis alone. */
  public static Filled inRedis(Servers servers) {
    RedisClient redis = RedisClient.create(servers.redis().toString());
    return new Filled(remote(redis), redis);
  }

  /** In memory and in Redis. */
  public static Filled inMemory(Servers servers) {
    RedisClient redis = RedisClient.create(servers.redis().toString());
    Cache<Long, Vehicle> local = CaffeineCacheBuilder.createCaffeineCacheBuilder()
        .limit(2 * Vehicles.COUNT)
        .expireAfterWrite(1, TimeUnit.DAYS)
        .buildCache();
    Cache<Long, Vehicle> both = MultiLevelCacheBuilder.createMultiLevelCacheBuilder()
        .addCache(local, remote(redis))
        .expireAfterWrite(1, TimeUnit.DAYS)
        .buildCache();
    return new Filled(both, redis);
  }

  private static Cache<Long, Vehicle> remote(RedisClient redis) {
    return RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder()
        .redisClient(redis)
        .keyPrefix("jetcache:vehicle:")
        .valueEncoder(Kryo5ValueEncoder.INSTANCE)
        .valueDecoder(Kryo5ValueDecoder.INSTANCE)
        .expireAfterWrite(1, TimeUnit.DAYS)
        .buildCache();
  }
}
