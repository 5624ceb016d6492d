package dev.chasqui.pointcache;

/**
 * Makes something of rows. What it makes is kept and given to many, so it should not change.
 *
 * @param <R> what it makes
 */
@FunctionalInterface
public interface RowMapper<R> {
  /** Maps one row. What it throws reaches whoever asked for the row. */
  R map(Row row);

  /**
   * Maps to a record whose components have the names of columns, in camel case: {@code companyId} is {@code company_id}.
   * Components may be texts, numbers, booleans, enums, {@code UUID}, {@code byte[]}, and the dates and times of {@code
   * java.time} that the column's type has; a {@code NULL} is null, and refused for a primitive. Columns without a
   * component are left out.
   *
   * @throws IllegalArgumentException when given a table, if a component has no column, or a type that is not known; or
   *     if the record's package is not open to {@code dev.chasqui.pointcache}
   */
  static <R extends Record> RowMapper<R> toRecord(Class<R> type) {
    return new RecordMapper<>(type);
  }
}
