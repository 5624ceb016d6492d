package dev.chasqui.featureflags.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the evidence is worth: by counting all outcomes where there are few, by simulation where there are many. */
final class HarmTestTest {
  private static final int RUNS = 2_000;

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0",
    "1, 7, 0",
    "9, 2, 0",
    "6, 6, 0",
    "1, 1, 0.01",
    "3, 8, 0.01",
    "12, 1, 0.2",
    "5, 5, 0.5"
  })
  void add_ofAnyRatesThatAreTolerated_isExpectedToGainNothing(
      int baselineCalls, int candidateCalls, double margin) {
    double[][] wealth = new double[baselineCalls + 1][candidateCalls + 1];
    for (int b = 0; b <= baselineCalls; b++) {
      for (int c = 0; c <= candidateCalls; c++) {
        HarmTest test = new HarmTest(margin);
        test.add(baselineCalls, b, candidateCalls, c);
        wealth[b][c] = test.eValue();
      }
    }
    double most = 0;
    for (double baseline = 0; baseline <= 1; baseline += 1 / 512.0) {
      for (double below : new double[] {0, 0.001, 0.1}) {
        double candidate = Math.min(1, Math.max(0, baseline + margin - below));
        double expected = 0;
        for (int b = 0; b <= baselineCalls; b++) {
          for (int c = 0; c <= candidateCalls; c++) {
            expected += wealth[b][c]
                * probability(baselineCalls, b, baseline)
                * probability(candidateCalls, c, candidate);
          }
        }
        most = Math.max(most, expected);
      }
    }
    assertThat(most).isBetween(0.6, 1 + 1e-9);
  }

  @Test
  void add_afterABatchThatWasAnything_isExpectedToGainNothing() {
    double margin = 0.02;
    for (long harmBefore = 0; harmBefore <= 20; harmBefore += 5) {
      HarmTest before = new HarmTest(margin);
      before.add(20, 3, 20, harmBefore);
      for (double rate = 0; rate <= 0.98; rate += 0.02) { // whatever it was in the batch before
        double expected = 0;
        for (int b = 0; b <= 4; b++) {
          for (int c = 0; c <= 4; c++) {
            HarmTest test = new HarmTest(margin);
            test.add(20, 3, 20, harmBefore);
            test.add(4, b, 4, c);
            expected += test.eValue() * probability(4, b, rate) * probability(4, c, rate + margin);
          }
        }
        assertThat(expected / before.eValue()).isLessThanOrEqualTo(1 + 1e-9);
      }
    }
  }

  @Test
  void eValue_whereBothFailAllTheTime_isNeverLessThanWhatIsKeptBack() {
    HarmTest test = new HarmTest(0);
    for (int i = 0; i < 99; i++) {
      test.add(100_000, 100_000, 100_000, 100_000);
    }
    assertThat(test.eValue()).isGreaterThan(0.0099);
  }

  @Test
  void eValue_ofHarmBeyondDoubt_isFinite() {
    HarmTest test = new HarmTest(0);
    for (int i = 0; i < 100; i++) {
      test.add(1_000_000, 0, 1_000_000, 1_000_000);
    }
    assertThat(test.eValue()).isBetween(0.99e300, 1.01e300);
  }

  /** One batch of a world: calls and harm of baseline and candidate. */
  private record Batch(
      int baselineCalls, int baselineHarm, int candidateCalls, int candidateHarm) {}

  /** A world makes its batches in order. */
  private interface World {
    Batch next(int index, Random random);
  }

  private static World steady(double baseline, double candidate) {
    return (index, random) ->
        new Batch(20, drawn(20, baseline, random), 20, drawn(20, candidate, random));
  }

  /**
   * A rollout from 10 % to 90 %, with an outage of both when it is at half: whoever adds up all calls sees a candidate that fails
   * more often.
   */
  private static World rolloutWithOutage() {
    return (index, random) -> {
      int ofCandidate = 4 + 32 * index / 300;
      double rate = index > 180 && index < 240 ? 0.3 : 0.01;
      return new Batch(
          40 - ofCandidate,
          drawn(40 - ofCandidate, rate, random),
          ofCandidate,
          drawn(ofCandidate, rate, random));
    };
  }

  /** Every tenth batch has a moment in which each call fails; which variant a call gets is drawn for itself. */
  private static World bursts() {
    return (index, random) -> {
      int[] calls = new int[2];
      int[] harm = new int[2];
      boolean outage = random.nextInt(10) == 0;
      int from = random.nextInt(60);
      for (int i = 0; i < 60; i++) {
        int variant = random.nextInt(3) == 0 ? 1 : 0;
        calls[variant]++;
        if (outage && i >= from && i < from + 15) {
          harm[variant]++;
        }
      }
      return new Batch(calls[0], harm[0], calls[1], harm[1]);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"same", "at the margin", "rollout with outage", "bursts"})
  void eValue_lookedAtAfterEachBatchOfHarmlessReleases_seldomReachesItsThreshold(String world) {
    double alpha = 0.05;
    double margin = world.equals("at the margin") ? 0.01 : 0;
    long alarms = alarms(world(world), margin, alpha);
    // at most alpha, and what chance adds in so many runs
    assertThat((double) alarms).isLessThanOrEqualTo(RUNS * alpha + 3 * deviation(alpha));
  }

  @ParameterizedTest
  @ValueSource(strings = {"same", "rollout with outage"})
  void zTest_lookedAtAfterEachBatchOfHarmlessReleases_oftenGivesFalseAlarm(String world) {
    double alpha = 0.05;
    int alarms = 0;
    for (int run = 0; run < RUNS; run++) {
      Random random = new Random(run);
      World of = world(world);
      long[] sums = new long[4];
      for (int i = 0; i < 300; i++) {
        Batch batch = of.next(i, random);
        sums[0] += batch.baselineCalls();
        sums[1] += batch.baselineHarm();
        sums[2] += batch.candidateCalls();
        sums[3] += batch.candidateHarm();
        if (sums[1] + sums[3] >= 10 && z(sums) > 1.645) {
          alarms++;
          break;
        }
      }
    }
    assertThat(alarms).isGreaterThan((int) (RUNS * 3 * alpha)); // three times what it promises
  }

  @Test
  void eValue_ofDoubledErrors_isFoundWithinThreeThousandCallsOfEachMostly() {
    int[] batches = batchesToFind(steady(0.02, 0.04), 0, 0.001);
    assertThat(batches[batches.length / 2] * 20).isLessThan(3_000);
    assertThat(batches[batches.length * 95 / 100] * 20).isLessThan(10_000);
  }

  @Test
  void eValue_ofErrorsThatDoubleAfterAnHour_takesTwoToThreeTimesAsManyCalls() {
    World world = (index, random) -> steady(0.02, index < 3_600 ? 0.02 : 0.04).next(index, random);
    int[] batches = batchesToFind(world, 0, 0.001);
    assertThat((batches[batches.length / 2] - 3_600) * 20).isBetween(4_000, 7_500);
    assertThat((batches[batches.length * 95 / 100] - 3_600) * 20).isLessThan(12_000);
  }

  @Test
  void eValue_ofHarmAfterAnOutageOfBoth_isFoundAllTheSame() {
    World world = (index, random) -> index < 30
        ? new Batch(1_000, drawn(1_000, 0.5, random), 1_000, drawn(1_000, 0.5, random))
        : steady(0.01, 0.10).next(index, random);
    int[] batches = batchesToFind(world, 0.01, 0.001);
    assertThat(batches[batches.length * 95 / 100]).isLessThan(30 + 60);
  }

  private static World world(String name) {
    return switch (name) {
      case "same" -> steady(0.05, 0.05);
      case "at the margin" -> steady(0.02, 0.03);
      case "rollout with outage" -> rolloutWithOutage();
      case "bursts" -> bursts();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static long alarms(World world, double margin, double alpha) {
    return IntStream.range(0, RUNS)
        .parallel()
        .filter(run -> {
          Random random = new Random(run);
          HarmTest test = new HarmTest(margin);
          for (int i = 0; i < 300; i++) {
            add(test, world.next(i, random));
            if (test.eValue() >= 1 / alpha) {
              return true;
            }
          }
          return false;
        })
        .count();
  }

  /** In 200 runs, sorted. */
  private static int[] batchesToFind(World world, double margin, double alpha) {
    int[] found = new int[200];
    for (int run = 0; run < found.length; run++) {
      Random random = new Random(run);
      HarmTest test = new HarmTest(margin);
      while (test.eValue() < 1 / alpha && found[run] < 10_000) {
        add(test, world.next(found[run], random));
        found[run]++;
      }
    }
    Arrays.sort(found);
    return found;
  }

  private static void add(HarmTest test, Batch batch) {
    if (batch.baselineCalls() > 0 && batch.candidateCalls() > 0) {
      test.add(
          batch.baselineCalls(),
          batch.baselineHarm(),
          batch.candidateCalls(),
          batch.candidateHarm());
    }
  }

  private static double z(long[] sums) {
    double baseline = (double) sums[1] / (double) sums[0];
    double candidate = (double) sums[3] / (double) sums[2];
    double both = (double) (sums[1] + sums[3]) / (double) (sums[0] + sums[2]);
    return (candidate - baseline)
        / Math.sqrt(both * (1 - both) * (1.0 / (double) sums[0] + 1.0 / (double) sums[2]));
  }

  private static double deviation(double alpha) {
    return Math.sqrt(RUNS * alpha * (1 - alpha));
  }

  private static int drawn(int calls, double rate, Random random) {
    int drawn = 0;
    for (int i = 0; i < calls; i++) {
      drawn += random.nextDouble() < rate ? 1 : 0;
    }
    return drawn;
  }

  private static double probability(int calls, int harm, double rate) {
    double ways = 1;
    for (int i = 0; i < harm; i++) {
      ways = ways * (calls - i) / (i + 1);
    }
    return ways * Math.pow(rate, harm) * Math.pow(1 - rate, calls - harm);
  }
}
