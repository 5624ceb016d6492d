package dev.chasqui.benchmarks.pointcache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;

/** PostgreSQL itself, by prepared statements over HikariCP. */
public record Direct(DataSource database) {
  /** The row of a key. */
  public Vehicle find(long key) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("select * from vehicle where id = ?")) {
      statement.setLong(1, key);
      return vehicles(statement).get(0);
    }
  }

  /** The rows of keys. */
  public List<Vehicle> findAll(Collection<Long> keys) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("select * from vehicle where id = any(?)")) {
      statement.setObject(1, keys.stream().mapToLong(Long::longValue).toArray());
      return vehicles(statement);
    }
  }

  private static List<Vehicle> vehicles(PreparedStatement statement) throws SQLException {
    List<Vehicle> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(new Vehicle(
            rows.getLong(1),
            rows.getString(2),
            rows.getLong(3),
            rows.getLong(4),
            rows.getBoolean(5),
            rows.getString(6)));
      }
    }
    return found;
  }
}
