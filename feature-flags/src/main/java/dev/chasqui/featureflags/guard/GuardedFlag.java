package dev.chasqui.featureflags.guard;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A flag as it was written at one time, what its calls came to since, and what follows from that. When the flag is written anew,
 * another takes its place.
 *
 * <p><b>Threads:</b> counts for any number; the rest is guarded by the guard's lock.
 */
final class GuardedFlag {
  private final @Nullable JsonNode source;
  private final List<Watch> watches = new ArrayList<>();
  private final Map<String, Arm> arms = new HashMap<>(); // not changed once it is made

  /**
   * Makes one.
   *
   * @param source the flag as it is written; null if that is not known
   */
  GuardedFlag(@Nullable JsonNode source, List<GuardRule> rules, Instant since, long nanos) {
    this.source = source;
    Map<String, List<Counter>> counters = new HashMap<>();
    for (GuardRule rule : rules) {
      Counter baseline = new Counter(rule.metric());
      counters.computeIfAbsent(rule.baseline(), variant -> new ArrayList<>()).add(baseline);
      List<Comparison> comparisons = new ArrayList<>();
      for (String candidate : rule.candidates()) {
        Counter counter = new Counter(rule.metric());
        counters.computeIfAbsent(candidate, variant -> new ArrayList<>()).add(counter);
        comparisons.add(new Comparison(rule, candidate, baseline, counter, since, nanos));
      }
      watches.add(new Watch(comparisons));
    }
    counters.forEach((variant, of) -> arms.put(variant, new Arm(of.toArray(new Counter[0]))));
  }

  /** Null if it is not known. */
  @Nullable
  JsonNode source() {
    return source;
  }

  /** Null if calls of this variant are not compared. */
  @Nullable
  Arm arm(String variant) {
    return arms.get(variant);
  }

  /** Takes in what was counted; returns evidence that suffices for the first time, one at most for each rule. */
  List<GuardEvidence> look(long nanos) {
    List<GuardEvidence> sufficient = new ArrayList<>();
    for (Watch watch : watches) {
      if (watch.decided) {
        continue;
      }
      for (Comparison comparison : watch.comparisons) {
        comparison.look(nanos);
        GuardEvidence evidence = comparison.evidence();
        if (evidence.suffices()) {
          watch.decided = true;
          sufficient.add(evidence);
          break;
        }
      }
    }
    return sufficient;
  }

  List<GuardEvidence> evidence() {
    List<GuardEvidence> evidence = new ArrayList<>();
    for (Watch watch : watches) {
      watch.comparisons.forEach(comparison -> evidence.add(comparison.evidence()));
    }
    return evidence;
  }

  private static final class Watch {
    final List<Comparison> comparisons;
    boolean decided;

    Watch(List<Comparison> comparisons) {
      this.comparisons = comparisons;
    }
  }

  /** Where calls of one variant are counted. */
  static final class Arm {
    private final Counter[] counters;

    Arm(Counter[] counters) {
      this.counters = counters;
    }

    void count(boolean failed, long nanos) {
      for (Counter counter : counters) {
        counter.count(failed, nanos);
      }
    }
  }

  /**
   * Calls in the upper 32 bits, harm in the lower: so a call and its harm are seen together or not at all. The difference of two
   * sums is right, though a sum may overflow, if it has less than 2³¹ calls.
   */
  static final class Counter {
    private static final long CALL = 1L << 32;

    private final GuardMetric metric;
    private final LongAdder sum = new LongAdder();

    Counter(GuardMetric metric) {
      this.metric = metric;
    }

    void count(boolean failed, long nanos) {
      sum.add(metric.isHarm(failed, nanos) ? CALL + 1 : CALL);
    }

    long sum() {
      return sum.sum();
    }
  }

  /** A candidate and the baseline. */
  private static final class Comparison {
    /** Calls further apart are not compared: what goes on around them may have changed. */
    private static final long FURTHEST_APART_NANOS = 60_000_000_000L;

    private final GuardRule rule;
    private final String candidate;
    private final Counter baseline;
    private final Counter counter;
    private final Instant since;
    private final HarmTest test;

    private long batchBegan;
    private long baselineSum; // as of the last batch
    private long candidateSum;
    private long baselineCalls; // that were compared
    private long baselineHarm;
    private long candidateCalls;
    private long candidateHarm;

    Comparison(
        GuardRule rule,
        String candidate,
        Counter baseline,
        Counter counter,
        Instant since,
        long nanos) {
      this.rule = rule;
      this.candidate = candidate;
      this.baseline = baseline;
      this.counter = counter;
      this.since = since;
      this.test = new HarmTest(rule.margin());
      this.batchBegan = nanos;
    }

    void look(long nanos) {
      long baselineNow = baseline.sum();
      long candidateNow = counter.sum();
      long ofBaseline = baselineNow - baselineSum;
      long ofCandidate = candidateNow - candidateSum;
      if (calls(ofBaseline) > 0 && calls(ofCandidate) > 0) {
        test.add(calls(ofBaseline), harm(ofBaseline), calls(ofCandidate), harm(ofCandidate));
        baselineCalls += calls(ofBaseline);
        baselineHarm += harm(ofBaseline);
        candidateCalls += calls(ofCandidate);
        candidateHarm += harm(ofCandidate);
      } else if (nanos - batchBegan < FURTHEST_APART_NANOS) {
        return; // wait for the other
      }
      baselineSum = baselineNow;
      candidateSum = candidateNow;
      batchBegan = nanos;
    }

    private static long calls(long difference) {
      return difference >>> 32;
    }

    private static long harm(long difference) {
      return difference & 0xFFFF_FFFFL;
    }

    GuardEvidence evidence() {
      return new GuardEvidence(
          rule,
          candidate,
          baselineCalls,
          baselineHarm,
          candidateCalls,
          candidateHarm,
          test.eValue(),
          since);
    }
  }
}
