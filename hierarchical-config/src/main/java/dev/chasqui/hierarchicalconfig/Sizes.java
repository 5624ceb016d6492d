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

  /** Whether there is a limit for profiles or configs. */
  boolean any() {
    return limits.profile() != Integer.MAX_VALUE || limits.config() != Integer.MAX_VALUE;
  }

  /** The violation of a profile that is too large, or null. */
  @Nullable
  Violation check(Profile profile) {
    return limits.profile() == Integer.MAX_VALUE ? null : check(profile.scope(), of(profile));
  }

  /** The violation of a profile of so many bytes, or null. */
  @Nullable
  Violation check(Scope scope, long bytes) {
    return bytes <= limits.profile()
        ? null
        : new Violation(
            Violation.Rule.TOO_LARGE,
            "",
            scope,
            "must be at most " + limits.profile() + " bytes, was " + bytes);
  }

  /**
   * The violation of a config that is too large, or null.
   *
   * @param bytes of the content
   * @param levelOf names the level that the value of a key comes from
   */
  @Nullable
  Violation check(Map<String, JsonNode> content, long bytes, UnaryOperator<String> levelOf) {
    if (bytes <= limits.config()) {
      return null;
    }
    Map<String, Long> byLevel = new TreeMap<>();
    content.forEach((key, value) -> byLevel.merge(levelOf.apply(key), of(key, value), Long::sum));
    return new Violation(
        Violation.Rule.TOO_LARGE,
        "",
        null,
        "must be at most " + limits.config() + " bytes, was " + bytes + ", by level " + byLevel);
  }

  static long of(Profile profile) {
    long bytes = 0;
    for (Map.Entry<String, Entry> entry : profile.plainEntries().entrySet()) {
      bytes += of(entry.getKey(), entry.getValue().plainValue());
    }
    return bytes;
  }

  static long of(Map<String, JsonNode> content) {
    long bytes = 0;
    for (Map.Entry<String, JsonNode> entry : content.entrySet()) {
      bytes += of(entry.getKey(), entry.getValue());
    }
    return bytes;
  }

  /** Of an entry: its key, which is ASCII, in quotes, and its value; 0 if there is none. */
  static long of(String key, @Nullable JsonNode value) {
    return value == null ? 0 : key.length() + 2 + CanonicalJson.size(value);
  }
}
