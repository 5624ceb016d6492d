package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class LatenciesTest {
  private final Latencies latencies = new Latencies();

  @Test
  void quantile_ofOneToAMillion_isRightTo4Percent() {
    LongStream.rangeClosed(1, 1_000_000).forEach(latencies::add);

    assertThat(latencies.count()).isEqualTo(1_000_000);
    assertThat(latencies.quantile(0.5)).isCloseTo(500_000, withinPercentage(4));
    assertThat(latencies.quantile(0.999)).isCloseTo(999_000, withinPercentage(4));
    assertThat(latencies.quantile(1)).isCloseTo(1_000_000, withinPercentage(4));
    assertThat(latencies.quantile(0.00001)).isEqualTo(10);
  }

  @Test
  void quantile_ofNothing_isZero() {
    assertThat(latencies.quantile(0.99)).isZero();
  }

  @Test
  void quantile_ofTheLongestThereIs_isThat() {
    latencies.add(Long.MAX_VALUE);

    assertThat(latencies.quantile(0.5)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void add_ofOthers_countsBoth() {
    Latencies others = new Latencies();
    LongStream.of(10, 20).forEach(others::add);
    latencies.add(30);
    latencies.add(others);

    assertThat(latencies.count()).isEqualTo(3);
    assertThat(latencies.quantile(0.5)).isEqualTo(20);
  }
}
