package dev.chasqui.app.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** How far a change has got, in one line. */
final class ConvergenceLine {
  private static final int BAR = 12;
  private static final int LONGEST_VALUE = 30;

  private ConvergenceLine() {}

  /**
   * Writes the line.
   *
   * @param change as {@code GET /changes/{revision}} answers
   * @param progress as {@code GET /changes/{revision}/convergence} answers
   */
  static String of(JsonNode change, JsonNode progress) {
    int targets = progress.path("targets").asInt(0);
    int effective = progress.path("effective").asInt(0);
    List<String> facts = new ArrayList<>();
    facts.add(effective + "/" + targets + " effective");
    addMillis(facts, "p50", progress.path("p50Millis"));
    addMillis(facts, "p99", progress.path("p99Millis"));
    addCount(facts, progress.path("refused").asInt(0), "refused");
    addCount(facts, progress.path("offline").asInt(0), "offline");
    return "revision " + change.path("revision").asLong() + " · "
        + change.path("author").asString("") + ": " + what(change) + "  " + bar(effective, targets)
        + ' ' + String.join(" · ", facts);
  }

  /** Whether nothing more is to be expected while the devices that are offline stay so. */
  static boolean isSettled(JsonNode progress) {
    int waiting = progress.path("targets").asInt(0)
        - progress.path("effective").asInt(0)
        - progress.path("refused").asInt(0)
        - progress.path("offline").asInt(0);
    return waiting <= 0;
  }

  private static String what(JsonNode change) {
    JsonNode edits = change.path("edits");
    int count = change.path("editCount").asInt(edits.size());
    if (count == 0) {
      return "fleet";
    }
    if (count > 1) {
      return count + " edits";
    }
    JsonNode edit = edits.path(0);
    return edit.path("key").asString("") + ' ' + value(edit.path("before")) + " → "
        + value(edit.path("after")) + " at " + edit.path("scope").asString("");
  }

  private static String value(JsonNode json) {
    if (json.isNull() || json.isMissingNode()) {
      return "(inherited)";
    }
    String text = json.isString() ? json.stringValue() : json.toString();
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE - 1) + '…';
  }

  private static String bar(int part, int whole) {
    int full = whole == 0 ? BAR : (int) ((long) BAR * Math.min(part, whole) / whole);
    return "█".repeat(full) + "░".repeat(BAR - full);
  }

  private static void addMillis(List<String> facts, String name, JsonNode millis) {
    if (millis.isNumber()) {
      facts.add(name + ' ' + millis.asLong() + " ms");
    }
  }

  private static void addCount(List<String> facts, int count, String name) {
    if (count > 0) {
      facts.add(count + " " + name);
    }
  }
}
