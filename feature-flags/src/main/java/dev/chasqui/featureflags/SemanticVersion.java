package dev.chasqui.featureflags;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version as <a href="https://semver.org">Semantic Versioning 2.0.0</a> orders them. As flagd, takes a {@code v} before it, and
 * one or two numbers alone; what follows a {@code +} does not count.
 */
record SemanticVersion(long major, long minor, long patch, String preRelease)
    implements Comparable<SemanticVersion> {
  private static final String NUMBER = "(0|[1-9]\\d{0,15})";
  private static final String IDENTIFIER = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)";
  private static final Pattern WHOLE = Pattern.compile(NUMBER + "\\." + NUMBER + "\\." + NUMBER
      + "(?:-(" + IDENTIFIER + "(?:\\." + IDENTIFIER + ")*))?"
      + "(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?");
  private static final Pattern PARTIAL = Pattern.compile(NUMBER + "(?:\\." + NUMBER + ")?");
  private static final int LONGEST = 256;
  private static final long GREATEST = 9_007_199_254_740_991L;

  /** Null if it is none. */
  static @Nullable SemanticVersion parse(String text) {
    String bare = text.startsWith("v") || text.startsWith("V") ? text.substring(1) : text;
    if (bare.length() > LONGEST) {
      return null;
    }
    Matcher whole = WHOLE.matcher(bare);
    if (whole.matches()) {
      String preRelease = whole.group(4);
      return checked(
          Long.parseLong(whole.group(1)),
          Long.parseLong(whole.group(2)),
          Long.parseLong(whole.group(3)),
          preRelease == null ? "" : preRelease);
    }
    Matcher partial = PARTIAL.matcher(bare);
    if (partial.matches()) {
      String minor = partial.group(2);
      return checked(
          Long.parseLong(partial.group(1)), minor == null ? 0 : Long.parseLong(minor), 0, "");
    }
    return null;
  }

  private static @Nullable SemanticVersion checked(
      long major, long minor, long patch, String preRelease) {
    return major > GREATEST || minor > GREATEST || patch > GREATEST
        ? null
        : new SemanticVersion(major, minor, patch, preRelease);
  }

  /** What {@code sem_ver} is: null if one is no version, or the operator unknown. */
  static @Nullable Boolean compare(
      @Nullable Object one, @Nullable Object operator, @Nullable Object other) {
    SemanticVersion left = parse(Coercion.text(one));
    SemanticVersion right = left == null ? null : parse(Coercion.text(other));
    if (left == null || right == null) {
      return null;
    }
    return left.compare(Coercion.text(operator), right);
  }

  @Nullable
  Boolean compare(String operator, SemanticVersion other) {
    return switch (operator) {
      case "=" -> compareTo(other) == 0;
      case "!=" -> compareTo(other) != 0;
      case "<" -> compareTo(other) < 0;
      case "<=" -> compareTo(other) <= 0;
      case ">" -> compareTo(other) > 0;
      case ">=" -> compareTo(other) >= 0;
      case "^" -> major == other.major;
      case "~" -> major == other.major && minor == other.minor;
      default -> null;
    };
  }

  @Override
  public int compareTo(SemanticVersion other) {
    int order = Long.compare(major, other.major);
    order = order != 0 ? order : Long.compare(minor, other.minor);
    order = order != 0 ? order : Long.compare(patch, other.patch);
    return order != 0 ? order : comparePreReleases(preRelease, other.preRelease);
  }

  private static int comparePreReleases(String one, String other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Boolean.compare(one.isEmpty(), other.isEmpty()); // a release is after all before it
    }
    String[] left = one.split("\\.", -1);
    String[] right = other.split("\\.", -1);
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      int order = compareIdentifiers(left[i], right[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }

  private static int compareIdentifiers(String one, String other) {
    boolean oneIsNumber = isNumber(one);
    boolean otherIsNumber = isNumber(other);
    if (oneIsNumber && otherIsNumber) {
      return one.length() != other.length()
          ? Integer.compare(one.length(), other.length())
          : one.compareTo(other);
    }
    return oneIsNumber != otherIsNumber
        ? Boolean.compare(otherIsNumber, oneIsNumber)
        : one.compareTo(other);
  }

  private static boolean isNumber(String identifier) {
    return identifier.chars().allMatch(letter -> letter >= '0' && letter <= '9');
  }
}
