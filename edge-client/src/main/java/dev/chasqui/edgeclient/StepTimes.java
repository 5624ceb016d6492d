package dev.chasqui.edgeclient;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How long the steps of taking over took, for a gateway that asked. They follow one another: a step that begins ends the
 * one before. Used on the client's thread.
 */
final class StepTimes {
  /** For nobody, so that no times are taken. */
  static final StepTimes NONE = new StepTimes("", () -> 0);

  /** As rule 10 of the protocol has it. */
  private static final int MOST = 32;

  /** Times are nanoseconds since the gateway asked. */
  private record Step(String name, long start, long end, String failure) {}

  private final String trace;
  private final LongSupplier nanoClock;
  private final long askedAt;
  private final List<Step> steps = new ArrayList<>();
  private String current = "";
  private long currentStart;

  private StepTimes(String trace, LongSupplier nanoClock) {
    this.trace = trace;
    this.nanoClock = nanoClock;
    this.askedAt = nanoClock.getAsLong();
  }

  /** A gateway asks now, under this name. */
  static StepTimes asked(String trace, LongSupplier nanoClock) {
    return new StepTimes(trace, nanoClock);
  }

  boolean isAsked() {
    return !trace.isEmpty();
  }

  void begin(String step) {
    if (isAsked()) {
      long now = sinceAsked();
      finish(now, "");
      current = step;
      currentStart = now;
    }
  }

  /** Ends the step that is under way, if one is. */
  void end() {
    fail("");
  }

  /** The same, and says why it failed. */
  void fail(String why) {
    if (isAsked()) {
      finish(sinceAsked(), why);
    }
  }

  private void finish(long now, String failure) {
    if (!current.isEmpty() && steps.size() < MOST) {
      steps.add(new Step(current, currentStart, now, failure));
    }
    current = "";
  }

  private long sinceAsked() {
    return nanoClock.getAsLong() - askedAt;
  }

  /** As it stands in an ack that is sent now. */
  ObjectNode write() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("trace", trace);
    json.put("elapsed", micros(sinceAsked()));
    ArrayNode all = json.putArray("steps");
    for (Step step : steps) {
      // Both ends are rounded alike, so that what followed at once still does.
      long start = micros(step.start());
      ArrayNode written =
          all.addArray().add(step.name()).add(start).add(micros(step.end()) - start);
      if (!step.failure().isEmpty()) {
        written.add(step.failure());
      }
    }
    return json;
  }

  private static long micros(long nanos) {
    return nanos / 1_000;
  }
}
