package dev.chasqui.pointcache;

import io.lettuce.core.RedisException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction changes, so that nobody is shown the old rows once it has committed (SPEC 6.2). Name what was
 * changed, {@link #place}, commit. After that there is nothing to do; after a roll-back neither.
 *
 * <p><b>Threads:</b> one, as its connection.
 */
public final class Fences {
  /** How a writer wants it if Redis cannot be reached. */
  public enum Mode {
    /** {@link Fences#place} throws: roll back. */
    STRICT,
    /** It goes on. For a while others may see the old rows: as long as {@link PointCache} says of other writers. */
    AVAILABLE
  }

  private static final System.Logger LOG = System.getLogger(Fences.class.getName());
  /** Each takes a statement before the commit. */
  private static final int MOST_READ = 10;

  private record Change(CachedTable<?> table, String column, String text) {
    boolean isOfRow() {
      return column.equals(table.table().key());
    }
  }

  /** Takes a value, as its name in Redis ends, out of this process' memory. */
  interface Drop {
    void drop(Table table, String column, String name);
  }

  private final Connection connection;
  private final Mode mode;
  private final Keys keys;
  private final NamespaceState state;
  private final RedisTier redis;
  private final CacheMeters meters;
  private final Drop drop;
  private final Set<Change> changes = new LinkedHashSet<>();

  Fences(
      Connection connection,
      Mode mode,
      Keys keys,
      NamespaceState state,
      RedisTier redis,
      CacheMeters meters,
      Drop drop) {
    this.connection = connection;
    this.mode = mode;
    this.keys = keys;
    this.state = state;
    this.redis = redis;
    this.meters = meters;
    this.drop = drop;
  }

  /** The row of this primary key is inserted, changed or deleted. */
  public Fences row(CachedTable<?> table, Object key) {
    return value(table, table.table().key(), key);
  }

  /**
   * A row gets this value in a column that has an index, or had it: others may ask by it, though this process does not. What
   * it gets must be named, what it had saves others a look into the database. Null, which nobody asks for, is nothing.
   */
  public Fences value(CachedTable<?> table, String column, @Nullable Object value) {
    if (value != null) {
      changes.add(new Change(table, column, table.text(column, value)));
    }
    return this;
  }

  /**
   * Executes a statement that changes rows of {@code table} and returns them, as {@code update … returning id, vin}, and
   * names them all. It has to return the primary key, and those columns that have an index and that the statement sets; an
   * insert all of them. {@code returning *} does.
   *
   * @return how many rows it returned
   * @throws IllegalArgumentException if it does not return the primary key; nothing is undone
   */
  public int execute(CachedTable<?> table, PreparedStatement statement) throws SQLException {
    int rows = 0;
    try (ResultSet results = statement.executeQuery()) {
      List<String> asked = asked(table, results.getMetaData());
      while (results.next()) {
        rows++;
        for (String column : asked) {
          String text = text(table, column, results);
          if (text != null) {
            changes.add(new Change(table, column, text));
          }
        }
      }
    }
    return rows;
  }

  private static List<String> asked(CachedTable<?> table, ResultSetMetaData returned)
      throws SQLException {
    Table of = table.written();
    List<String> asked = new ArrayList<>();
    for (int i = 1; i <= returned.getColumnCount(); i++) {
      String name = returned.getColumnLabel(i);
      if (of.isAsked(name)) {
        asked.add(name);
      }
    }
    if (!asked.contains(of.key())) {
      throw new IllegalArgumentException(
          "the statement must return " + of + "." + of.key() + ", the primary key");
    }
    return asked;
  }

  private static @Nullable String text(CachedTable<?> table, String column, ResultSet results)
      throws SQLException {
    KeyType type = table.written().keyType(column);
    if (type == KeyType.DATE) {
      return results.getString(column); // also one that nobody can ask for, such as infinity
    }
    Object value = switch (type) {
      case SMALLINT, INTEGER, BIGINT -> results.getLong(column);
      case UUID_ -> results.getObject(column, java.util.UUID.class);
      case BOOLEAN -> results.getBoolean(column);
      case BYTEA -> results.getBytes(column);
      case DATE, TEXT -> results.getString(column);
    };
    return value == null || results.wasNull() ? null : table.text(column, value);
  }

  /**
   * Places the fences, after the changes and before the commit. What is named later needs another call.
   *
   * @throws IllegalStateException if the connection is in no transaction
   * @throws FenceFailedException if that failed, unless the mode is {@link Mode#AVAILABLE}
   */
  public void place() throws SQLException {
    placeAll();
  }

  /**
   * What was placed.
   *
   * @param transaction that has fenced; empty if there was nothing to fence
   * @param kept those changes of what Redis had
   */
  private record Placed(String transaction, List<Change> kept) {}

  private Placed placeAll() throws SQLException {
    if (changes.isEmpty()) {
      return new Placed("", List.of());
    }
    if (connection.getAutoCommit()) {
      throw new IllegalStateException(
          "fences must be placed in the transaction that changes the rows: the connection commits"
              + " by itself");
    }
    String transaction = transaction(connection);
    List<Change> kept = List.of();
    try {
      Map<String, Change> names = new LinkedHashMap<>();
      for (long generation : state.forFences().fence()) {
        for (Change change : changes) {
          names.put(
              keys.beginning(generation, change.table.written(), change.column)
                  + Keys.value(change.text),
              change);
        }
      }
      kept = redis.fence(names.keySet(), transaction).stream()
          .map(names::get)
          .distinct()
          .toList();
      meters.fenced(names.size(), true);
    } catch (RedisException e) {
      meters.fenced(changes.size(), false);
      if (mode == Mode.STRICT) {
        throw new FenceFailedException(
            "Not all fences could be placed, roll the transaction back: " + e.getMessage(), e);
      }
    } finally {
      // Ours at once; those of others hear of it from Redis.
      changes.forEach(each -> drop.drop(each.table.table(), each.column, Keys.value(each.text)));
    }
    changes.clear();
    return new Placed(transaction, kept);
  }

  /**
   * Places the fences as the last thing before the commit, and reads those of the rows that others have been reading
   * (SPEC 6.6).
   *
   * @return to be run when the transaction has committed
   */
  Runnable placeAndRead(JdbcRowLoader own) throws SQLException {
    Placed placed = placeAll();
    List<Change> kept = placed.kept.stream().filter(Change::isOfRow).toList();
    if (kept.isEmpty() || kept.size() > MOST_READ) {
      return () -> {};
    }
    long transaction = Long.parseLong(placed.transaction);
    List<Runnable> fills = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      // Triggers that would wait for the commit might change the rows once more.
      statement.execute("set constraints all immediate; savepoint point_cache");
      try {
        for (Change change : kept) {
          TableReader reader = change.table.reader();
          TableReader.Written written =
              reader.readWritten(connection, own, change.text, transaction);
          if (written != null) {
            fills.add(() -> reader.fill(written));
          }
        }
      } catch (RedisException | SQLException e) { // the change itself is not to fail by it
        LOG.log(System.Logger.Level.DEBUG, "What was written is not kept", e);
        statement.execute("rollback to savepoint point_cache");
        return () -> {};
      }
    }
    return () -> fills.forEach(Runnable::run);
  }

  /** What is done in a transaction. */
  @FunctionalInterface
  interface Work {
    void run(Connection connection) throws SQLException;
  }

  /** Does it in a transaction that is rolled back, so that what it fences can be loaded anew at once. */
  static void rolledBack(DataSource database, Work work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        work.run(connection);
      } finally {
        connection.rollback();
        connection.setAutoCommit(autoCommit);
      }
    }
  }

  /** The one that {@code connection} is in. */
  static String transaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("select pg_current_xact_id()::text")) {
      found.next();
      return found.getString(1);
    }
  }
}
