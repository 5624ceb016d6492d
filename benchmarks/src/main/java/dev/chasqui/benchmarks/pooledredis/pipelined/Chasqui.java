package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.OurRedis;
import dev.chasqui.pooledredis.PooledRedis;
import java.net.URI;

/** The shared connections of pooled-redis. */
public class Chasqui extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    PooledRedis<byte[], byte[]> redis = OurRedis.connect(uri, 0);
    return new SharedCommands(redis.async(), redis::close);
  }
}
