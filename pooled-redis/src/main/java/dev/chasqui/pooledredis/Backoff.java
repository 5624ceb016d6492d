package dev.chasqui.pooledredis;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Delays before attempts to connect, each random between the least and three times the last one: decorrelated jitter (<a
 * href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Brooker 2015</a>).
 *
 * <p><b>Threads:</b> one at a time.
 */
final class Backoff {
  private final long minNanos;
  private final long maxNanos;
  private final RandomGenerator random;
  private long lastNanos;

  Backoff(Duration min, Duration max, RandomGenerator random) {
    this.minNanos = min.toNanos();
    this.maxNanos = max.toNanos();
    this.random = random;
  }

  long nextNanos() {
    long upper = Math.min(maxNanos, Math.max(lastNanos, minNanos) * 3);
    lastNanos = random.nextLong(minNanos, upper + 1);
    return lastNanos;
  }

  /** The next delay is as the first. */
  void reset() {
    lastNanos = 0;
  }
}
