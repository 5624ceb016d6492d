package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries at one scope, as of one revision.
 *
 * @param scope where it holds
 * @param revision of the last change that edited it; 0 for a profile nobody has edited
 * @param priority decides between profiles of one level that {@linkplain Level#many() allows
 *     several}: the higher wins; 0 elsewhere
 * @param entries by setting key, in key order; keys that this software does not know are kept
 */
public record Profile(Scope scope, long revision, int priority, Map<String, Entry> entries) {
  /**
   * Copies the entries.
   *
   * @throws IllegalArgumentException if the revision is negative or no setting can have one of the
   *     keys
   */
  public Profile {
    if (revision < 0) {
      throw new IllegalArgumentException(
          "revision of " + scope + " must be at least 0, was " + revision);
    }
    if (!(entries instanceof KeyMap)) { // else they are of another profile
      entries.keySet().forEach(key -> Setting.requireKey(key, scope));
      entries = KeyMap.copyOf(entries);
    }
  }

  /** A profile without entries that nobody has edited. */
  public static Profile empty(Scope scope) {
    return new Profile(scope, 0, 0, Map.of());
  }

  /**
   * This profile with {@code edits} made to it.
   *
   * @throws IllegalArgumentException if the edits are of another scope or do not follow this
   *     revision: some that lie between are missing
   */
  public Profile with(ProfileEdits edits) {
    if (!edits.scope().equals(scope) || edits.from() != revision) {
      throw new IllegalArgumentException("edits of " + edits.scope() + " follow revision "
          + edits.from() + ", this is " + scope + " at " + revision);
    }
    Map<String, @Nullable Entry> changes = new HashMap<>(edits.set());
    edits.removed().forEach(key -> changes.put(key, null));
    Integer newPriority = edits.priority();
    return new Profile(
        scope,
        edits.revision(),
        newPriority == null ? priority : newPriority,
        plainEntries().with(changes));
  }

  /** A view that cannot be changed. */
  @Override
  public Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /** The entries, as what they are kept in. */
  KeyMap<Entry> plainEntries() {
    return (KeyMap<Entry>) entries;
  }
}
