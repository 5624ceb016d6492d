package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.JedisPool;
import dev.chasqui.benchmarks.pooledredis.Keys;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;

/** Batches of 64, for each of which one of 8 connections is borrowed. */
public class JedisPipeline extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) throws Exception {
    return new Pooled(JedisPool.open(uri, CONNECTIONS));
  }

  private record Pooled(RedisClient jedis) implements Client {
    @Override
    public Pipe pipe() {
      return new Batch(jedis);
    }

    @Override
    public void close() {
      jedis.close();
    }
  }

  private static final class Batch implements Pipe {
    private final RedisClient jedis;
    private final List<Response<byte[]>> gets = new ArrayList<>(DEPTH);
    private final List<Response<String>> sets = new ArrayList<>(DEPTH);

    Batch(RedisClient jedis) {
      this.jedis = jedis;
    }

    @Override
    public void get64() {
      gets.clear();
      try (AbstractPipeline pipeline = jedis.pipelined()) {
        for (int i = 0; i < DEPTH; i++) {
          gets.add(pipeline.get(Keys.bytes(Keys.any())));
        }
        pipeline.sync();
      }
      for (Response<byte[]> answer : gets) {
        checked(answer.get());
      }
    }

    @Override
    public void set64() {
      sets.clear();
      try (AbstractPipeline pipeline = jedis.pipelined()) {
        for (int i = 0; i < DEPTH; i++) {
          sets.add(pipeline.set(Keys.bytes(Keys.any()), Keys.value()));
        }
        pipeline.sync();
      }
      for (Response<String> answer : sets) {
        answer.get(); // throws what Redis refused
      }
    }
  }
}
