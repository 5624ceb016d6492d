package dev.chasqui.hierarchicalconfig;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A key whose value on a device becomes another one.
 *
 * @param key of the setting
 * @param before the value now, JSON {@code null} being one; null if the key is neither declared nor
 *     set
 * @param after the value then, in the same way
 */
public record ChangedValue(
    String key, @Nullable JsonNode before, @Nullable JsonNode after) {
  public ChangedValue {
    before = before == null ? null : before.deepCopy();
    after = after == null ? null : after.deepCopy();
  }

  /** A copy for objects and lists. */
  @Override
  public @Nullable JsonNode before() {
    return before == null ? null : before.deepCopy();
  }

  /** A copy for objects and lists. */
  @Override
  public @Nullable JsonNode after() {
    return after == null ? null : after.deepCopy();
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainBefore() {
    return before;
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainAfter() {
    return after;
  }
}
