package dev.chasqui.app.simulator;

import java.time.Duration;

/**
 * How a fleet behaves.
 *
 * @param seed of all that is random
 * @param offlineShare share of its time that a device is offline, 0 up to and without 1
 * @param cycle how long, on average, from one time offline to the next, positive
 * @param churn how long, on average, until a device's connection breaks and is made anew within
 *     seconds, positive
 * @param connectsPerSecond most connections to begin in a second, at least 1
 * @param threads for all devices together, at least 1
 */
public record SimulatorConfig(
    long seed,
    double offlineShare,
    Duration cycle,
    Duration churn,
    int connectsPerSecond,
    int threads) {
  /** Most devices of one process: what the ports and files of a machine allow. */
  public static final int MOST_DEVICES = 19_000;

  public static final SimulatorConfig DEFAULT =
      new SimulatorConfig(7, 0.3, Duration.ofMinutes(10), Duration.ofMinutes(20), 200, 2);

  public SimulatorConfig {
    if (!(offlineShare >= 0 && offlineShare < 1)) {
      throw new IllegalArgumentException(
          "offlineShare must be 0 up to and without 1, was " + offlineShare);
    }
    requirePositive("cycle", cycle);
    requirePositive("churn", churn);
    if (connectsPerSecond < 1) {
      throw new IllegalArgumentException(
          "connectsPerSecond must be at least 1, was " + connectsPerSecond);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, was " + threads);
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive, was " + duration);
    }
  }

  public SimulatorConfig withSeed(long seed) {
    return new SimulatorConfig(seed, offlineShare, cycle, churn, connectsPerSecond, threads);
  }

  public SimulatorConfig withOfflineShare(double offlineShare) {
    return new SimulatorConfig(seed, offlineShare, cycle, churn, connectsPerSecond, threads);
  }

  public SimulatorConfig withConnectsPerSecond(int connectsPerSecond) {
    return new SimulatorConfig(seed, offlineShare, cycle, churn, connectsPerSecond, threads);
  }
}
