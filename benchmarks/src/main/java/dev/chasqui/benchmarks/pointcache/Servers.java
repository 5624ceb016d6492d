package dev.chasqui.benchmarks.pointcache;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.chasqui.benchmarks.OnServers;
import dev.chasqui.benchmarks.pooledredis.FilledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * A real PostgreSQL that has all {@link Vehicles}, and an empty Redis: of its own for each fork of JMH, or those that {@code
 * CHASQUI_TEST_POSTGRES_URL} and {@code CHASQUI_TEST_REDIS_URI} name.
 */
public final class Servers implements OnServers.Closing {
  private final RealPostgres postgres;
  private final HikariDataSource database;
  private final RealRedis redis;

  private Servers(RealPostgres postgres, HikariDataSource database, RealRedis redis) {
    this.postgres = postgres;
    this.database = database;
    this.redis = redis;
  }

  /** Starts them and makes the rows. */
  public static Servers start() throws SQLException {
    RealPostgres postgres = RealPostgres.forTests();
    HikariDataSource database = database(postgres);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(Vehicles.CREATE);
      statement.execute(Vehicles.INSERT);
      statement.execute("analyze vehicle");
    }
    RealRedis redis = RealRedis.forTests();
    System.setProperty(FilledRedis.IN_USE, redis.uri());
    return new Servers(postgres, database, redis);
  }

  /** Ten connections, as many as it has without options. */
  private static HikariDataSource database(RealPostgres postgres) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    config.setUsername(postgres.username());
    config.setPassword(postgres.password());
    config.setConnectionTimeout(60_000); // others wait without limit
    return new HikariDataSource(config);
  }

  /** The rows, until this is closed. */
  public DataSource database() {
    return database;
  }

  /** Redis, with its password. */
  public URI redis() {
    return URI.create(redis.uri());
  }

  @Override
  public void close() {
    System.clearProperty(FilledRedis.IN_USE);
    redis.close();
    database.close();
    postgres.close();
  }
}
