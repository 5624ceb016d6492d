package dev.chasqui.hierarchicalconfig;

import tools.jackson.databind.JsonNode;

/**
 * What a profile says of one setting.
 *
 * @param value the value, not JSON {@code null}: a setting that is not set has no entry
 * @param revision of the change that set it, at least 0
 * @param author who made that change, empty where nobody is known
 */
public record Entry(JsonNode value, long revision, String author) {
  public Entry {
    if (value.isNull() || value.isMissingNode()) {
      throw new IllegalArgumentException("an entry must have a value, was null");
    }
    if (revision < 0) {
      throw new IllegalArgumentException("revision must be at least 0, was " + revision);
    }
    value = value.deepCopy(); // objects and lists are mutable; scalars return themselves
  }

  /** An entry of no known change. */
  public static Entry of(JsonNode value) {
    return new Entry(value, 0, "");
  }

  /** A copy for objects and lists, so that an entry never changes. */
  @Override
  public JsonNode value() {
    return value.deepCopy();
  }
}
