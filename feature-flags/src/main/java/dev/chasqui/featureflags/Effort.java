package dev.chasqui.featureflags;

/**
 * How much may still be done, in steps of less than a microsecond or so: whatever somebody writes, it is looked at for a limited time.
 *
 * <p><b>Threads:</b> one.
 */
final class Effort {
  private long left;

  Effort(long steps) {
    this.left = steps;
  }

  /** Whether there was enough left. Once there was not, there is none. */
  boolean spend(long steps) {
    left = steps > left ? 0 : left - steps;
    return left > 0;
  }

  boolean isSpent() {
    return left == 0;
  }
}
