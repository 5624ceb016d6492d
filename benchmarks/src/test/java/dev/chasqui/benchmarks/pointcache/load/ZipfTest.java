package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ZipfTest {
  private static final int KEYS = 1_000;
  private static final int DRAWN = 2_000_000;

  private final Zipf zipf = new Zipf(KEYS);

  @Test
  void next_manyTimes_isAsOftenEachKeyAsItsRankIsLikely() {
    SplittableRandom random = new SplittableRandom(1);
    int[] drawn = new int[KEYS + 1];
    for (int i = 0; i < DRAWN; i++) {
      drawn[zipf.next(random)]++;
    }

    double sum = IntStream.rangeClosed(1, KEYS)
        .mapToDouble(rank -> Math.pow(rank, -0.99))
        .sum();
    for (int rank = 0; rank < KEYS; rank++) {
      double likely = Math.pow(rank + 1.0, -0.99) / sum;
      double deviation = Math.sqrt(DRAWN * likely * (1 - likely));
      assertThat((double) drawn[zipf.key(rank)])
          .as("rank " + rank)
          .isCloseTo(DRAWN * likely, within(5 * deviation));
    }
  }

  @Test
  void key_ofAllRanks_isEachKeyOnce() {
    assertThat(IntStream.range(0, KEYS).map(zipf::key).sorted())
        .containsExactlyElementsOf(IntStream.rangeClosed(1, KEYS).boxed().toList());
  }

  @Test
  void next_ofOneKey_isThatOne() {
    assertThat(new Zipf(1).next(new SplittableRandom(1))).isEqualTo(1);
  }
}
