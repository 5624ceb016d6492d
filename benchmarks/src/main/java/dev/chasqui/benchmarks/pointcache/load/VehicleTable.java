package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.realservers.RealPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What is asked for: rows of about 200 bytes. Whoever writes one raises its version, under the lock of the row. */
final class VehicleTable {
  private static final String SELECT =
      "select id, vin, company_id, model, equipment, mileage, version from vehicle where id = ?";
  private static final String UPDATE =
      "update vehicle set mileage = mileage + 12, version = version + 1 where id = ? returning version";
  private static final String COUNTS = """
      select idx_scan - n_tup_upd, xact_commit + xact_rollback
      from pg_stat_user_tables t join pg_stat_database d on d.datname = current_database()
      where t.relname = 'vehicle'""";

  private VehicleTable() {}

  static Connection connect(RealPostgres postgres) throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl(), postgres.username(), postgres.password());
  }

  /** Makes the table, with ids from 1 to {@code rows} and version 0. */
  static void create(Connection connection, int rows) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("""
          create table vehicle (id bigint not null, vin text not null, company_id bigint not null,
            model text not null, equipment text not null, mileage bigint not null, version bigint not null)""");
      statement.execute("""
          insert into vehicle
          select i, 'VIN' || lpad(i::text, 14, '0'), i / 2000, 'model ' || i %% 40, repeat(md5(i::text), 3),
            i %% 500000, 0
          from generate_series(1, %d) i""".formatted(rows));
      statement.execute("alter table vehicle add primary key (id)");
      statement.execute("vacuum analyze vehicle");
      statement.execute("checkpoint");
    }
  }

  static Vehicle read(Connection connection, long id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
      statement.setLong(1, id);
      try (ResultSet found = statement.executeQuery()) {
        found.next();
        return new Vehicle(
            found.getLong(1),
            found.getString(2),
            found.getLong(3),
            found.getString(4),
            found.getString(5),
            found.getLong(6),
            found.getLong(7));
      }
    }
  }

  /** Returns the version that it gives it. */
  static long write(Connection connection, long id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      statement.setLong(1, id);
      try (ResultSet updated = statement.executeQuery()) {
        updated.next();
        return updated.getLong(1);
      }
    }
  }

  /**
   * What PostgreSQL has counted, of sessions that told it.
   *
   * @param reads rows looked up in the index, without those that a write looked up
   * @param transactions of anybody in the database; a statement that commits by itself is one
   */
  record Counts(long reads, long transactions) {
    Counts minus(Counts before) {
      return new Counts(reads - before.reads, transactions - before.transactions);
    }

    Counts plus(Counts more) {
      return new Counts(reads + more.reads, transactions + more.transactions);
    }
  }

  static Counts counts(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet counts = statement.executeQuery(COUNTS)) {
      counts.next();
      return new Counts(counts.getLong(1), counts.getLong(2));
    }
  }

  /** Has a session tell what it did, which it otherwise does a second or more later. */
  static void tellCounts(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select pg_stat_force_next_flush()");
    }
  }
}
