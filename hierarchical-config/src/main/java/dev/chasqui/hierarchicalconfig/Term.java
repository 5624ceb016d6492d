package dev.chasqui.hierarchicalconfig;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * When an entry holds, and what comes after. It holds at {@code from} and no longer at {@code until}.
 *
 * @param from when it begins, in whole milliseconds, or null if it always has
 * @param until when it ends, in whole milliseconds, or null if it never does
 * @param then the value it returns to at {@code until}, JSON {@code null} being a value; null if the
 *     next candidate is to win then
 */
public record Term(
    @Nullable Instant from,
    @Nullable Instant until,
    @Nullable JsonNode then) {
  /** From ever, for ever. */
  public static final Term ALWAYS = new Term(null, null, null);

  /**
   * Copies {@code then}.
   *
   * @throws IllegalArgumentException if {@code until} is not after {@code from}, an instant is not in
   *     whole milliseconds, or {@code then} is given without {@code until}
   */
  public Term {
    requireMillis("from", from);
    requireMillis("until", until);
    if (from != null && until != null && !from.isBefore(until)) {
      throw new IllegalArgumentException(
          "\"until\" must be after \"from\", was " + until + " after " + from);
    }
    if (then != null) {
      if (until == null) {
        throw new IllegalArgumentException("\"then\" must come with \"until\"");
      }
      then = PlainJson.named("\"then\"", then);
    }
  }

  /** Until {@code end}; then the next candidate wins. */
  public static Term until(Instant end) {
    return new Term(null, end, null);
  }

  /** A copy for objects and lists. */
  @Override
  public @Nullable JsonNode then() {
    return then == null ? null : then.deepCopy();
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainThen() {
    return then;
  }

  /** Reads RFC 3339 in UTC, or returns null. */
  static @Nullable Instant parse(String text) {
    try {
      return text.endsWith("Z") ? Instant.parse(text) : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static void requireMillis(String name, @Nullable Instant instant) {
    if (instant != null && !instant.equals(instant.truncatedTo(ChronoUnit.MILLIS))) {
      throw new IllegalArgumentException(
          '"' + name + "\" must be in whole milliseconds, was " + instant);
    }
  }
}
