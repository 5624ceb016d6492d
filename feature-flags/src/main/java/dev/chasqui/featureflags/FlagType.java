package dev.chasqui.featureflags;

import dev.openfeature.sdk.Value;

/**
 * What a flag can be asked for as.
 *
 * @param <T> what the answer is
 */
final class FlagType<T> {
  static final FlagType<Boolean> BOOLEAN = new FlagType<>(Kind.BOOLEAN, "boolean", Boolean.class);
  static final FlagType<String> STRING = new FlagType<>(Kind.STRING, "string", String.class);
  static final FlagType<Integer> INTEGER =
      new FlagType<>(Kind.INTEGER, "integer of 32 bits", Integer.class);
  static final FlagType<Long> LONG =
      new FlagType<>(Kind.LONG, "integer of at most 53 bits", Long.class);
  static final FlagType<Double> DOUBLE = new FlagType<>(Kind.DOUBLE, "number", Double.class);
  static final FlagType<Value> OBJECT = new FlagType<>(Kind.OBJECT, "object", Value.class);

  enum Kind {
    BOOLEAN,
    STRING,
    INTEGER,
    LONG,
    DOUBLE,
    OBJECT
  }

  final Kind kind;
  final String name;
  final Class<T> type;

  private FlagType(Kind kind, String name, Class<T> type) {
    this.kind = kind;
    this.name = name;
    this.type = type;
  }
}
