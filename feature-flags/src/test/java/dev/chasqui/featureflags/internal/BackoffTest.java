package dev.chasqui.featureflags.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  /** Always the most that it may be. */
  private static final RandomGenerator MOST = new RandomGenerator() {
    @Override
    public long nextLong() {
      return 0;
    }

    @Override
    public long nextLong(long bound) {
      return bound - 1;
    }
  };

  @Test
  void failed_againAndAgain_doublesUpToTheLongest() {
    Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(3), MOST);

    assertThat(backoff.failed()).isEqualTo(Duration.ofMillis(500));
    assertThat(backoff.failed()).isEqualTo(Duration.ofSeconds(1));
    assertThat(backoff.failed()).isEqualTo(Duration.ofSeconds(2));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.failed()).isEqualTo(Duration.ofSeconds(3));
    }
    backoff.succeeded();
    assertThat(backoff.failed()).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void failed_longestOfYears_doesNotOverflow() {
    Backoff backoff = new Backoff(Duration.ofDays(1), Duration.ofDays(100_000), MOST);
    Duration before = Duration.ZERO;
    for (int i = 0; i < 100; i++) {
      Duration next = backoff.failed();
      assertThat(next).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofDays(100_000));
      before = next;
    }
    assertThat(before).isEqualTo(Duration.ofDays(100_000));
  }

  @Test
  void failed_manyClients_areSpreadFromZeroOn() {
    SplittableRandom random = new SplittableRandom(3);
    Duration second = Duration.ofSeconds(1);
    long early = 0;
    for (int i = 0; i < 1000; i++) {
      Duration wait = new Backoff(second, second, random).failed();
      assertThat(wait).isBetween(Duration.ZERO, second);
      early += wait.compareTo(Duration.ofMillis(250)) < 0 ? 1 : 0;
    }
    assertThat(early).isBetween(200L, 300L);
  }
}
