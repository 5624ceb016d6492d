package dev.chasqui.benchmarks.pointcache.redis;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.pooledredis.PooledRedis;
import java.util.List;

/** A bare {@code GET} of the bytes that point-cache reads, through pooled-redis. */
public class Floor extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    List<String> keys = OurCache.fill(servers);
    PooledRedis<String, byte[]> redis = OurCache.redis(servers);
    return new BareGet(redis.sync(), keys, redis::close);
  }
}
