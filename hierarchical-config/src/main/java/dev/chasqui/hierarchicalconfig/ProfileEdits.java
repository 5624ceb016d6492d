package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one change does to one profile.
 *
 * @param scope of the profile
 * @param from revision of the profile that the edits were made to
 * @param revision of the profile once they are made, greater than {@code from}
 * @param set entries put in or replaced, by setting key
 * @param removed keys whose entry goes, so that the setting is no longer set at this scope;
 *     disjoint from those of {@code set}; one without an entry is no error
 */
public record ProfileEdits(
    Scope scope, long from, long revision, Map<String, Entry> set, Set<String> removed) {
  /**
   * Copies the edits.
   *
   * @throws IllegalArgumentException if the revision is not greater than {@code from}, {@code from}
   *     is negative, no setting can have one of the keys, or a key is both set and removed
   */
  public ProfileEdits {
    if (from < 0 || revision <= from) {
      throw new IllegalArgumentException("edits of " + scope
          + " must lead to a greater revision, were from " + from + " to " + revision);
    }
    set.keySet().forEach(key -> Setting.requireKey(key, scope));
    removed.forEach(key -> Setting.requireKey(key, scope));
    set = Collections.unmodifiableMap(new TreeMap<>(set));
    removed = Collections.unmodifiableSet(new TreeSet<>(removed));
    for (String key : removed) {
      if (set.containsKey(key)) {
        throw new IllegalArgumentException(
            "edits of " + scope + " both set and remove \"" + key + '"');
      }
    }
  }
}
