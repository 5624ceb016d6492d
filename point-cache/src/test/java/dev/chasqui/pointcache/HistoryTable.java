package dev.chasqui.pointcache;

import dev.chasqui.pointcache.HistoryEvent.Intent;
import dev.chasqui.pointcache.HistoryEvent.Item;
import dev.chasqui.pointcache.HistoryEvent.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a history. Whoever changes some first locks their slots, which stay when rows go; so the versions that he
 * then takes from a sequence rise in the order of the commits, and those of a roll-back are never given again.
 */
final class HistoryTable {
  static final int KEYS = 8;
  static final int GROUPS = 3;
  static final int NAMES_OF_A_KEY = 3;

  static final TableDefinition DEFINITION =
      TableDefinition.of("item").withUnique("name").withIndexed("grp");

  /** What a service makes of a row. */
  record Mapped(long id, String name, long grp, long version) {
    Item item() {
      return new Item(id, version, grp, name);
    }
  }

  /** Executes a statement that changes rows and returns them. */
  interface Execution {
    void execute(PreparedStatement statement) throws SQLException;
  }

  private HistoryTable() {}

  static String name(long key, long which) {
    return "n" + key + "-" + which;
  }

  /** Makes it and gives its first versions. */
  static List<HistoryEvent> create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("create table slot (id bigint primary key)");
      statement.execute("create sequence versions");
      statement.execute("create table item (id bigint primary key, name text not null unique,"
          + " grp bigint not null, version bigint not null)");
      statement.execute("create index on item (grp)");
      statement.execute("insert into slot select generate_series(1, " + KEYS + ")");
      statement.execute(
          "insert into item select id, 'n' || id || '-0', 0, nextval('versions')" + " from slot");
    }
    List<Item> items = items(connection, LongStream.rangeClosed(1, KEYS).boxed().toList());
    return List.of(
        new Intent("first", 1, false, System.nanoTime(), items),
        new Outcome("first", 1, true, System.nanoTime()));
  }

  /** One key, or some more. */
  static List<Long> randomKeys(Random random) {
    List<Long> keys = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 2 + random.nextInt(3) : 1;
    random.longs(1, KEYS + 1).distinct().limit(count).forEach(keys::add);
    return keys;
  }

  /**
   * Changes rows in the transaction of a connection, in some way: so that they have new versions, and maybe other groups and
   * names; those that are missing come back, others go.
   *
   * @return those that it changed, as they are then
   */
  static List<Item> change(
      Connection connection, List<Long> keys, Random random, Execution execution)
      throws SQLException {
    run(
        connection,
        "select from slot where id = any(?) order by id for update",
        keys,
        statement -> {
          try (ResultSet locked = statement.executeQuery()) {
            locked.next();
          }
        });
    if (random.nextInt(12) == 0) {
      // Who deletes nothing fences nothing.
      List<Long> there =
          items(connection, keys).stream().filter(Item::isThere).map(Item::key).toList();
      run(
          connection,
          "delete from item where id = any(?) returning id, name, grp",
          there,
          execution);
      return items(connection, there);
    }
    boolean moves = random.nextInt(3) == 0;
    String group = moves ? Integer.toString(random.nextInt(GROUPS)) : "grp";
    String name = moves ? "'n' || id || '-" + random.nextInt(NAMES_OF_A_KEY) + "'" : "name";
    run(
        connection,
        "update item set version = nextval('versions'), grp = " + group + ", name = " + name
            + " where id = any(?) returning id, name, grp, version",
        keys,
        execution);
    run(
        connection,
        "insert into item select id, 'n' || id || '-" + random.nextInt(NAMES_OF_A_KEY) + "', "
            + random.nextInt(GROUPS) + ", nextval('versions') from slot where id = any(?)"
            + " and not exists (select from item where item.id = slot.id)"
            + " returning id, name, grp, version",
        keys,
        execution);
    return items(connection, keys);
  }

  /** Rows as their transaction sees them. That one is gone is given a version. */
  private static List<Item> items(Connection connection, List<Long> keys) throws SQLException {
    List<Item> items = new ArrayList<>();
    run(
        connection,
        "select slot.id, coalesce(version, nextval('versions')), grp, name"
            + " from slot left join item on item.id = slot.id where slot.id = any(?)",
        keys,
        statement -> {
          try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
              String name = found.getString(4);
              items.add(item(found.getLong(1), found.getLong(2), found.getLong(3), name));
            }
          }
        });
    return items;
  }

  private static Item item(long key, long version, long group, @Nullable String name) {
    return name == null ? Item.none(key, version) : new Item(key, version, group, name);
  }

  private static void run(Connection connection, String sql, List<Long> keys, Execution execution)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(1, connection.createArrayOf("bigint", keys.toArray()));
      execution.execute(statement);
    }
  }
}
