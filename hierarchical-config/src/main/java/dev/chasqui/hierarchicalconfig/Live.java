package dev.chasqui.hierarchicalconfig;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A value of the config in force, always the newest: of a setting, or what a view made of the config.
 * Ask {@link LiveConfig} for it once and keep it in a field.
 *
 * <p>Safe for any number of threads. What one thread reads of one live value never goes back to an earlier
 * config. Two live values switch one after the other: what must fit together belongs into one view.
 *
 * @param <T> type of the value
 */
public final class Live<T> implements Supplier<T> {
  private final Function<? super EffectiveConfig, ? extends T> view;
  /** Null where values can be handed to all. */
  private final @Nullable UnaryOperator<T> copier;

  private volatile T value;

  Live(
      Function<? super EffectiveConfig, ? extends T> view,
      @Nullable UnaryOperator<T> copier,
      EffectiveConfig first) {
    this.view = view;
    this.copier = copier;
    this.value = valueIn(first);
  }

  static <T> Live<T> of(Setting<T> setting, EffectiveConfig first) {
    return new Live<>(
        config -> config.get(setting), setting.handsOutCopies ? setting.type()::copy : null, first);
  }

  /**
   * The value in force. Costs one volatile read, makes no object and never waits; only a setting of {@link
   * tools.jackson.databind.JsonNode JsonNode}s gives a copy each time, as {@link EffectiveConfig#get} does.
   * What a view made is the same object for all who read it.
   */
  @Override
  public T get() {
    T now = value;
    return copier == null ? now : copier.apply(now);
  }

  /** Computes the value in {@code next}; what comes back switches to it and cannot fail. */
  Runnable prepare(EffectiveConfig next) {
    T prepared = valueIn(next);
    return () -> value = prepared;
  }

  private T valueIn(EffectiveConfig config) {
    return Objects.requireNonNull(view.apply(config), "a view must not give null");
  }
}
