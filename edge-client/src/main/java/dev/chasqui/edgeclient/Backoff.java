package dev.chasqui.edgeclient;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next attempt: a random time below a bound that doubles (full jitter). */
final class Backoff {
  private static final long FIRST_NANOS = Duration.ofMillis(500).toNanos();
  private static final long MOST_NANOS = Duration.ofSeconds(60).toNanos();
  private static final int DOUBLINGS = 7; // 500 ms * 2^7 is above the most

  private final RandomGenerator random;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** Nanoseconds to wait after one more failure in a row. */
  long failed() {
    failures = Math.min(failures + 1, DOUBLINGS);
    return random.nextLong(Math.min(MOST_NANOS, FIRST_NANOS << failures));
  }

  void reset() {
    failures = 0;
  }

  /** Whether the last failure was the first in a row. */
  boolean first() {
    return failures == 1;
  }
}
