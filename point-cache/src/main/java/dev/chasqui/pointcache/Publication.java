package dev.chasqui.pointcache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Which tables' changes are told: a publication of PostgreSQL, named as its namespace (SPEC 6.3). */
final class Publication {
  /** Another process was faster; the second, if it was so by very little. */
  private static final Set<String> ALREADY_THERE = Set.of("42710", "23505");

  private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(10).toNanos();

  private final String name;
  private final Duration patience;

  /** @param patience how long transactions may take that were open when a table is added */
  Publication(String namespace, Duration patience) {
    this.name = nameOf(namespace);
    this.patience = patience;
  }

  /** Of the publication, and of the slot. */
  static String nameOf(String namespace) {
    return "point_cache_" + namespace.replace('-', '_');
  }

  /** Makes sure that there is one, though it may have no tables. */
  void ensure(Connection connection) throws SQLException {
    if (!exists(connection, "select from pg_publication where pubname = ?", name)) {
      unlessAnotherDoes(connection, "create publication " + name);
    }
  }

  /**
   * Makes sure that changes of {@code table} are told from now on. Transactions that have changed it already and end later
   * might not be: so this waits until they have.
   *
   * @throws IllegalArgumentException if it is not told of, and this user may not change that
   * @throws LoadFailedException if those transactions do not end in time
   */
  void include(Connection connection, Table table) throws SQLException {
    ensure(connection);
    long deadline = System.nanoTime() + patience.toNanos();
    // Another process may have added it just now, and be waiting.
    while (!exists(connection, "select where pg_try_advisory_lock(hashtextextended(?, 0))", name)) {
      if (isOver(deadline)) {
        throw new LoadFailedException(
            table + " was not added to the publication " + name
                + ": another process has been adding" + " a table to it for " + patience
                + ". Try again",
            new SQLException("the advisory lock of " + name + " is held"));
      }
    }
    try {
      includeAlone(connection, table, deadline);
    } finally {
      exists(connection, "select pg_advisory_unlock(hashtextextended(?, 0))", name);
    }
  }

  private void includeAlone(Connection connection, Table table, long deadline) throws SQLException {
    if (exists(
        connection,
        "select from pg_publication_tables where pubname = ? and schemaname = ? and tablename = ?",
        name,
        table.schema(),
        table.name())) {
      return;
    }
    String statement = "alter publication " + name + " add table "
        + JdbcRowLoader.quote(table.schema()) + "." + JdbcRowLoader.quote(table.name());
    try {
      unlessAnotherDoes(connection, statement);
    } catch (SQLException e) {
      throw new IllegalArgumentException(
          table + " is not in the publication " + name + ", so nobody would be told of its changes;"
              + " its owner has to: " + statement + " (" + e.getMessage() + ")",
          e);
    }
    awaitOlderTransactions(connection, table, deadline);
  }

  private void awaitOlderTransactions(Connection connection, Table table, long deadline)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      long last;
      try (ResultSet now =
          statement.executeQuery("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")) {
        now.next();
        last = now.getLong(1);
      }
      while (true) {
        try (ResultSet now = statement.executeQuery(
            "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) {
          now.next();
          if (now.getLong(1) >= last) {
            return;
          }
        }
        if (isOver(deadline)) {
          throw new LoadFailedException(
              table + " was added to the publication " + name + ", but transactions that were open"
                  + " then still are after " + patience
                  + ": their changes might not be told. Try again",
              new SQLException("transactions before " + last + " have not ended"));
        }
      }
    }
  }

  /** Whether it is too late to look again. */
  private static boolean isOver(long deadline) {
    if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
      return true;
    }
    LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    return false;
  }

  private static boolean exists(Connection connection, String query, String... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet found = statement.executeQuery()) {
        return found.next();
      }
    }
  }

  private static void unlessAnotherDoes(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      if (!ALREADY_THERE.contains(e.getSQLState())) {
        throw e;
      }
    }
  }
}
