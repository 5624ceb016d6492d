package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A new effective config that differs from the one before.
 *
 * @param before the config until now
 * @param now the config from now on
 * @param keys of the settings whose value differs, never empty; also those that the catalogue does not know
 * @param revision up to which every change of the device's path is part of {@code now}
 */
public record ConfigChange(
    EffectiveConfig before, EffectiveConfig now, SortedSet<String> keys, long revision) {
  public ConfigChange {
    keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
  }
}
