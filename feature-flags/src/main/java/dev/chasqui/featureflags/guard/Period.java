package dev.chasqui.featureflags.guard;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the calls of a flag came to that began between two moments, whenever they end.
 *
 * <p><b>Threads:</b> counts for any number. Once it has {@link #end ended} and all its calls have, nothing in it changes; what is
 * counted after it was compared is lost with it.
 */
final class Period {
  private final long began;
  private final List<Tally> tallies;
  private long ended; // guarded by the guard's lock

  /**
   * Begins one.
   *
   * @param measures for each variant what is counted of it
   * @param began nanoseconds
   */
  Period(List<List<Measure>> measures, long began) {
    this.tallies = measures.stream().map(Tally::new).toList();
    this.began = began;
  }

  long began() {
    return began;
  }

  /** No call begins in it any more, but for those that withdraw. */
  void end(long nanos) {
    ended = nanos;
  }

  long ended() {
    return ended;
  }

  /** Of the variant of that index. */
  Tally tally(int variant) {
    return tallies.get(variant);
  }

  /**
   * What is harm for one rule. It is known of each call at the latest when the call is older than {@code horizonNanos}: so it does
   * not depend on when one looks.
   *
   * @param metric of the rule
   * @param horizonNanos a call that ends later is no error, and is slow
   */
  record Measure(GuardMetric metric, long horizonNanos) {
    boolean isHarm(boolean failed, long nanos) {
      return metric.isHarm(failed && nanos <= horizonNanos, nanos);
    }

    boolean isHarmIfItGoesOn() {
      return metric.isHarm(false, horizonNanos + 1);
    }
  }

  /** Calls and how many of them were harm. */
  record Count(long calls, long harm) {
    static final Count NONE = new Count(0, 0);

    Count plus(Count other) {
      return new Count(calls + other.calls, harm + other.harm);
    }
  }

  /**
   * Calls of one variant. Each begins first, and then ends or withdraws, once: so whoever reads the ends first and the begins then
   * does not miss one that goes on.
   */
  static final class Tally {
    private static final long CALL = 1L << 32;

    private final List<Measure> measures;
    private final LongAdder begun = new LongAdder();
    private final LongAdder withdrawn = new LongAdder();
    /** For each measure: ended calls in the upper 32 bits, harm in the lower, so that both are seen or none. */
    private final LongAdder[] sums;

    Tally(List<Measure> measures) {
      this.measures = measures;
      sums = new LongAdder[measures.size()];
      for (int i = 0; i < sums.length; i++) {
        sums[i] = new LongAdder();
      }
    }

    void begin() {
      begun.increment();
    }

    /** A call that has begun is not to be counted. */
    void withdraw() {
      withdrawn.increment();
    }

    void end(boolean failed, long nanos) {
      for (int i = 0; i < sums.length; i++) {
        sums[i].add(measures.get(i).isHarm(failed, nanos) ? CALL + 1 : CALL);
      }
    }

    /** Whether all calls have ended. */
    boolean isComplete(int measure) {
      long over = (sums[measure].sum() >>> 32) + withdrawn.sum();
      return begun.sum() == over;
    }

    /** All calls. Those that have not ended must be older than the measure's horizon. */
    Count count(int measure) {
      long sum = sums[measure].sum();
      long over = withdrawn.sum();
      long calls = begun.sum() - over;
      long goOn = calls - (sum >>> 32);
      long harm = sum & 0xFFFF_FFFFL;
      return new Count(calls, measures.get(measure).isHarmIfItGoesOn() ? harm + goOn : harm);
    }
  }
}
