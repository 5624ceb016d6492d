package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.pointcache.Source;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Without a cache. */
record DirectVehicles(DataSource database) implements Vehicles {
  @Override
  public Seen read(long id) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return new Seen(VehicleTable.read(connection, id).version(), Source.DATABASE);
    }
  }

  @Override
  public long write(long id) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return VehicleTable.write(connection, id);
    }
  }

  @Override
  public void close() {}
}
