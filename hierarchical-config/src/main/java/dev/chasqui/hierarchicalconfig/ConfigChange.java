package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A new effective config with other values than the one before.
 *
 * @param before the config until now
 * @param now the config from now on
 * @param keys of the settings whose value differs, never empty; also those that the catalogue does not
 *     know
 */
public record ConfigChange(EffectiveConfig before, EffectiveConfig now, SortedSet<String> keys) {
  /**
   * Copies the keys.
   *
   * @throws IllegalArgumentException if there are none
   */
  public ConfigChange {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("keys of a change must not be empty");
    }
    keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
  }
}
