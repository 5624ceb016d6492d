package dev.chasqui.featureflags.guard;

import java.util.Arrays;

/**
 * Bets against «a candidate's calls are harm at most {@code margin} more often than the baseline's». What a stake of 1 has grown to
 * is an e-process: if that is so in every batch, given what was before, the probability that it ever reaches <i>x</i> is at most
 * 1/<i>x</i> (Ville's inequality). The rates may be others in each batch, and so may the numbers of calls.
 *
 * <p>Each of a grid of alternatives (rate <i>b</i> of the baseline, rate <i>c</i> of the candidate) bets by its likelihood ratio
 * to the point of the hypothesis that is nearest by Kullback-Leibler divergence, which no point of the hypothesis expects to be
 * above 1: Turner, Ly and Grünwald, Generic E-variables for exact sequential k-sample tests that allow for optional stopping, J.
 * Stat. Plan. Inference 230 (2024), doi.org/10.1016/j.jspi.2023.106116. The proof for batches is in RATIONALE.md. Before each batch
 * some of the stake that was kept back is handed out to all alike, so that what was lost in an outage of both, which no alternative
 * foresaw, can be won again: after <i>t</i> batches 1/(<i>t</i>+1) is still kept back.
 *
 * <p><b>Threads:</b> none of its own; guarded by whoever holds it.
 */
final class HarmTest {
  private static final double[] BASELINE_RATES = {0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3};
  /** Odds of the candidate's harm to those that are tolerated. */
  private static final double[] ODDS = {1.1, 1.2, 1.4, 2, 4, 16};

  private static final int ALTERNATIVES = BASELINE_RATES.length * ODDS.length;
  private static final int HALVINGS = 50;
  /** Above it a double would be infinite. */
  private static final double HIGHEST_LOG = Math.log(1e300);

  private final double margin;
  private final double[] baseline = new double[ALTERNATIVES];
  private final double[] candidate = new double[ALTERNATIVES];
  private final double[] logWealth = new double[ALTERNATIVES];
  private long batches;

  HarmTest(double margin) {
    this.margin = margin;
    int i = 0;
    for (double rate : BASELINE_RATES) {
      for (double ratio : ODDS) {
        double odds = (rate + margin) / (1 - rate - margin) * ratio;
        baseline[i] = rate;
        candidate[i] = odds / (1 + odds);
        i++;
      }
    }
    Arrays.fill(logWealth, Double.NEGATIVE_INFINITY);
  }

  /** Takes calls of about the same time; of none of the two at least one. */
  void add(long baselineCalls, long baselineHarm, long candidateCalls, long candidateHarm) {
    double released = 1.0 / (batches + 1.0) / (batches + 2.0);
    double logShare = Math.log(released / ALTERNATIVES);
    for (int i = 0; i < ALTERNATIVES; i++) {
      double b = baseline[i];
      double c = candidate[i];
      double nearest = nearest(b, c, (double) baselineCalls, (double) candidateCalls);
      double nearestOfCandidate = nearest + margin;
      logWealth[i] = logSum(logWealth[i], logShare)
          + baselineHarm * Math.log(b / nearest)
          + (baselineCalls - baselineHarm) * Math.log((1 - b) / (1 - nearest))
          + candidateHarm * Math.log(c / nearestOfCandidate)
          + (candidateCalls - candidateHarm) * Math.log((1 - c) / (1 - nearestOfCandidate));
    }
    batches++;
  }

  /** Rate of the baseline at the point of the hypothesis that is nearest: where the divergence's derivative is 0. */
  private double nearest(double b, double c, double baselineCalls, double candidateCalls) {
    if (margin == 0) {
      return (baselineCalls * b + candidateCalls * c) / (baselineCalls + candidateCalls);
    }
    double low = b;
    double high = c - margin;
    for (int i = 0; i < HALVINGS; i++) {
      double p = (low + high) / 2;
      double q = p + margin;
      double slope =
          baselineCalls * (p - b) / (p * (1 - p)) + candidateCalls * (q - c) / (q * (1 - q));
      if (slope > 0) {
        high = p;
      } else {
        low = p;
      }
    }
    return (low + high) / 2;
  }

  /** What the stake has grown to; at most 10³⁰⁰. */
  double eValue() {
    double logSum = -Math.log(batches + 1.0); // what is kept back
    for (double log : logWealth) {
      logSum = logSum(logSum, log);
    }
    return Math.exp(Math.min(logSum, HIGHEST_LOG));
  }

  private static double logSum(double a, double b) {
    double high = Math.max(a, b);
    return high == Double.NEGATIVE_INFINITY
        ? high
        : high + Math.log1p(Math.exp(Math.min(a, b) - high));
  }
}
