package dev.chasqui.pointcache;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealReplica;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session of a real server, spoken to in SQL and text; outside of a transaction unless {@code BEGIN} is said. */
final class PostgresSession implements AutoCloseable {
  private final Connection connection;

  private PostgresSession(Connection connection) {
    this.connection = connection;
  }

  static PostgresSession open(RealPostgres server) throws SQLException {
    return open(server.jdbcUrl(), server.username(), server.password());
  }

  static PostgresSession open(RealReplica server) throws SQLException {
    return open(server.jdbcUrl(), server.username(), server.password());
  }

  private static PostgresSession open(String url, String username, String password)
      throws SQLException {
    return new PostgresSession(DriverManager.getConnection(url, username, password));
  }

  void run(String sql) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Gives the first column of the first row. */
  String ask(String sql, Object... parameters) {
    return String.valueOf(row(sql, parameters).get(0));
  }

  /** Gives the first row. */
  List<@Nullable String> row(String sql, Object... parameters) {
    return rows(sql, parameters).get(0);
  }

  List<List<@Nullable String>> rows(String sql, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet result = statement.executeQuery()) {
        List<List<@Nullable String>> rows = new ArrayList<>();
        while (result.next()) {
          List<@Nullable String> row = new ArrayList<>();
          for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            row.add(result.getString(i));
          }
          rows.add(row);
        }
        return rows;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Begins a transaction and gives its id, which comes with the asking. */
  long begin() {
    run("BEGIN");
    return Long.parseLong(ask("SELECT pg_current_xact_id()::text"));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
