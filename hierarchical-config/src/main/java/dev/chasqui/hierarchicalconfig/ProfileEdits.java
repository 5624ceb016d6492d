package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one change does to one profile.
 *
 * @param scope of the profile
 * @param from revision of the profile that the edits were made to
 * @param revision of the profile once they are made, greater than {@code from}
 * @param set entries put in or replaced, by setting key
 * @param removed keys whose entry goes, so that the setting is no longer set at this scope;
 *     disjoint from those of {@code set}; one without an entry is no error
 * @param priority the profile's new one, or null if it stays
 */
public record ProfileEdits(
    Scope scope,
    long from,
    long revision,
    Map<String, Entry> set,
    Set<String> removed,
    @Nullable Integer priority) {
  /** Edits of entries alone. */
  public ProfileEdits(
      Scope scope, long from, long revision, Map<String, Entry> set, Set<String> removed) {
    this(scope, from, revision, set, removed, null);
  }

  /**
   * What leads from one revision of a profile to a later one: {@link Profile#with} makes {@code later} of
   * {@code earlier} with it.
   *
   * @throws IllegalArgumentException if they are of two scopes, or {@code later} is of no greater
   *     revision
   */
  public static ProfileEdits between(Profile earlier, Profile later) {
    if (!earlier.scope().equals(later.scope())) {
      throw new IllegalArgumentException(
          "edits are of one scope, were of " + earlier.scope() + " and " + later.scope());
    }
    Map<String, Entry> set = new TreeMap<>(later.plainEntries());
    set.entrySet()
        .removeIf(entry -> entry.getValue().equals(earlier.plainEntries().get(entry.getKey())));
    Set<String> removed = new TreeSet<>(earlier.plainEntries().keySet());
    removed.removeAll(later.plainEntries().keySet());
    return new ProfileEdits(
        later.scope(),
        earlier.revision(),
        later.revision(),
        set,
        removed,
        earlier.priority() == later.priority() ? null : later.priority());
  }

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
    set = Collections.unmodifiableSortedMap(new TreeMap<>(set));
    removed = Collections.unmodifiableSet(new TreeSet<>(removed));
    for (String key : removed) {
      if (set.containsKey(key)) {
        throw new IllegalArgumentException(
            "edits of " + scope + " both set and remove \"" + key + '"');
      }
    }
  }
}
