package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The profiles on a device's path, with every change up to {@code revision} in them.
 *
 * @param revision of the one order of all changes, 0 before there was any
 * @param profiles by scope
 */
record ProfileSet(long revision, Map<Scope, Profile> profiles) {
  static final ProfileSet EMPTY = new ProfileSet(0, Map.of());

  ProfileSet {
    if (revision < 0) {
      throw new IllegalArgumentException("revision must be at least 0, was " + revision);
    }
    profiles = Collections.unmodifiableMap(new LinkedHashMap<>(profiles));
  }
}
