package dev.chasqui.featureflags;

/** Numbers from {@code least} to {@code most}; never NaN. */
record Interval(double least, boolean withLeast, double most, boolean withMost) {
  static Interval below(double most, boolean withMost) {
    return new Interval(Double.NEGATIVE_INFINITY, true, most, withMost);
  }

  static Interval above(double least, boolean withLeast) {
    return new Interval(least, withLeast, Double.POSITIVE_INFINITY, true);
  }

  static Interval only(double number) {
    return new Interval(number, true, number, true);
  }

  boolean isEmpty() {
    return least > most || (least == most && !(withLeast && withMost));
  }

  boolean isFromBelow() {
    return least == Double.NEGATIVE_INFINITY && withLeast;
  }

  boolean isToAbove() {
    return most == Double.POSITIVE_INFINITY && withMost;
  }

  boolean has(double number) {
    return (least < number || (least == number && withLeast))
        && (number < most || (number == most && withMost));
  }

  boolean isWithin(Interval other) {
    return (other.least < least || (other.least == least && (other.withLeast || !withLeast)))
        && (most < other.most || (most == other.most && (other.withMost || !withMost)));
  }

  Interval and(Interval other) {
    boolean later = other.least > least || (other.least == least && !other.withLeast);
    boolean sooner = other.most < most || (other.most == most && !other.withMost);
    return new Interval(
        later ? other.least : least,
        later ? other.withLeast : withLeast,
        sooner ? other.most : most,
        sooner ? other.withMost : withMost);
  }

  /** What is left of it without one that begins below all numbers, or ends above all. */
  Interval without(Interval half) {
    if (half.isFromBelow()) {
      return and(above(half.most, !half.withMost));
    }
    return half.isToAbove() ? and(below(half.least, !half.withLeast)) : this;
  }
}
