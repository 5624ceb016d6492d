package dev.chasqui.realservers;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One database on a real PostgreSQL. An embedded server listens on 127.0.0.1 only, wants a random password, and ends
 * with this JVM, however that ends.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealPostgres implements AutoCloseable {
  private final PostgresAddress address;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RealPostgres(PostgresAddress address, Runnable onClose) {
    this.address = address;
    this.onClose = onClose;
  }

  /**
   * Starts an embedded PostgreSQL whose data stays in {@code directory}, created if need be. What is committed survives
   * a crash of the process and of the machine. A server that a killed JVM left running there is stopped first. The port
   * is the one of the run before as long as that is free.
   *
   * @throws RealServerException if a living process holds the directory, or the server does not start within a minute
   */
  public static RealPostgres open(Path directory) {
    EmbeddedPostgres server = EmbeddedPostgres.persistent(directory);
    PostgresAddress address = addressOf(server);
    try {
      createIfAbsent(address, EmbeddedPostgres.USER);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return new RealPostgres(address.withDatabase(EmbeddedPostgres.USER), server::close);
  }

  /**
   * Finds a server for tests and creates an empty database there, dropped at close. The server is the one that the
   * system property {@code chasqui.test.postgres.url} or the variable {@code CHASQUI_TEST_POSTGRES_URL} names (a JDBC
   * URL with {@code user} and {@code password}; that user must be allowed to create databases), else one in Docker if
   * Testcontainers is on the class path and Docker answers, else an embedded one. One that was started here ends with
   * the returned object.
   *
   * @throws RealServerException if no server can be had
   */
  public static RealPostgres forTests() {
    return forTests(GivenServers.ofThisProcess());
  }

  static RealPostgres forTests(GivenServers given) {
    Optional<String> url = given.find(GivenServers.POSTGRES);
    if (url.isPresent()) {
      return emptyDatabase(PostgresAddress.parse(url.get()), () -> {});
    }
    if (Docker.isUsable()) {
      Containers.Started<PostgresAddress> container = Containers.postgres();
      return emptyDatabase(container.address(), container.stop());
    }
    EmbeddedPostgres server = EmbeddedPostgres.temporary();
    return emptyDatabase(addressOf(server), server::close);
  }

  private static PostgresAddress addressOf(EmbeddedPostgres server) {
    return new PostgresAddress(
        "127.0.0.1:" + server.port(), "postgres", "", EmbeddedPostgres.USER, server.password());
  }

  /**
   * Creates another empty database on the same server. Close it before this one: it is dropped then, while the server
   * goes on.
   */
  public RealPostgres emptyDatabase() {
    return emptyDatabase(address, () -> {});
  }

  private static RealPostgres emptyDatabase(PostgresAddress server, Runnable stopServer) {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    try {
      execute(server, "CREATE DATABASE " + name);
    } catch (RuntimeException e) {
      stopServer.run();
      throw e;
    }
    return new RealPostgres(server.withDatabase(name), () -> {
      try {
        execute(server, "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
      } finally {
        stopServer.run();
      }
    });
  }

  private static void createIfAbsent(PostgresAddress server, String name) {
    try (Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      if (!statement
          .executeQuery("SELECT FROM pg_database WHERE datname = '" + name + "'")
          .next()) {
        statement.execute("CREATE DATABASE " + name);
      }
    } catch (SQLException e) {
      throw new RealServerException("PostgreSQL at " + server.jdbcUrl() + ": " + e.getMessage(), e);
    }
  }

  private static void execute(PostgresAddress server, String sql) {
    try (Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new RealServerException(
          sql + " failed on PostgreSQL at " + server.jdbcUrl() + ": " + e.getMessage(), e);
    }
  }

  private static Connection connect(PostgresAddress server) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
  }

  /** Returns the database's JDBC URL, without user and password. */
  public String jdbcUrl() {
    return address.jdbcUrl();
  }

  /** Returns the user, who may do everything on an embedded server. */
  public String username() {
    return address.username();
  }

  /** Returns the user's password. */
  public String password() {
    return address.password();
  }

  /**
   * Drops the database if it was made for tests, cutting open connections, and stops the server if this object started
   * it. Doing so twice is harmless.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
    }
  }
}
