package dev.chasqui.pointcache;

import java.util.Optional;

/**
 * What there is for a value of which at most one row has it.
 *
 * @param <R> what rows are mapped to
 */
public sealed interface Answer<R> {
  /** A row. */
  record Found<R>(R row, Source source) implements Answer<R> {
    @Override
    public Optional<R> toOptional() {
      return Optional.of(row);
    }
  }

  /** There is no such row. */
  record Absent<R>(Source source) implements Answer<R> {
    @Override
    public Optional<R> toOptional() {
      return Optional.empty();
    }
  }

  /** Returns where it comes from. */
  Source source();

  /** Returns the row if there is one. */
  Optional<R> toOptional();
}
