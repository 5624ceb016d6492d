package dev.chasqui.benchmarks.pooledredis.pipelined;

import static dev.chasqui.benchmarks.pooledredis.RedissonClients.bucket;

import dev.chasqui.benchmarks.pooledredis.RedissonClients;
import java.net.URI;
import java.util.concurrent.Future;
import org.redisson.api.RedissonClient;

/** Redisson's futures: each command borrows one of up to 64 connections by itself, or waits for one. */
public class Redisson extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    return new Buckets(RedissonClients.open(uri));
  }

  private record Buckets(RedissonClient redisson) implements Client {
    @Override
    public Pipe pipe() {
      return new SlidingWindow() {
        @Override
        Future<byte[]> get(int key) {
          return bucket(redisson, key).getAsync();
        }

        @Override
        Future<?> set(int key, byte[] value) {
          return bucket(redisson, key).setAsync(value);
        }
      };
    }

    @Override
    public void close() {
      RedissonClients.close(redisson);
    }
  }
}
