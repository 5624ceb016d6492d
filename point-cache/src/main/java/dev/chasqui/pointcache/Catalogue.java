package dev.chasqui.pointcache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What PostgreSQL says of a table, and what of it a cache cannot do right. */
final class Catalogue {
  /** The last one is whether the log says of each changed and deleted row which primary key it had. */
  private static final String TABLE = """
      select c.oid, c.relkind, c.relpersistence, c.relrowsecurity,
        exists (select from pg_inherits i where i.inhparent = c.oid or i.inhrelid = c.oid),
        c.relreplident = 'f' or exists (
          select from pg_index p join pg_index r on r.indrelid = p.indrelid and p.indkey[0] = any(r.indkey)
          where p.indrelid = c.oid and p.indisprimary and r.indimmediate
            and case c.relreplident when 'd' then r.indisprimary else r.indisreplident end)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ? and c.relname = ?""";
  /**
   * Without a search path, a type's name is the same for everybody. The last one is a type that a column is, or has as an
   * element, base, field or bound, whose texts depend on names of other things, or on the session.
   */
  private static final String COLUMNS = """
      select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(l.collisdeterministic, true),
        a.attgenerated <> '',
        (with recursive parts(type) as (
          select a.atttypid union select p.part from parts join pg_type t on t.oid = type cross join lateral (
            select t.typelem union all select t.typbasetype
            union all select f.atttypid from pg_attribute f
              where f.attrelid = t.typrelid and f.attnum > 0 and not f.attisdropped
            union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) p(part))
        select format_type(t.oid, null) from parts join pg_type t on t.oid = type
        where t.typnamespace = 'pg_catalog'::regnamespace and t.typname ~ '^(reg[a-z]+|aclitem|money)$' limit 1)
      from (select set_config('search_path', '', true) offset 0) path
        cross join pg_attribute a left join pg_collation l on l.oid = a.attcollation
      where a.attrelid = ? and a.attnum > 0 and not a.attisdropped order by a.attnum""";
  /** Those over whole columns of all rows; how many columns, the first one's name, and whether its values are found by it. */
  private static final String INDEXES = """
      select i.indisprimary, i.indisunique, i.indnkeyatts, a.attname,
        m.amname in ('btree', 'hash') and i.indcollation[0] = a.attcollation
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
      where i.indrelid = ? and i.indisvalid and i.indpred is null""";

  private final DataSource source;

  Catalogue(DataSource source) {
    this.source = source;
  }

  /**
   * Looks {@code definition} up.
   *
   * @throws IllegalArgumentException if it is not there, or a cache of it could be wrong
   */
  Table find(TableDefinition definition) {
    String name = definition.schema() + "." + definition.name();
    try (Connection connection = source.getConnection()) {
      Found found = found(connection, definition, name);
      Indexes indexes = indexes(connection, found.oid);
      if (indexes.key == null) {
        throw new IllegalArgumentException(
            name + " has no primary key of one column, by which its rows are kept");
      }
      if (!found.identified) {
        throw new IllegalArgumentException(name
            + " has a replica identity without its primary key, or one that is deferrable: nothing tells which rows are"
            + " deleted");
      }
      Set<String> asked = new TreeSet<>(definition.unique());
      asked.addAll(definition.indexed());
      if (!asked.add(indexes.key)) {
        throw new IllegalArgumentException(
            name + "." + indexes.key + " is the primary key, and need not be named");
      }
      List<Described> columns = columns(connection, found.oid);
      for (Described described : columns) {
        Column column = described.column;
        if (described.unsteady != null) {
          throw new IllegalArgumentException(name + "." + column.name() + " is a " + column.type()
              + (column.type().startsWith(described.unsteady) ? "" : " of " + described.unsteady)
              + ": its text depends on more than its row");
        }
        if (asked.contains(column.name()) && described.problem != null) {
          throw new IllegalArgumentException(name + "." + column.name() + described.problem);
        }
      }
      Table table = new Table(
          definition.schema(),
          definition.name(),
          columns.stream().map(Described::column).toList(),
          indexes.key,
          definition.unique(),
          definition.indexed());
      asked.forEach(table::position); // which refuses those that are not there
      for (String column : definition.unique()) {
        if (!indexes.unique.contains(column)) {
          throw new IllegalArgumentException(name + "." + column
              + " has no unique index of its own, over all rows: two rows could have one value");
        }
      }
      for (String column : definition.indexed()) {
        if (indexes.unique.contains(column)) {
          throw new IllegalArgumentException(
              name + "." + column + " has a unique index, and is to be named as unique");
        }
      }
      asked.removeAll(indexes.usable);
      if (!asked.isEmpty()) {
        throw new IllegalArgumentException(name + "." + asked.iterator().next()
            + " has no index that begins with it and finds its values: each miss would read the"
            + " whole table");
      }
      return table;
    } catch (SQLException e) {
      throw new LoadFailedException(
          "The catalogue was not read for " + name + ": " + e.getMessage(), e);
    }
  }

