package dev.chasqui.featureflags.internal;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of objects, for as long as others hold them: by identity, whatever their {@code equals} says. What is kept of one
 * must not refer to it, or it stays.
 *
 * <p><b>Threads:</b> safe for any number. Reading locks nothing.
 */
@SuppressWarnings("ReferenceEquality") // which is what it goes by
public final class WeakIdentityMap<K, V> {
  private final Map<Object, V> values = new ConcurrentHashMap<>(); // by Held, asked with Asked
  private final ReferenceQueue<K> gone = new ReferenceQueue<>();

  /** What is known of {@code key}; else what {@code make} makes, which may be called by two threads at once, for one result. */
  public V get(K key, Function<? super K, ? extends V> make) {
    V known = values.get(new Asked(key));
    if (known != null) {
      return known;
    }
    V made = make.apply(key);
    forgetGone();
    V other = values.putIfAbsent(new Held<>(key, gone), made);
    return other == null ? made : other;
  }

  /** How many objects it knows of; some may be gone. */
  public int size() {
    forgetGone();
    return values.size();
  }

  private void forgetGone() {
    for (Reference<?> held = gone.poll(); held != null; held = gone.poll()) {
      values.remove(held);
    }
  }

  private static boolean isSame(Object key, @Nullable Object other) {
    return (other instanceof Held<?> held && held.refersToIt(key))
        || (other instanceof Asked asked && asked.key() == key);
  }

  private static final class Held<K> extends WeakReference<K> {
    private final int hash;

    Held(K key, ReferenceQueue<K> gone) {
      super(key, gone);
      hash = System.identityHashCode(key);
    }

    boolean refersToIt(Object key) {
      return get() == key;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      K key = get();
      return key != null && isSame(key, other);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Does for a look-up, without a reference that the garbage collector must know of. */
  private record Asked(Object key) {
    @Override
    public boolean equals(@Nullable Object other) {
      return isSame(key, other);
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(key);
    }
  }
}
