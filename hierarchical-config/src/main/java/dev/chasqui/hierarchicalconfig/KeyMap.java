package dev.chasqui.hierarchicalconfig;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values by key, in text order of the keys. Immutable: a changed copy is two arrays copied, and where
 * no key comes or goes only one, so that changing one of a thousand costs less than a microsecond.
 */
final class KeyMap<V> extends AbstractMap<String, V> {
  private static final KeyMap<?> EMPTY = new KeyMap<>(new String[0], new Object[0]);

  /** Ascending. */
  private final String[] keys;

  private final Object[] values;

  private KeyMap(String[] keys, Object[] values) {
    this.keys = keys;
    this.values = values;
  }

  @SuppressWarnings("unchecked") // it has no values
  static <V> KeyMap<V> empty() {
    return (KeyMap<V>) EMPTY;
  }

  /**
   * @throws NullPointerException if a key or a value is null
   */
  static <V> KeyMap<V> copyOf(Map<String, ? extends V> map) {
    SortedMap<String, V> sorted = new TreeMap<>(map);
    String[] keys = sorted.keySet().toArray(new String[0]);
    Object[] values = sorted.values().toArray();
    for (int i = 0; i < keys.length; i++) {
      Objects.requireNonNull(values[i], keys[i]);
    }
    return new KeyMap<>(keys, values);
  }

  String key(int index) {
    return keys[index];
  }

  @SuppressWarnings("unchecked") // only values come in
  V value(int index) {
    return (V) values[index];
  }

  /** Index of the key, negative if it is not there. */
  int indexOf(String key) {
    return Arrays.binarySearch(keys, key);
  }

  /** This map with other values for some keys; a null takes the key out, if it is there. */
  KeyMap<V> with(Map<String, ? extends @Nullable V> changes) {
    Object[] replaced = values.clone();
    for (Map.Entry<String, ? extends @Nullable V> change : changes.entrySet()) {
      int index = indexOf(change.getKey());
      V value = change.getValue();
      if (index < 0 ? value != null : value == null) {
        return merged(changes);
      }
      if (value != null) {
        replaced[index] = value;
      }
    }
    return new KeyMap<>(keys, replaced);
  }

  private KeyMap<V> merged(Map<String, ? extends @Nullable V> changes) {
    SortedMap<String, @Nullable V> sorted = new TreeMap<>(changes);
    String[] newKeys = new String[keys.length + sorted.size()];
    Object[] newValues = new Object[newKeys.length];
    int size = 0;
    int next = 0;
    for (Map.Entry<String, ? extends @Nullable V> change : sorted.entrySet()) {
      int index = indexOf(change.getKey());
      int until = index < 0 ? -index - 1 : index;
      System.arraycopy(keys, next, newKeys, size, until - next);
      System.arraycopy(values, next, newValues, size, until - next);
      size += until - next;
      next = index < 0 ? until : until + 1;
      V value = change.getValue();
      if (value != null) {
        newKeys[size] = change.getKey();
        newValues[size++] = value;
      }
    }
    System.arraycopy(keys, next, newKeys, size, keys.length - next);
    System.arraycopy(values, next, newValues, size, keys.length - next);
    size += keys.length - next;
    return new KeyMap<>(Arrays.copyOf(newKeys, size), Arrays.copyOf(newValues, size));
  }

  @Override
  public int size() {
    return keys.length;
  }

  @Override
  public @Nullable V get(@Nullable Object key) {
    int index = key instanceof String text ? indexOf(text) : -1;
    return index < 0 ? null : value(index);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return key instanceof String text && indexOf(text) >= 0;
  }

  @Override
  public Set<Map.Entry<String, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return keys.length;
      }

      @Override
      public Iterator<Map.Entry<String, V>> iterator() {
        return new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < keys.length;
          }

          @Override
          public Map.Entry<String, V> next() {
            if (next == keys.length) {
              throw new NoSuchElementException();
            }
            return Map.entry(keys[next], value(next++));
          }
        };
      }
    };
  }
}