  private record Found(long oid, boolean identified) {}

  private static Found found(Connection connection, TableDefinition definition, String name)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, definition.schema());
      statement.setString(2, definition.name());
      try (ResultSet found = statement.executeQuery()) {
        if (!found.next()) {
          throw new IllegalArgumentException("there is no table " + name);
        }
        String problem = problem(found);
        if (problem != null) {
          throw new IllegalArgumentException(name + " " + problem);
        }
        return new Found(found.getLong(1), found.getBoolean(6));
      }
    }
  }

  private static @Nullable String problem(ResultSet found) throws SQLException {
    String kind = found.getString(2);
    if (kind.equals("p")) {
      return "is partitioned: its changes are logged as those of its partitions";
    }
    if (!kind.equals("r")) {
      return "is no ordinary table: nothing tells when its rows change";
    }
    if (!found.getString(3).equals("p")) {
      return "is unlogged or temporary: its changes are not in the log";
    }
    if (found.getBoolean(4)) {
      return "has row security: what one user may see would be shown to others";
    }
    return found.getBoolean(5)
        ? "inherits or is inherited from: its rows are those of several tables"
        : null;
  }

  /**
   * Columns with indexes.
   *
   * @param first with any of which it is the first column
   * @param usable with one of these by which a value is found
   */
  private record Indexes(
      @Nullable String key, Set<String> unique, Set<String> first, Set<String> usable) {}

  private static Indexes indexes(Connection connection, long oid) throws SQLException {
    @Nullable String key = null;
    Set<String> unique = new HashSet<>();
    Set<String> first = new HashSet<>();
    Set<String> usable = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(INDEXES)) {
      statement.setLong(1, oid);
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          String column = found.getString(4);
          first.add(column);
          if (found.getBoolean(5)) {
            usable.add(column);
          }
          if (found.getInt(3) == 1) {
            if (found.getBoolean(1)) {
              key = column;
            }
            if (found.getBoolean(2)) {
              unique.add(column);
            }
          }
        }
      }
    }
    return new Indexes(key, unique, first, usable);
  }

  /**
   * @param problem why rows cannot be asked for by it, after its name; null if they can
   * @param unsteady a type that it has and no row may; null if there is none
   */
  private record Described(
      Column column, @Nullable String problem, @Nullable String unsteady) {}

  private static List<Described> columns(Connection connection, long oid) throws SQLException {
    List<Described> columns = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setLong(1, oid);
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          Column column = new Column(found.getString(1), found.getString(2));
          columns.add(new Described(
              column,
              problem(column.type(), found.getBoolean(3), found.getBoolean(4)),
              found.getString(5)));
        }
      }
    }
    return columns;
  }

  private static @Nullable String problem(String type, boolean deterministic, boolean generated) {
    try {
      KeyType.of(type);
    } catch (IllegalArgumentException e) {
      return ": " + e.getMessage();
    }
    if (generated) {
      return " is generated: the log does not tell its values";
    }
    return deterministic ? null : " has a collation by which different texts may be equal";
  }

  /** A table with all columns that somebody may ask for; empty if it cannot be cached, or is not there any more. */
  Optional<Table> describe(String schema, String name) {
    try (Connection connection = source.getConnection()) {
      Found found =
          found(connection, TableDefinition.of(name).withSchema(schema), schema + "." + name);
      Indexes indexes = indexes(connection, found.oid);
      List<Described> columns = columns(connection, found.oid);
      Set<String> askable = new HashSet<>();
      columns.stream()
          .filter(column -> column.problem == null && indexes.first.contains(column.column.name()))
          .forEach(column -> askable.add(column.column.name()));
      if (indexes.key == null || !askable.remove(indexes.key)) {
        return Optional.empty();
      }
      Set<String> unique = new HashSet<>(askable);
      unique.retainAll(indexes.unique);
      askable.removeAll(unique);
      return Optional.of(new Table(
          schema,
          name,
          columns.stream().map(Described::column).toList(),
          indexes.key,
          unique,
          askable));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    } catch (SQLException e) {
      throw new LoadFailedException(
          "The catalogue was not read for " + schema + "." + name + ": " + e.getMessage(), e);
    }
  }
}
