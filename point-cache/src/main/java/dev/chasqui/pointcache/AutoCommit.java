package dev.chasqui.pointcache;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** A connection on which each statement is a transaction, however its data source has it; given back as it was. */
final class AutoCommit implements AutoCloseable {
  private final Connection connection;
  private final boolean before;

  private AutoCommit(Connection connection) throws SQLException {
    this.connection = connection;
    this.before = connection.getAutoCommit();
    if (!before) {
      connection.setAutoCommit(true);
    }
  }

  static AutoCommit of(DataSource source) throws SQLException {
    Connection connection = source.getConnection();
    try {
      return new AutoCommit(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  Connection connection() {
    return connection;
  }

  @Override
  public void close() throws SQLException {
    try (connection) {
      if (!before) {
        connection.setAutoCommit(false);
      }
    }
  }
}
