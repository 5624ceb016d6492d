package dev.chasqui.hierarchicalconfig;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Holds profiles and configs against limits: SPEC.md, section 10. */
final class Sizes {
  private final SizeLimits limits;

  Sizes(SizeLimits limits) {
    this.limits = limits;
  }

  /** The violation of a profile that is too large, or null. */
  @Nullable
  Violation check(Profile profile) {
    if (limits.profile() == Integer.MAX_VALUE) {
      return null;
    }
    long bytes = 0;
    for (Map.Entry<String, Entry> entry : profile.entries().entrySet()) {
      bytes += size(entry.getKey(), entry.getValue().plainValue());
    }
    return bytes <= limits.profile()
        ? null
        : new Violation(
            Violation.Rule.TOO_LARGE,
            "",
            profile.scope(),
            "must be at most " + limits.profile() + " bytes, was " + bytes);
  }

  /**
   * The violation of a config that is too large, or null.
   *
   * @param levelOf names the level that the value of a key comes from
   */
  @Nullable
  Violation check(Map<String, JsonNode> content, UnaryOperator<String> levelOf) {
    if (limits.config() == Integer.MAX_VALUE) {
      return null;
    }
    long bytes = 0;
    for (Map.Entry<String, JsonNode> entry : content.entrySet()) {
      bytes += size(entry.getKey(), entry.getValue());
    }
    if (bytes <= limits.config()) {
      return null;
    }
    Map<String, Long> byLevel = new TreeMap<>();
    content.forEach((key, value) -> byLevel.merge(levelOf.apply(key), size(key, value), Long::sum));
    return new Violation(
        Violation.Rule.TOO_LARGE,
        "",
        null,
        "must be at most " + limits.config() + " bytes, was " + bytes + ", by level " + byLevel);
  }

  /** Of an entry: its key, which is ASCII, in quotes, and its value. */
  private static long size(String key, JsonNode value) {
    return key.length() + 2 + CanonicalJson.size(value);
  }
}
