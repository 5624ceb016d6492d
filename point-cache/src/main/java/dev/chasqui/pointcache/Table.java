package dev.chasqui.pointcache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * A table whose rows are cached, as the database describes it.
 *
 * @param schema where it is
 * @param name its own
 * @param columns all of them, in the order of the catalogue
 * @param key the column that is the primary key
 * @param unique further columns of which no two rows have the same value
 * @param indexed columns of which many rows may have the same value
 */
public record Table(
    String schema,
    String name,
    List<Column> columns,
    String key,
    Set<String> unique,
    Set<String> indexed) {
  /** Copies the collections. */
  public Table {
    columns = List.copyOf(columns);
    unique = Set.copyOf(unique);
    indexed = Set.copyOf(indexed);
  }

  /** Where a column is in {@link #columns()}; refuses one that is not there. */
  int position(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(column)) {
        return i;
      }
    }
    throw new IllegalArgumentException(this + " has no column " + column + ", but "
        + columns.stream().map(Column::name).toList());
  }

  /** Whether rows are asked for by this column. */
  boolean isAsked(String column) {
    return column.equals(key) || unique.contains(column) || indexed.contains(column);
  }

  KeyType keyType(String column) {
    return KeyType.of(columns.get(position(column)).type());
  }

  /** Tells rows of this table from those that it had before its columns changed. */
  String fingerprint() {
    StringBuilder text = new StringBuilder();
    columns.forEach(
        column -> text.append(column.name()).append(' ').append(column.type()).append('\n'));
    return Sha256.hex(text.toString()).substring(0, 8);
  }

  @Override
  public String toString() {
    return schema + "." + name;
  }

  /** What SPEC.md digests with. */
  static final class Sha256 {
    private Sha256() {}

    static String hex(String text) {
      try {
        return HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has SHA-256", e);
      }
    }
  }
}
