package dev.chasqui.featureflags.guard;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which variants of a flag are compared, by what, and what follows.
 *
 * <p>The rule holds that, at all times, the share of harm among a candidate's calls is at most {@code margin} above that of the
 * baseline's. It acts when that cannot be believed any more; the probability that it ever acts though it is so, however often and
 * long it is looked at, is at most {@code alpha}.
 *
 * @param flag key of the flag
 * @param baseline the variant that is known to be good
 * @param candidates the variants that are compared with it, each by itself: 1 to 16, without the baseline
 * @param metric what is harm
 * @param margin by how much more harm is tolerated, as a share of calls: 0 to 0.5; 0.01 is one call in a hundred
 * @param alpha probability of a false alarm that is accepted: above 0, at most 0.5
 * @param minimumCalls of the baseline and of a candidate, before anything follows; at least 1
 * @param action what follows
 */
public record GuardRule(
    String flag,
    String baseline,
    Set<String> candidates,
    GuardMetric metric,
    double margin,
    double alpha,
    long minimumCalls,
    GuardAction action) {
  static final double ALPHA = 0.001;
  static final long MINIMUM_CALLS = 100;
  static final double HIGHEST_MARGIN = 0.5;
  static final int MOST_CANDIDATES = 16;

  /** Checks all, and copies the candidates. */
  public GuardRule {
    candidates = Collections.unmodifiableSet(new LinkedHashSet<>(candidates));
    if (candidates.isEmpty() || candidates.size() > MOST_CANDIDATES) {
      throw new IllegalArgumentException(
          "candidates must be 1 to " + MOST_CANDIDATES + ", were " + candidates);
    }
    if (candidates.contains(baseline)) {
      throw new IllegalArgumentException(
          "candidates must not have the baseline, but have " + baseline);
    }
    if (!(margin >= 0 && margin <= HIGHEST_MARGIN)) {
      throw new IllegalArgumentException("margin must be 0 to 0.5, was " + margin);
    }
    if (!(alpha > 0 && alpha <= 0.5)) {
      throw new IllegalArgumentException("alpha must be above 0 and at most 0.5, was " + alpha);
    }
    if (minimumCalls < 1) {
      throw new IllegalArgumentException("minimumCalls must be at least 1, was " + minimumCalls);
    }
  }

  /**
   * Calls of {@code candidate} may fail more often than those of {@code baseline} by at most {@code margin}; else {@link
   * GuardAction#HOLD}. {@code alpha} is 0.001, {@code minimumCalls} 100.
   */
  public static GuardRule errors(String flag, String baseline, String candidate, double margin) {
    return of(flag, baseline, candidate, new GuardMetric.Errors(), margin);
  }

  /**
   * As {@link #errors}, for calls that take longer than {@code longerThan}. Take what is slow for your users: the test says
   * nothing of calls that are all slower and yet not slow.
   */
  public static GuardRule slowCalls(
      String flag, String baseline, String candidate, Duration longerThan, double margin) {
    return of(flag, baseline, candidate, new GuardMetric.SlowCalls(longerThan), margin);
  }

  private static GuardRule of(
      String flag, String baseline, String candidate, GuardMetric metric, double margin) {
    return new GuardRule(
        flag, baseline, Set.of(candidate), metric, margin, ALPHA, MINIMUM_CALLS, GuardAction.HOLD);
  }

  /** The same of other candidates. */
  public GuardRule withCandidates(Set<String> newCandidates) {
    return new GuardRule(
        flag, baseline, newCandidates, metric, margin, alpha, minimumCalls, action);
  }

  /** The same with another probability of a false alarm. */
  public GuardRule withAlpha(double newAlpha) {
    return new GuardRule(
        flag, baseline, candidates, metric, margin, newAlpha, minimumCalls, action);
  }

  /** The same with another number of calls to wait for. */
  public GuardRule withMinimumCalls(long newMinimumCalls) {
    return new GuardRule(
        flag, baseline, candidates, metric, margin, alpha, newMinimumCalls, action);
  }

  /** The same with another consequence. */
  public GuardRule withAction(GuardAction newAction) {
    return new GuardRule(
        flag, baseline, candidates, metric, margin, alpha, minimumCalls, newAction);
  }

  /** What the evidence must reach: 1 / {@code alpha} for each candidate. */
  public double threshold() {
    return candidates.size() / alpha;
  }
}
