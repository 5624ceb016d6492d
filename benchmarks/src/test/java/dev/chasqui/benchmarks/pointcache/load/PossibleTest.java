package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PossibleTest {
  @Test
  void of_noWrites_missesEachRowOnce() {
    List<Possible> stages = Possible.of(options(100, 0), 2);

    assertThat(stages.get(0)).isEqualTo(new Possible(100_000, 100, 0));
    assertThat(stages.get(1)).isEqualTo(new Possible(100_000, 0, 0));
  }

  @Test
  void of_writesByTheSameDistribution_missesAsOftenAsOneWrites() {
    Possible warm = Possible.of(options(100, 5), 2).get(1);

    assertThat(warm.forgetting()).isCloseTo(0.95, within(0.005));
    assertThat(warm.keeping()).isOne();
  }

  private static LoadOptions options(int rows, int writes) {
    return new LoadOptions(List.of(), rows, 100_000, 2, writes, 2, 2, 1);
  }
}
