package dev.chasqui.hierarchicalconfig;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values by setting, in one array, since reading a setting must cost a few reads of memory: each
 * setting is followed by its value, at the index that {@link Setting#hash} says or at the next free one
 * after it. At most three of four places are full, so that a search ends soon. Never written to once
 * it has been handed out.
 */
final class SettingTable {
  private static final int PAIR = 2;

  private SettingTable() {}

  /** A table of these values. */
  static @Nullable Object[] of(Map<Setting<?>, Object> values) {
    @Nullable Object[] table = new Object[lengthFor(values.size())];
    values.forEach((setting, value) -> put(table, setting, value));
    return table;
  }

  private static int lengthFor(int size) {
    return PAIR * 2 * Integer.highestOneBit(size * 4 / 3 + 1);
  }

  /**
   * The table with other values for some settings; a null takes the setting out, if it is there. Costs a
   * copy, and more only for the changes and where the table has to grow.
   */
  static @Nullable Object[] with(
      @Nullable Object[] table, Map<Setting<?>, ? extends @Nullable Object> changes) {
    @Nullable Object[] changed = table.clone();
    Map<Setting<?>, Object> more = new HashMap<>(0);
    changes.forEach((setting, value) -> {
      int index = indexIn(changed, setting);
      if (index < 0) {
        if (value != null) {
          more.put(setting, value);
        }
      } else if (value == null) {
        remove(changed, index);
      } else {
        changed[index + 1] = value;
      }
    });
    return more.isEmpty() ? changed : withMore(changed, more);
  }

  private static @Nullable Object[] withMore(
      @Nullable Object[] table, Map<Setting<?>, Object> more) {
    int length = lengthFor(size(table) + more.size());
    @Nullable Object[] grown = table;
    if (length > table.length) {
      grown = new Object[length];
      for (int i = 0; i < table.length; i += PAIR) {
        if (table[i] instanceof Setting<?> setting) {
          put(grown, setting, Objects.requireNonNull(table[i + 1]));
        }
      }
    }
    for (Map.Entry<Setting<?>, Object> each : more.entrySet()) {
      put(grown, each.getKey(), each.getValue());
    }
    return grown;
  }

  private static int size(@Nullable Object[] table) {
    int size = 0;
    for (int i = 0; i < table.length; i += PAIR) {
      size += table[i] == null ? 0 : 1;
    }
    return size;
  }

  private static void put(@Nullable Object[] table, Setting<?> setting, Object value) {
    int index = home(table, setting);
    while (table[index] != null) {
      index = next(table, index);
    }
    table[index] = setting;
    table[index + 1] = value;
  }

  /** Leaves no gap between a setting and its home: Knuth, The Art of Computer Programming 3, 6.4 R. */
  private static void remove(@Nullable Object[] table, int index) {
    int gap = index;
    int at = next(table, gap);
    while (table[at] instanceof Setting<?> setting) {
      int fromHome = at - home(table, setting) & table.length - 1;
      if (fromHome >= (at - gap & table.length - 1)) {
        table[gap] = setting;
        table[gap + 1] = table[at + 1];
        gap = at;
      }
      at = next(table, at);
    }
    table[gap] = null;
    table[gap + 1] = null;
  }

  /** The value of this very setting, or null if it is not there. */
  static @Nullable Object find(@Nullable Object[] table, Setting<?> setting) {
    int index = indexIn(table, setting);
    return index < 0 ? null : table[index + 1];
  }

  /** Index of this very setting, or -1 if it is not there. */
  private static int indexIn(@Nullable Object[] table, Setting<?> setting) {
    int index = home(table, setting);
    while (table[index] != setting) {
      if (table[index] == null) {
        return -1;
      }
      index = next(table, index);
    }
    return index;
  }

  private static int home(@Nullable Object[] table, Setting<?> setting) {
    return setting.hash & table.length - PAIR;
  }

  private static int next(@Nullable Object[] table, int index) {
    return index + PAIR & table.length - PAIR;
  }
}
