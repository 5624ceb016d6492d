package dev.chasqui.pointcache;

import java.util.List;

/**
 * What there is for a value that any number of rows may have.
 *
 * @param rows all of them, in any order
 * @param source where they come from: memory, if any part of them does, else the database, if any part does
 * @param <R> what rows are mapped to
 */
public record Answers<R>(List<R> rows, Source source) {
  /** Copies the rows. */
  public Answers {
    rows = List.copyOf(rows);
  }
}
