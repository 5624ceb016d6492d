package dev.chasqui.benchmarks.pooledredis.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.pooledredis.FilledRedis;
import dev.chasqui.benchmarks.pooledredis.Keys;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CommandBenchmarkTest {
  private static final int THREADS = 64;

  @Test
  void getAndSet_whoeverTakesPart_speakOfTheSameKeys() throws Exception {
    byte[] changed = Keys.value().clone();
    int key = 0;
    try (FilledRedis redis = FilledRedis.start();
        CommandBenchmark.Client other = new LettuceShared().open(redis.uri(), 1)) {
      for (CommandBenchmark each : TakingPart.in(CommandBenchmark.class)) {
        key++;
        changed[0] = (byte) key;
        try (CommandBenchmark.Client client = each.open(redis.uri(), 2)) {
          assertThat(client.get(key)).as("%s", each.getClass()).isEqualTo(Keys.value());
          client.set(key, changed);
          assertThat(client.get(key)).as("%s", each.getClass()).isEqualTo(changed);
        }
        assertThat(other.get(key)).as("%s", each.getClass()).isEqualTo(changed);
      }
    }
  }

  @Test
  void get_moreThreadsThanConnections_answersAll() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (FilledRedis redis = FilledRedis.start()) {
      for (CommandBenchmark each : TakingPart.in(CommandBenchmark.class)) {
        try (CommandBenchmark.Client client = each.open(redis.uri(), THREADS)) {
          Callable<byte @Nullable []> get = () -> client.get(Keys.any());
          for (Future<byte @Nullable []> answer :
              threads.invokeAll(Collections.nCopies(20 * THREADS, get))) {
            assertThat(answer.get()).as("%s", each.getClass()).isEqualTo(Keys.value());
          }
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
