package dev.chasqui.pointcache;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows from the database. {@link PointCache} has one for JDBC.
 *
 * <p><b>Threads:</b> called by any number.
 */
@FunctionalInterface
public interface RowLoader {
  /**
   * Reads all rows of {@code table} whose {@code column} is one of {@code values}, in one statement that begins after
   * this call and is in no transaction block.
   *
   * @param values PostgreSQL's texts, without duplicates
   * @throws RuntimeException which reaches whoever asked for the rows
   */
  Loaded load(Table table, String column, List<String> values);

  /**
   * What was read.
   *
   * @param snapshot {@code pg_current_snapshot()} of the statement that read it; null if nothing may be kept of it, such
   *     as in a transaction that has written
   */
  record Loaded(@Nullable String snapshot, List<Row> rows) {
    /** Copies the rows. */
    public Loaded {
      rows = List.copyOf(rows);
    }
  }
}
