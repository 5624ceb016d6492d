package dev.chasqui.pointcache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row as PostgreSQL's texts of its columns, under the settings of SPEC 3.1. {@link RowMapper#toRecord} makes something
 * typed of it.
 */
public final class Row {
  private final Table table;
  private final List<@Nullable String> texts;

  /**
   * For loaders of one's own.
   *
   * @param texts of all columns, in the table's order
   */
  public Row(Table table, List<? extends @Nullable String> texts) {
    if (texts.size() != table.columns().size()) {
      throw new IllegalArgumentException(
          "a row of " + table + " has " + table.columns().size() + " columns, not " + texts.size());
    }
    this.table = table;
    this.texts = Collections.unmodifiableList(new ArrayList<@Nullable String>(texts));
  }

  private Row(List<@Nullable String> texts, Table table) {
    this.table = table;
    this.texts = Collections.unmodifiableList(texts);
  }

  /** Of as many texts as there are columns, which nobody changes any more: without a copy. */
  static Row of(Table table, List<@Nullable String> texts) {
    return new Row(texts, table);
  }

  /** Returns the table that it is of. */
  public Table table() {
    return table;
  }

  /** Returns the texts of all columns, in the table's order; null is SQL's {@code NULL}. */
  public List<@Nullable String> texts() {
    return texts;
  }

  /** Returns a column's text, or null for SQL's {@code NULL}; refuses a column that is not there. */
  public @Nullable String text(String column) {
    return texts.get(table.position(column));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Row row && row.table.equals(table) && row.texts.equals(texts);
  }

  @Override
  public int hashCode() {
    return texts.hashCode();
  }

  @Override
  public String toString() {
    return table + texts.toString();
  }
}
