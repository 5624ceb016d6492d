package dev.chasqui.hierarchicalconfig;

/**
 * How large things may be, in bytes of RFC 8785 text as UTF-8. A limit of a client belongs into its
 * manifest, so that a value that it could not hold is refused before it is sent.
 *
 * @param value of one value, at least 1
 * @param profile of the keys and values of a profile's entries, at least 1
 * @param config of the keys and values that an effective config's entries come to, at least 1
 */
public record SizeLimits(int value, int profile, int config) {
  /** No limits. */
  public static final SizeLimits NONE =
      new SizeLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public SizeLimits {
    require("value", value);
    require("profile", profile);
    require("config", config);
  }

  private static void require(String name, int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException(
          "limit \"" + name + "\" must be at least 1 byte, was " + limit);
    }
  }
}
