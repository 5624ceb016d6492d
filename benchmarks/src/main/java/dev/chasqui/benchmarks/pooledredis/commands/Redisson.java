package dev.chasqui.benchmarks.pooledredis.commands;

import static dev.chasqui.benchmarks.pooledredis.RedissonClients.bucket;

import dev.chasqui.benchmarks.pooledredis.RedissonClients;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;

/** Redisson, which borrows one of up to 64 connections for each command by itself. */
public class Redisson extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    return new Buckets(RedissonClients.open(uri));
  }

  private record Buckets(RedissonClient redisson) implements Client {
    @Override
    public byte @Nullable [] get(int key) {
      return bucket(redisson, key).get();
    }

    @Override
    public void set(int key, byte[] value) {
      bucket(redisson, key).set(value);
    }

    @Override
    public void close() {
      RedissonClients.close(redisson);
    }
  }
}
