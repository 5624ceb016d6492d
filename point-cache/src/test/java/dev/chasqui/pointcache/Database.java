package dev.chasqui.pointcache;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.chasqui.realservers.RealPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A database of vehicles, and how often it was asked. */
final class Database implements AutoCloseable {
  /** What a service makes of a row. */
  record Vehicle(long id, String vin, long companyId, long mileage) {}

  static final TableDefinition VEHICLES =
      TableDefinition.of("vehicle").withUnique("vin").withIndexed("company_id");

  private final HikariDataSource source;

  Database(RealPostgres server) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setUsername(server.username());
    config.setPassword(server.password());
    config.setMinimumIdle(1); // most tests need no more, and each takes its time
    source = new HikariDataSource(config);
  }

  /** With three vehicles of two companies. */
  Database withVehicles() throws SQLException {
    execute(
        "create table vehicle (id bigint primary key, vin text not null unique,"
            + " company_id bigint not null, mileage bigint not null)",
        "create index on vehicle (company_id)",
        "insert into vehicle values (1, 'V-1', 7, 100), (2, 'V-2', 7, 200), (3, 'V-3', 8, 300)");
    return this;
  }

  /** Drops all that there is: much faster than another database. */
  void empty() throws SQLException {
    execute("do $$ declare name text; begin"
        + " for name in select nspname from pg_namespace where nspname !~ '^pg_'"
        + " and nspname <> 'information_schema' loop"
        + " execute format('drop schema %I cascade', name); end loop;"
        + " create schema public;"
        + " execute format('alter database %I reset all', current_database()); end $$");
  }

  DataSource source() {
    return source;
  }

  Connection connect() throws SQLException {
    return source.getConnection();
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public void close() {
    source.close();
  }

  /** Counts what it loads. */
  static final class CountingLoader implements RowLoader {
    private final RowLoader loader;
    final AtomicInteger loads = new AtomicInteger();
    final AtomicInteger values = new AtomicInteger();
    volatile Runnable before = () -> {};
    volatile Runnable after = () -> {};

    CountingLoader(RowLoader loader) {
      this.loader = loader;
    }

    @Override
    public Loaded load(Table table, String column, List<String> asked) {
      loads.incrementAndGet();
      values.addAndGet(asked.size());
      before.run();
      Loaded loaded = loader.load(table, column, asked);
      after.run();
      return loaded;
    }
  }
}
