package dev.chasqui.featureflags.internal;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: anything up to a limit that doubles with each failure (full jitter), so that many who
 * failed at one moment do not come back at one moment.
 *
 * <p><b>Threads:</b> for one.
 */
public final class Backoff {
  private static final int MOST_DOUBLINGS = 30;

  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private int failures;

  /**
   * Makes one without failures.
   *
   * @param first the limit after one failure
   * @param longest what the limit does not pass
   */
  public Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.random = random;
  }

  /** All is well: the next failure is the first again. */
  public void succeeded() {
    failures = 0;
  }

  /** How long to wait after another failure. */
  public Duration failed() {
    long limit = longest.toNanos();
    if (failures < MOST_DOUBLINGS
        && first.toNanos() <= limit >> failures) { // else it would be more, or overflow
      limit = first.toNanos() << failures;
    }
    failures++;
    return Duration.ofNanos(random.nextLong(limit + 1));
  }
}
