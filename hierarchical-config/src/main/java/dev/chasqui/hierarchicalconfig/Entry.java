package dev.chasqui.hierarchicalconfig;

import tools.jackson.databind.JsonNode;

/**
 * What a profile says of one setting.
 *
 * @param value the value, not JSON {@code null}: a setting that is not set has no entry. Kept in one
 *     form, so that entries of equal content are equal: {@code 15.0} becomes {@code 15}
 * @param revision of the change that set it, at least 0
 * @param author who made that change, empty where nobody is known
 */
public record Entry(JsonNode value, long revision, String author) {
  /**
   * Copies the value.
   *
   * @throws IllegalArgumentException if the value is JSON {@code null} or cannot be written as JSON
   *     text and read back (a number that is not finite as 64-bit floating point, half a surrogate
   *     pair, nesting deeper than 64), or the revision is negative
   */
  public Entry {
    if (value.isNull() || value.isMissingNode()) {
      throw new IllegalArgumentException("an entry must have a value, was null");
    }
    if (revision < 0) {
      throw new IllegalArgumentException("revision must be at least 0, was " + revision);
    }
    try {
      value = PlainJson.copy(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the value of an entry " + e.getMessage(), e);
    }
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
