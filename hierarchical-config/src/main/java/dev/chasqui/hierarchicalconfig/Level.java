package dev.chasqui.hierarchicalconfig;

import java.util.regex.Pattern;

/**
 * One level of a {@link Hierarchy}, such as {@code company} or {@code device}.
 *
 * @param name lower-case letters, digits and hyphens, at most 40, starting with a letter
 * @param many whether one device may stand below several scopes of this level at once, as with
 *     groups; which of them wins is then decided by {@link Profile#priority()}
 */
public record Level(String name, boolean many) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

  public Level {
    requireName(name);
  }

  static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "level name must match " + NAME + ", was \"" + Setting.cut(name) + '"');
    }
  }

  /** A level of which a device has at most one scope. */
  public static Level one(String name) {
    return new Level(name, false);
  }

  /** A level of which a device may have several scopes. */
  public static Level many(String name) {
    return new Level(name, true);
  }
}
