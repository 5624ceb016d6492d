package dev.chasqui.featureflags.guard;

import dev.chasqui.featureflags.guard.Period.Count;
import dev.chasqui.featureflags.guard.Period.Measure;
import dev.chasqui.featureflags.guard.Period.Tally;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A flag as it was written at one time, what its calls came to since, and what follows from that. When the flag is written anew,
 * another takes its place.
 *
 * <p>Calls are counted in the {@link Period} in which they began, and a rule takes each period as a whole, one after the other: when
 * all calls that it compares have ended, or are older than the {@link Measure}'s horizon. Were they taken as they end, or periods as
 * they get complete, those that fail fast would come first. Invariant: about {@link #PARTS} periods wait at most.
 *
 * <p><b>Threads:</b> counts for any number; the rest is guarded by the guard's lock.
 */
final class GuardedFlag {
  /** While a period waits, the next one is at least this part of the longest horizon long. */
  private static final int PARTS = 100;

  private final @Nullable JsonNode source;
  private final List<Watch> watches = new ArrayList<>();
  private final Map<String, Arm> arms = new HashMap<>(); // not changed once it is made
  private final List<List<Measure>> measures = new ArrayList<>(); // by the arms' indices, the same
  private final long shortestNanos;
  private final ArrayDeque<Period> waiting = new ArrayDeque<>();
  private long taken; // the number of the first that waits

  /** In which calls begin now; replaced by whoever looks. */
  private volatile Period current;

  /**
   * Makes one.
   *
   * @param source the flag as it is written; null if that is not known
   * @param longestNanos how long an error is waited for
   */
  GuardedFlag(
      @Nullable JsonNode source,
      List<GuardRule> rules,
      Instant since,
      long nanos,
      long longestNanos) {
    this.source = source;
    long furthest = 0;
    for (GuardRule rule : rules) {
      Measure measure = new Measure(
          rule.metric(),
          rule.metric() instanceof GuardMetric.SlowCalls slow
              ? slow.longerThan().toNanos()
              : longestNanos);
      furthest = Math.max(furthest, measure.horizonNanos());
      Side baseline = side(rule.baseline(), measure);
      List<Comparison> comparisons = new ArrayList<>();
      for (String candidate : rule.candidates()) {
        comparisons.add(
            new Comparison(rule, candidate, baseline, side(candidate, measure), since, nanos));
      }
      watches.add(new Watch(measure.horizonNanos(), comparisons));
    }
    shortestNanos = furthest / PARTS;
    current = new Period(measures, nanos);
  }

  private Side side(String variant, Measure measure) {
    Arm arm = arms.computeIfAbsent(variant, key -> {
      measures.add(new ArrayList<>());
      return new Arm(measures.size() - 1);
    });
    List<Measure> of = measures.get(arm.index());
    of.add(measure);
    return new Side(arm, of.size() - 1);
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

  /** A call begins, which is to end at what is returned. */
  Tally begin(Arm arm) {
    while (true) {
      Period period = current;
      Tally tally = period.tally(arm.index());
      tally.begin();
      if (period == current) { // else it may have been compared already, without this call
        return tally;
      }
      tally.withdraw();
    }
  }

  /** Takes in what was counted; returns evidence that suffices for the first time, one at most for each rule. */
  List<GuardEvidence> look(long nanos) {
    List<GuardEvidence> sufficient = new ArrayList<>();
    if (watches.stream().allMatch(watch -> watch.decided)) {
      return sufficient;
    }
    takeIn(nanos, sufficient);
    // What this depends on is known when calls begin: how old the period is, and earlier calls.
    if (waiting.isEmpty() || nanos - current.began() >= shortestNanos) {
      Period before = current;
      current = new Period(measures, nanos); // first, so that no other call begins in that one
      before.end(nanos);
      waiting.add(before);
      takeIn(nanos, sufficient);
    }
    return sufficient;
  }

  private void takeIn(long nanos, List<GuardEvidence> sufficient) {
    for (Watch watch : watches) {
      long number = taken;
      for (Period period : waiting) {
        if (!watch.decided && number == watch.next && watch.canTake(period, nanos)) {
          GuardEvidence evidence = watch.take(period);
          if (evidence != null) {
            sufficient.add(evidence);
          }
        }
        number++;
      }
    }
    while (!waiting.isEmpty()
        && watches.stream().allMatch(watch -> watch.decided || watch.next > taken)) {
      waiting.remove();
      taken++;
    }
  }

  List<GuardEvidence> evidence() {
    List<GuardEvidence> evidence = new ArrayList<>();
    for (Watch watch : watches) {
      watch.comparisons.forEach(comparison -> evidence.add(comparison.evidence()));
    }
    return evidence;
  }

  /** A rule. */
  private static final class Watch {
    final List<Comparison> comparisons;
    private final long horizonNanos;
    long next; // the number of the period that it takes next
    boolean decided;

    Watch(long horizonNanos, List<Comparison> comparisons) {
      this.horizonNanos = horizonNanos;
      this.comparisons = comparisons;
    }

    boolean canTake(Period period, long nanos) {
      return nanos - period.ended() > horizonNanos
          || comparisons.stream().allMatch(comparison -> comparison.isComplete(period));
    }

    /** Returns evidence if it suffices. */
    @Nullable
    GuardEvidence take(Period period) {
      next++;
      for (Comparison comparison : comparisons) {
        comparison.add(period);
        GuardEvidence evidence = comparison.evidence();
        if (evidence.suffices()) {
          decided = true;
          return evidence;
        }
      }
      return null;
    }
  }

  /**
   * A variant whose calls are counted.
   *
   * @param index in each period
   */
  record Arm(int index) {}

  /** One of two that are compared: a variant, and the index of what is counted of it. */
  private record Side(Arm arm, int measure) {
    boolean isComplete(Period period) {
      return period.tally(arm.index()).isComplete(measure);
    }

    Count count(Period period) {
      return period.tally(arm.index()).count(measure);
    }
  }

  /** A candidate and the baseline. */
  private static final class Comparison {
    /** Calls further apart are not compared: what goes on around them may have changed. */
    private static final long FURTHEST_APART_NANOS = 60_000_000_000L;

    private final GuardRule rule;
    private final String candidate;
    private final Side ofBaseline;
    private final Side ofCandidate;
    private final Instant since;
    private final HarmTest test;

    private long batchBegan;
    private Count baselineBatch = Count.NONE;
    private Count candidateBatch = Count.NONE;
    private Count baselineCompared = Count.NONE;
    private Count candidateCompared = Count.NONE;

    Comparison(
        GuardRule rule,
        String candidate,
        Side ofBaseline,
        Side ofCandidate,
        Instant since,
        long nanos) {
      this.rule = rule;
      this.candidate = candidate;
      this.ofBaseline = ofBaseline;
      this.ofCandidate = ofCandidate;
      this.since = since;
      this.test = new HarmTest(rule.margin());
      this.batchBegan = nanos;
    }

    boolean isComplete(Period period) {
      return ofBaseline.isComplete(period) && ofCandidate.isComplete(period);
    }

    void add(Period period) {
      baselineBatch = baselineBatch.plus(ofBaseline.count(period));
      candidateBatch = candidateBatch.plus(ofCandidate.count(period));
      if (baselineBatch.calls() > 0 && candidateBatch.calls() > 0) {
        test.add(
            baselineBatch.calls(),
            baselineBatch.harm(),
            candidateBatch.calls(),
            candidateBatch.harm());
        baselineCompared = baselineCompared.plus(baselineBatch);
        candidateCompared = candidateCompared.plus(candidateBatch);
      } else if (period.ended() - batchBegan < FURTHEST_APART_NANOS) {
        return; // wait for the other
      }
      baselineBatch = Count.NONE;
      candidateBatch = Count.NONE;
      batchBegan = period.ended();
    }

    GuardEvidence evidence() {
      return new GuardEvidence(
          rule,
          candidate,
          baselineCompared.calls(),
          baselineCompared.harm(),
          candidateCompared.calls(),
          candidateCompared.harm(),
          test.eValue(),
          since);
    }
  }
}
