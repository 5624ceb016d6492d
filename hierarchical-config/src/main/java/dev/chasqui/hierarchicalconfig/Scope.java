package dev.chasqui.hierarchicalconfig;

import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * One node of a hierarchy, such as {@code company:acme}; at most one {@link Profile} belongs to it.
 *
 * @param level name of its {@link Level}
 * @param key which one of that level: letters, digits, {@code .}, {@code _} and {@code -}, at most
 *     100, starting with a letter or digit
 */
public record Scope(String level, String key) implements Serializable {
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  /** The scope above all others in {@link Hierarchy#DEFAULT}: {@code global:all}. */
  public static final Scope GLOBAL = new Scope("global", "all");

  public Scope {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException(
          "scope key must match " + KEY + ", was \"" + Setting.cut(key) + '"');
    }
    Level.requireName(level);
  }

  /**
   * Reads the form that {@link #toString()} writes.
   *
   * @throws IllegalArgumentException if {@code text} is not {@code level:key}
   */
  public static Scope parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          "scope must be level:key, was \"" + Setting.cut(text) + '"');
    }
    return new Scope(text.substring(0, colon), text.substring(colon + 1));
  }

  /** {@code level:key}. */
  @Override
  public String toString() {
    return level + ':' + key;
  }
}
