package dev.chasqui.hierarchicalconfig;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The effective config in force: what an application reads, and hears changes of.
 *
 * <pre>{@code
 * Live<Integer> fps = config.live(FPS); // once, into a field
 * Live<Camera> camera = config.live(c -> new Camera(c.get(FPS), c.get(CLIP))); // that fit together
 * … fps.get() … camera.get() …
 * }</pre>
 *
 * <p><b>Threads:</b> safe for any number. Readers never wait. One {@link #set} runs at a time, its listeners
 * included; others wait for it. A new {@link #live} value waits at most for live values that are being
 * computed, never for listeners. <b>Errors:</b> a {@code set} that throws has changed nothing.
 */
public final class LiveConfig {
  /** Held while a set runs, to the end of its last listener. */
  private final ReentrantLock setting = new ReentrantLock();

  private final Map<Setting<?>, Live<?>> bySetting = new ConcurrentHashMap<>();

  /** All live values. Guards itself, and the switch: a value is made of the config it is added under. */
  private final List<WeakReference<Live<?>>> lives = new ArrayList<>();

  private final Listeners listeners = new Listeners();
  private volatile EffectiveConfig now;

  /** Starts with {@code first} in force. */
  public LiveConfig(EffectiveConfig first) {
    this.now = Objects.requireNonNull(first, "first");
  }

  /** The config in force; what is read from one is of one state. */
  public EffectiveConfig now() {
    return now;
  }

  /**
   * The value of {@code setting} in force: a volatile read and a look-up. {@link #live(Setting)} saves the
   * look-up.
   *
   * @throws IllegalArgumentException if this very setting is not in the catalogue
   */
  public <T> T get(Setting<T> setting) {
    return now.get(setting);
  }

  /**
   * The value of {@code setting}, always the newest; the same object each time.
   *
   * @throws IllegalArgumentException if this very setting is not in the catalogue
   * @throws IllegalStateException if it is called by a view
   */
  public <T> Live<T> live(Setting<T> setting) {
    refuseWithinView();
    Live<?> live = bySetting.get(setting);
    if (live == null) {
      synchronized (lives) {
        live = bySetting.get(setting);
        if (live == null) {
          live = added(Live.of(setting, now));
          bySetting.put(setting, live);
        }
      }
    }
    @SuppressWarnings("unchecked") // put there for this very setting
    Live<T> ofSetting = (Live<T>) live;
    return ofSetting;
  }

  /**
   * What {@code view} makes of the config in force, made anew at each {@link #set}, before anybody reads it.
   * For values that must fit together, and for what is costly to make of them. Made for as long as you keep
   * it: one that nobody refers to is forgotten.
   *
   * <p>A view is a pure function of the config. What it makes goes to every thread that reads, so it should
   * be immutable, and is not null. By throwing, it refuses a config: {@link #set} throws the same, and what
   * was in force stays; but only for as long as you keep what this returns. It reads nothing but the config
   * that it is given: what {@link #now} and {@link #get} say meanwhile is the config before.
   *
   * @throws IllegalStateException if it is called by a view
   */
  public <V> Live<V> live(Function<? super EffectiveConfig, ? extends V> view) {
    refuseWithinView();
    synchronized (lives) {
      return added(new Live<>(view, null, now));
    }
  }

  private <T> Live<T> added(Live<T> live) {
    lives.removeIf(each -> each.get() == null);
    lives.add(new WeakReference<>(live));
    return live;
  }

  /**
   * Calls {@code listener} with each new value of {@code setting}. When it is called, every reader gets the
   * new value. To miss nothing, add the listener first and read the value then.
   *
   * @throws IllegalArgumentException if this very setting is not in the catalogue
   */
  public <T> Subscription onChange(Setting<T> setting, Consumer<? super Change<T>> listener) {
    live(setting); // refuses it now, and from now on configs without it
    return listeners.add(change -> {
      if (change.keys().contains(setting.key())) {
        T before = change.before().get(setting);
        T next = change.now().get(setting);
        if (!next.equals(before)) { // else they differ in what its class ignores
          listener.accept(new Change<>(setting, before, next));
        }
      }
    });
  }

  /** Calls {@code listener} with each new config that has other values than the one before. */
  public Subscription onChange(Consumer<? super ConfigChange> listener) {
    return listeners.add(listener);
  }

  /**
   * Puts {@code next} in force. Computes every live value of it; then switches, the config first and then one
   * live value after the other; then, if any value differs, calls the listeners on this thread, in the order
   * they were added. What a listener throws is logged and keeps nothing from the others.
   *
   * @return what the listeners were told; null if no value differs, and they were told nothing
   * @throws RuntimeException what a view throws; nothing has changed
   * @throws IllegalArgumentException if {@code next} is of a catalogue without a setting that somebody once
   *     asked for the live value of or listened to; nothing has changed
   * @throws IllegalStateException if it is called by a listener or a view; nothing has changed
   */
  public @Nullable ConfigChange set(EffectiveConfig next) {
    return set(next, () -> {});
  }

  /**
   * As {@link #set(EffectiveConfig)}, and runs {@code beforeSwitch} in between: when every view has taken {@code
   * next} and before anybody reads it, to store it for example. If that throws, nothing has changed. No new
   * live value is made meanwhile.
   */
  public @Nullable ConfigChange set(EffectiveConfig next, Runnable beforeSwitch) {
    refuseWithinView();
    if (setting.isHeldByCurrentThread()) {
      throw new IllegalStateException("a listener must not set a config: another is being set");
    }
    setting.lock();
    try {
      EffectiveConfig before = now;
      SortedSet<String> keys = before.differingKeys(next);
      switchTo(next, beforeSwitch);
      if (keys.isEmpty()) {
        return null;
      }
      ConfigChange change = new ConfigChange(before, next, keys);
      listeners.tell(change);
      return change;
    } finally {
      setting.unlock();
    }
  }

  private void switchTo(EffectiveConfig next, Runnable beforeSwitch) {
    synchronized (lives) {
      List<Runnable> switches = new ArrayList<>();
      for (WeakReference<Live<?>> each : lives) {
        Live<?> live = each.get();
        if (live != null) {
          switches.add(live.prepare(next));
        }
      }
      beforeSwitch.run();
      now = next;
      switches.forEach(Runnable::run);
    }
  }

  /** A view that came to another while that one is computed might miss the config that comes. */
  private void refuseWithinView() {
    if (Thread.holdsLock(lives)) {
      throw new IllegalStateException("a view must be a function of its config alone");
    }
  }
}
