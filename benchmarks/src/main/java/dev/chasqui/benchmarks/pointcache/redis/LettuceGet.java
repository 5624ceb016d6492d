package dev.chasqui.benchmarks.pointcache.redis;

import dev.chasqui.benchmarks.pointcache.OurCache;
import dev.chasqui.benchmarks.pointcache.Servers;
import dev.chasqui.pointcache.PointCache;
import io.lettuce.core.RedisClient;
import java.util.List;

/** A bare {@code GET} of the same bytes through Lettuce, one connection for all threads. */
public class LettuceGet extends RedisBenchmark {
  @Override
  public Client open(Servers servers, int threads) {
    List<String> keys = OurCache.fill(servers);
    RedisClient redis = RedisClient.create(servers.redis().toString());
    return new BareGet(redis.connect(PointCache.CODEC).sync(), keys, redis::shutdown);
  }
}
