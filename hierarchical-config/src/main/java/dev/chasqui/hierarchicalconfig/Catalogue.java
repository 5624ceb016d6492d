package dev.chasqui.hierarchicalconfig;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A set of settings with distinct keys, in the order they were given. Immutable. */
public final class Catalogue {
  private final Map<String, Setting<?>> byKey;

  private Catalogue(Map<String, Setting<?>> byKey) {
    this.byKey = byKey;
  }

  /**
   * Collects settings.
   *
   * @throws IllegalArgumentException if two have the same key
   */
  public static Catalogue of(Collection<? extends Setting<?>> settings) {
    Map<String, Setting<?>> byKey = new LinkedHashMap<>();
    for (Setting<?> setting : settings) {
      if (byKey.putIfAbsent(setting.key(), setting) != null) {
        throw new IllegalArgumentException("setting \"" + setting.key() + "\" is declared twice");
      }
    }
    return new Catalogue(byKey);
  }

  /** As {@link #of(Collection)}. */
  public static Catalogue of(Setting<?>... settings) {
    return of(Arrays.asList(settings));
  }

  /** All settings, in the order they were given. Cannot be changed. */
  public Collection<Setting<?>> settings() {
    return Collections.unmodifiableCollection(byKey.values());
  }

  /** The setting with this key, or null. */
  public @Nullable Setting<?> find(String key) {
    return byKey.get(key);
  }

  /** Whether this very setting is here; another one of the same key does not count. */
  public boolean contains(Setting<?> setting) {
    return byKey.get(setting.key()) == setting;
  }

  /** How many settings there are. */
  public int size() {
    return byKey.size();
  }

  /** The rule that setting {@code key} to {@code value} would break, or null. */
  public @Nullable Violation check(String key, JsonNode value) {
    Setting<?> setting = byKey.get(key);
    return setting == null
        ? new Violation(
            Violation.Rule.UNKNOWN_SETTING, key, null, "no setting of this key is declared")
        : setting.check(value);
  }
}
