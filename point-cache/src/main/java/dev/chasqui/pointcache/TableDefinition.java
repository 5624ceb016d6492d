package dev.chasqui.pointcache;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which table is to be cached, and by which of its columns it is asked. Its primary key always is one of them.
 *
 * @param schema where it is
 * @param name its own
 * @param unique columns of which no two rows have the same value, with a unique index
 * @param indexed columns of which many rows may have the same value, with an index
 */
public record TableDefinition(String schema, String name, Set<String> unique, Set<String> indexed) {
  /** Refuses a column that is named twice, empty names, and a schema with a dot in its name. */
  public TableDefinition {
    unique = Set.copyOf(unique);
    indexed = Set.copyOf(indexed);
    refuseEmpty("schema", schema);
    refuseEmpty("name", name);
    if (schema.indexOf('.') >= 0) {
      throw new IllegalArgumentException("schema must not contain a dot, was " + schema + ": "
          + schema + "." + name + " could be another table too");
    }
    for (String column : unique) {
      refuseEmpty("a unique column", column);
      if (indexed.contains(column)) {
        throw new IllegalArgumentException(
            column + " must be either unique or indexed, was both in " + schema + "." + name);
      }
    }
    indexed.forEach(column -> refuseEmpty("an indexed column", column));
  }

  private static void refuseEmpty(String what, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(what + " must not be empty");
    }
  }

  /** The table of that name in the schema {@code public}, asked for by its primary key. */
  public static TableDefinition of(String name) {
    return new TableDefinition("public", name, Set.of(), Set.of());
  }

  /** The same in another schema. */
  public TableDefinition withSchema(String changed) {
    return new TableDefinition(changed, name, unique, indexed);
  }

  /** The same, asked for by these unique columns too. */
  public TableDefinition withUnique(String... more) {
    return new TableDefinition(schema, name, plus(unique, more), indexed);
  }

  /** The same, asked for by these columns too, of which many rows may have the same value. */
  public TableDefinition withIndexed(String... more) {
    return new TableDefinition(schema, name, unique, plus(indexed, more));
  }

  private static Set<String> plus(Set<String> some, String... more) {
    Set<String> all = new LinkedHashSet<>(some);
    all.addAll(List.of(more));
    return all;
  }
}
