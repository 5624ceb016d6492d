package dev.chasqui.hierarchicalconfig;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values by setting, in one array, since reading a setting must cost a few reads of memory: each
 * setting is followed by its value, at the index that {@link Setting#hash} says or at the next free one
 * after it. At most three of four places are full, so that a search ends soon. Never written to once
 * it is made.
 */
final class SettingTable {
  private static final int PAIR = 2;

  private SettingTable() {}

  /** A table of these values. */
  static @Nullable Object[] of(Map<Setting<?>, Object> values) {
    int places = Integer.highestOneBit(values.size() * 4 / 3 + 1) * 2;
    @Nullable Object[] table = new Object[PAIR * places];
    values.forEach((setting, value) -> put(table, setting, value));
    return table;
  }

  private static void put(@Nullable Object[] table, Setting<?> setting, Object value) {
    int index = setting.hash & table.length - PAIR;
    while (table[index] != null) {
      index = index + PAIR & table.length - PAIR;
    }
    table[index] = setting;
    table[index + 1] = value;
  }

  /** The table with other values for some settings; a null takes the setting out, if it is there. */
  static @Nullable Object[] with(
      @Nullable Object[] table, Map<Setting<?>, ? extends @Nullable Object> changes) {
    @Nullable Object[] replaced = table.clone();
    for (Map.Entry<Setting<?>, ? extends @Nullable Object> change : changes.entrySet()) {
      int index = indexIn(table, change.getKey());
      Object value = change.getValue();
      if (index < 0 ? value != null : value == null) {
        return rebuilt(table, changes);
      }
      if (value != null) {
        replaced[index + 1] = value;
      }
    }
    return replaced;
  }

  private static @Nullable Object[] rebuilt(
      @Nullable Object[] table, Map<Setting<?>, ? extends @Nullable Object> changes) {
    Map<Setting<?>, Object> values = new HashMap<>(table.length / PAIR);
    for (int i = 0; i < table.length; i += PAIR) {
      if (table[i] instanceof Setting<?> setting) {
        values.put(setting, Objects.requireNonNull(table[i + 1]));
      }
    }
    changes.forEach((setting, value) -> {
      if (value == null) {
        values.remove(setting);
      } else {
        values.put(setting, value);
      }
    });
    return of(values);
  }

  /** The value of this very setting, or null if it is not there. */
  static @Nullable Object find(@Nullable Object[] table, Setting<?> setting) {
    int index = indexIn(table, setting);
    return index < 0 ? null : table[index + 1];
  }

  /** Index of this very setting, or -1 if it is not there. */
  private static int indexIn(@Nullable Object[] table, Setting<?> setting) {
    int index = setting.hash & table.length - PAIR;
    while (table[index] != setting) {
      if (table[index] == null) {
        return -1;
      }
      index = index + PAIR & table.length - PAIR;
    }
    return index;
  }
}
