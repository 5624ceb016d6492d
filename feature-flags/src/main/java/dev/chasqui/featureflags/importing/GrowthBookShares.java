package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagFormatException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Shares of those who have a hash attribute. GrowthBook puts each at a place in [0, 1), which cannot be had here: so all must be in the
 * same share, or none in any.
 */
final class GrowthBookShares {
  /** The index of those who are in none. */
  static final int NONE = -1;

  private GrowthBookShares() {}

  /** Refuses what is decided by places alone. */
  static void requireNoFilters(Members rule) {
    if (!rule.list("filters").isEmpty()) {
      throw buckets(rule, "filters");
    }
    JsonNode version = rule.get("hashVersion");
    if (version != null
        && !(version.isInt() && version.intValue() >= 0 && version.intValue() <= 2)) {
      throw rule.wrongAt("hashVersion", "must be 1 or 2");
    }
  }

  /** Whether a forced value is asked for a place at all. */
  static boolean isShared(Members rule) {
    return rule.has("range") || rule.object().has("coverage");
  }

  /** Whether all are among those for whom a value is forced; if not, none is. */
  static boolean isForced(Members rule) {
    if (rule.has("range")) {
      Range range = range(rule.get("range"), Members.at(rule.pointer(), "range"));
      if (!range.isWhole() && !range.isEmpty()) {
        throw buckets(rule, "range");
      }
      return range.isWhole();
    }
    double coverage = coverage(rule);
    if (coverage > 0 && coverage < 1) {
      throw buckets(rule, "coverage");
    }
    return coverage >= 1;
  }

  /** Which of the variations all get; {@link #NONE} if they are in none. */
  static int variation(Members rule, int variations) {
    if (rule.has("namespace")) {
      throw buckets(rule, "namespace");
    }
    List<Range> ranges = rule.has("ranges") ? ranges(rule) : weighted(rule, variations);
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).isWhole()) {
        return i < variations ? i : NONE;
      }
      if (!ranges.get(i).isEmpty()) {
        throw buckets(
            rule, rule.has("ranges") ? "ranges" : rule.has("weights") ? "weights" : "variations");
      }
    }
    return NONE;
  }

  private static FlagFormatException buckets(Members rule, String name) {
    return rule.wrongAt(
        name, "GrowthBook's buckets cannot be had here: put all, or none, into one of them");
  }

  private record Range(double from, double to) {
    boolean isWhole() {
      return from <= 0 && to >= 1;
    }

    boolean isEmpty() {
      return from >= to || to <= 0 || from >= 1;
    }
  }

  private static Range range(@Nullable JsonNode range, String pointer) {
    if (range == null
        || !range.isArray()
        || range.size() != 2
        || !range.get(0).isNumber()
        || !range.get(1).isNumber()) {
      throw Members.wrong(pointer, "must be an array of two numbers");
    }
    return new Range(range.get(0).doubleValue(), range.get(1).doubleValue());
  }

  private static List<Range> ranges(Members rule) {
    List<Range> ranges = new ArrayList<>();
    for (JsonNode range : rule.list("ranges")) {
      ranges.add(range(range, Members.at(rule.pointer(), "ranges") + "/" + ranges.size()));
    }
    return ranges;
  }

  private static double coverage(Members rule) {
    JsonNode coverage = rule.object().get("coverage");
    if (coverage == null) {
      return 1;
    }
    if (!coverage.isNumber()) {
      throw rule.wrongAt("coverage", "must be a number");
    }
    return coverage.doubleValue();
  }

  /** As GrowthBook adds them up. */
  private static List<Range> weighted(Members rule, int variations) {
    double coverage = Math.max(0, Math.min(1, coverage(rule)));
    List<Double> weights = new ArrayList<>();
    double total = 0;
    for (JsonNode weight : rule.list("weights")) {
      if (!weight.isNumber()) {
        throw Members.wrong(
            Members.at(rule.pointer(), "weights") + "/" + weights.size(), "must be a number");
      }
      weights.add(weight.doubleValue());
      total += weight.doubleValue();
    }
    if (weights.size() != variations || total < 0.99 || total > 1.01) {
      weights = Collections.nCopies(variations, 1.0 / variations);
    }
    List<Range> ranges = new ArrayList<>();
    double start = 0;
    for (double weight : weights) {
      ranges.add(new Range(start, start + coverage * weight));
      start += weight;
    }
    return ranges;
  }
}
