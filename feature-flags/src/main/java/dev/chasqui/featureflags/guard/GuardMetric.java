package dev.chasqui.featureflags.guard;

import java.time.Duration;

/** What is harm of a call. Of all calls, it is the share of those that are harm which is compared. */
public sealed interface GuardMetric {
  /** Whether a call of this outcome is harm. */
  boolean isHarm(boolean failed, long nanos);

  /** As JSON has it: {@code errors} or {@code slowCalls}. */
  String text();

  /** Calls that failed. */
  record Errors() implements GuardMetric {
    @Override
    public boolean isHarm(boolean failed, long nanos) {
      return failed;
    }

    @Override
    public String text() {
      return "errors";
    }
  }

  /**
   * Calls that took long, whether or not they failed.
   *
   * @param longerThan a call that takes longer is slow; positive, at most a day
   */
  record SlowCalls(Duration longerThan) implements GuardMetric {
    /** Checks the duration. */
    public SlowCalls {
      if (longerThan.isNegative()
          || longerThan.isZero()
          || longerThan.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException(
            "longerThan must be positive and at most a day, was " + longerThan);
      }
    }

    @Override
    public boolean isHarm(boolean failed, long nanos) {
      return nanos > longerThan.toNanos();
    }

    @Override
    public String text() {
      return "slowCalls";
    }
  }
}
