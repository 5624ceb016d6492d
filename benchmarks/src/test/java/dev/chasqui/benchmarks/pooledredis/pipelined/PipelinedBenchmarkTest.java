package dev.chasqui.benchmarks.pooledredis.pipelined;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.pooledredis.FilledRedis;
import java.net.URI;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

final class PipelinedBenchmarkTest {
  private static final int ROUNDS = 4;

  @Test
  void get64AndSet64_whoeverTakesPart_sendAllAndAwaitAllButTheLast() throws Exception {
    long sent = ROUNDS * PipelinedBenchmark.DEPTH;
    for (PipelinedBenchmark each : TakingPart.in(PipelinedBenchmark.class)) {
      try (FilledRedis redis = FilledRedis.start();
          PipelinedBenchmark.Client client = each.open(redis.uri(), 1)) {
        long getsBefore = calls(redis.uri(), "get"); // Redisson begins with some of its own
        long setsBefore = calls(redis.uri(), "set");
        PipelinedBenchmark.Pipe pipe = client.pipe();
        for (int i = 0; i < ROUNDS; i++) {
          pipe.get64();
          pipe.set64();
        }

        assertThat(calls(redis.uri(), "get") - getsBefore)
            .as("%s", each.getClass())
            .isBetween(sent - PipelinedBenchmark.DEPTH, sent);
        assertThat(calls(redis.uri(), "set") - setsBefore)
            .as("%s", each.getClass())
            .isBetween(sent - PipelinedBenchmark.DEPTH, sent);
      }
    }
  }

  private static long calls(URI redis, String command) {
    try (RedisClient client = RedisClient.create(redis)) {
      return client
          .info("commandstats")
          .lines()
          .filter(line -> line.startsWith("cmdstat_" + command + ":calls="))
          .mapToLong(line -> Long.parseLong(line.replaceAll("^[^=]*=|,.*", "")))
          .sum();
    }
  }
}
