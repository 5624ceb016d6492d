package dev.chasqui.featureflags;

import dev.openfeature.sdk.Value;

/**
 * What a flag can be asked for as.
 *
 * @param <T> what the answer is
 */
final class FlagType<T> {
  static final FlagType<Boolean> BOOLEAN = new FlagType<>("boolean", Boolean.class);
  static final FlagType<String> STRING = new FlagType<>("string", String.class);
  static final FlagType<Integer> INTEGER = new FlagType<>("integer of 32 bits", Integer.class);
  static final FlagType<Long> LONG = new FlagType<>("integer of 64 bits", Long.class);
  static final FlagType<Double> DOUBLE = new FlagType<>("double", Double.class);
  static final FlagType<Value> OBJECT = new FlagType<>("object", Value.class);

  final String name;
  final Class<T> type;

  private FlagType(String name, Class<T> type) {
    this.name = name;
    this.type = type;
  }
}
