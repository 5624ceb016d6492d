package dev.chasqui.benchmarks.pointcache.load;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How often something took how long, to 3 %.
 *
 * <p><b>Threads:</b> one at a time.
 */
final class Latencies implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int BITS = 5;
  private static final int STEPS = 1 << BITS; // between a power of two and the next

  private final long[] counts = new long[(Long.SIZE - BITS) * STEPS];

  void add(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
  }

  void add(Latencies other) {
    Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
  }

  long count() {
    return Arrays.stream(counts).sum();
  }

  private static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - BITS - 1 - Long.numberOfLeadingZeros(nanos));
    return shift * STEPS + (int) (nanos >>> shift);
  }

  /** In which nanoseconds that part of all was done; 0 if there is none. */
  long quantile(double part) {
    long left = (long) Math.ceil(part * count());
    for (int bucket = 0; bucket < counts.length; bucket++) {
      left -= counts[bucket];
      if (left <= 0) {
        return longest(bucket);
      }
    }
    throw new IllegalArgumentException("not a part: " + part);
  }

  /** The longest that is counted there. */
  private static long longest(int bucket) {
    int shift = Math.max(0, bucket / STEPS - 1);
    return ((bucket - (long) shift * STEPS + 1) << shift) - 1;
  }
}
