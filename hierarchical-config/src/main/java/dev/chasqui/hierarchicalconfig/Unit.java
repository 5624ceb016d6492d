package dev.chasqui.hierarchicalconfig;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is resolved together: one setting, one key that nobody declares, or the settings of an atomic
 * group. Two are equal if they are about the same keys.
 */
final class Unit {
  /** Of the atomic group, empty for a single key. */
  final String group;

  final String[] keys;
  /** By index of the key; null for a key that nobody declares. */
  final @Nullable Setting<?>[] settings;

  /** Asked for at every entry, whatever the size of the group. */
  private final int hash;

  private Unit(String group, String[] keys, @Nullable Setting<?>[] settings) {
    this.group = group;
    this.keys = keys;
    this.settings = settings;
    this.hash = Arrays.hashCode(keys);
  }

  static Unit of(Setting<?> setting) {
    return new Unit("", new String[] {setting.key()}, new Setting<?>[] {setting});
  }

  static Unit of(String group, List<Setting<?>> members) {
    String[] keys = members.stream().map(Setting::key).toArray(String[]::new);
    return new Unit(group, keys, members.toArray(new Setting<?>[0]));
  }

  static Unit ofUnknown(String key) {
    return new Unit("", new String[] {key}, new Setting<?>[1]);
  }

  int indexOf(String key) {
    return Arrays.asList(keys).indexOf(key);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other == this || (other instanceof Unit unit && Arrays.equals(unit.keys, keys));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
