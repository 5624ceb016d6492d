package dev.chasqui.featureflags.guard;

import java.time.Instant;

/**
 * What is known of a candidate.
 *
 * @param rule by which it is watched
 * @param candidate which of the rule's
 * @param baselineCalls of the baseline that were compared
 * @param baselineHarm how many of them were harm
 * @param candidateCalls of the candidate that were compared
 * @param candidateHarm how many of them were harm
 * @param eValue evidence against the rule: what a stake of 1 has grown to that was bet against it, fairly if the rule holds. The
 *     probability that it ever reaches <i>x</i> is then at most 1/<i>x</i>. At most 10³⁰⁰
 * @param since when the first call could count
 */
public record GuardEvidence(
    GuardRule rule,
    String candidate,
    long baselineCalls,
    long baselineHarm,
    long candidateCalls,
    long candidateHarm,
    double eValue,
    Instant since) {
  /** Whether it suffices to act. */
  public boolean suffices() {
    return eValue >= rule.threshold()
        && Math.min(baselineCalls, candidateCalls) >= rule.minimumCalls();
  }
}
