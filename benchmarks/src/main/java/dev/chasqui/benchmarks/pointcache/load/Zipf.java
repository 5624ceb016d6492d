package dev.chasqui.benchmarks.pointcache.load;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Keys from 1 to a number, of which the one of rank {@code r} is as likely as {@code r^-0.99}, as YCSB has it. Ranks are
 * spread over the keys, so that what is asked for often does not lie together.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class Zipf {
  static final double EXPONENT = 0.99;
  /** A prime: its products are spread over all keys, each of them once. */
  private static final long SPREAD = 2_654_435_761L;

  /** By rank, from 0: how likely it is this one or a smaller. No formula comes near, and the search is short. */
  private final double[] upTo;

  /** @param keys at least 1 */
  Zipf(int keys) {
    upTo = new double[keys];
    double sum = 0;
    for (int rank = 0; rank < keys; rank++) {
      sum += Math.pow(rank + 1.0, -EXPONENT);
      upTo[rank] = sum;
    }
    for (int rank = 0; rank < keys; rank++) {
      upTo[rank] /= sum;
    }
  }

  /** The next key. */
  int next(RandomGenerator random) {
    int found = Arrays.binarySearch(upTo, random.nextDouble());
    return key(found < 0 ? -found - 1 : found + 1);
  }

  /** The key of a rank, from 0. */
  int key(int rank) {
    return 1 + (int) (rank * SPREAD % upTo.length);
  }
}
