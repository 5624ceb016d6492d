package dev.chasqui.app.gateway;

import dev.chasqui.tracing.Report;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * How long a device takes over a change: rule 10 of the protocol.
 *
 * @param token of the span in which it was asked
 * @param asked when that was
 * @param askedNanos the same by {@link System#nanoTime}, which nobody sets back meanwhile
 */
record Question(String token, long revision, Instant asked, long askedNanos) {
  private static final int LONGEST_TOKEN = 512;
  private static final int MOST_STEPS = 32;
  /** What rule 10 names; a device could say anything, and names and types of errors are to be few. */
  private static final Set<String> STEPS = Set.of("receive", "resolve", "store", "switch");

  static final String REFUSED = "refused";

  static Question now(String token, long revision) {
    return new Question(token, revision, Instant.now(), System.nanoTime());
  }

  /** Whether the protocol has room for it: a trace state may be long. */
  static boolean isPossible(String token) {
    return !token.isEmpty() && token.length() <= LONGEST_TOKEN;
  }

  /** Whether {@code trace} of an ack is about this one. */
  boolean isAnsweredBy(JsonNode trace) {
    return token.equals(trace.path("trace").asString(""));
  }

  /**
   * Reads the answer, which came now.
   *
   * @param failure why the device failed, empty if it did not
   * @throws IllegalArgumentException if it breaks the rule
   */
  Report answer(JsonNode trace, String failure) {
    Instant answered = asked.plusNanos(System.nanoTime() - askedNanos);
    JsonNode steps = trace.path("steps");
    if (!steps.isArray() || steps.size() > MOST_STEPS) {
      throw new IllegalArgumentException("steps must be an array of at most " + MOST_STEPS
          + ", was " + steps.getNodeType() + " of " + steps.size());
    }
    List<Report.Part> parts = new ArrayList<>();
    for (JsonNode step : steps) {
      String name = step.path(0).asString("");
      String failed = step.path(3).asString("");
      parts.add(new Report.Part(
          name.isEmpty() || STEPS.contains(name) ? name : "other step",
          micros("start", step.path(1)),
          micros("duration", step.path(2)),
          failed.isEmpty() || failed.equals(REFUSED) ? failed : "_OTHER"));
    }
    return new Report(
        token, asked, answered, micros("elapsed", trace.path("elapsed")), failure, parts);
  }

  private static Duration micros(String name, JsonNode number) {
    if (!number.isIntegralNumber() || !number.canConvertToLong()) {
      throw new IllegalArgumentException(
          name + " must be a whole number of microseconds, was " + number.getNodeType());
    }
    return Duration.of(number.longValue(), ChronoUnit.MICROS);
  }
}
