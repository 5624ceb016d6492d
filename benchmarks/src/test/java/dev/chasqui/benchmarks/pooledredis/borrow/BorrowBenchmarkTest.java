package dev.chasqui.benchmarks.pooledredis.borrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.pooledredis.FilledRedis;
import dev.chasqui.benchmarks.pooledredis.ManyThreads;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BorrowBenchmarkTest {
  @Test
  void borrow_whoeverTakesPart_lendsEachOfEightToOne() throws Exception {
    try (FilledRedis redis = FilledRedis.start()) {
      for (BorrowBenchmark<?> each : TakingPart.in(BorrowBenchmark.class)) {
        assertThat(borrowedTwice(each, redis.uri()))
            .as("%s", each.getClass())
            .hasSize(2 * ManyThreads.CONNECTIONS);
      }
    }
  }

  /** All at once, and all again. */
  private static <C> List<C> borrowedTwice(BorrowBenchmark<C> who, URI redis) throws Exception {
    List<C> all = new ArrayList<>();
    try (BorrowBenchmark.Pool<C> pool = who.open(redis, ManyThreads.CONNECTIONS)) {
      for (int round = 0; round < 2; round++) {
        List<C> borrowed = new ArrayList<>();
        for (int i = 0; i < ManyThreads.CONNECTIONS; i++) {
          borrowed.add(pool.borrow());
        }
        assertThat(borrowed).as("%s", who.getClass()).doesNotHaveDuplicates();
        for (C one : borrowed) {
          pool.giveBack(one);
        }
        all.addAll(borrowed);
      }
    }
    return all;
  }
}
