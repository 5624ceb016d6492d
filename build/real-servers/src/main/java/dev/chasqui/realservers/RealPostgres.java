package dev.chasqui.realservers;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One database on a real PostgreSQL. An embedded server listens on 127.0.0.1 only, wants a random password, and ends
 * with this JVM, however that ends.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealPostgres implements AutoCloseable {
  private final PostgresAddress address;
  /** What replicas can be made of: a server of our own whose data need not be kept. */
  private final @Nullable EmbeddedPostgres origin;

  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RealPostgres(
      PostgresAddress address, @Nullable EmbeddedPostgres origin, Runnable onClose) {
    this.address = address;
    this.origin = origin;
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
    PostgresAddress address = PostgresAddress.of(server);
    try {
      createIfAbsent(address, EmbeddedPostgres.USER);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return new RealPostgres(address.withDatabase(EmbeddedPostgres.USER), null, server::close);
  }

  /**
   * Finds a server for tests and creates an empty database there, dropped at close. The server is the one that the
   * system property {@code chasqui.test.postgres.url} or the variable {@code CHASQUI_TEST_POSTGRES_URL} names (a JDBC
   * URL with {@code user} and {@code password}; that user must be allowed to create databases), else one in Docker if
   * Testcontainers is on the class path and Docker answers, else an embedded one. One that was started here tells of
   * changes ({@code wal_level=logical}), and ends with the returned object.
   *
   * @throws RealServerException if no server can be had
   */
  public static RealPostgres forTests() {
    return forTests(GivenServers.ofThisProcess());
  }

  static RealPostgres forTests(GivenServers given) {
    Optional<String> url = given.find(GivenServers.POSTGRES);
    if (url.isPresent()) {
      return emptyDatabase(PostgresAddress.parse(url.get()), null, () -> {});
    }
    if (Docker.isUsable()) {
      Containers.Started<PostgresAddress> container = Containers.postgres();
      return emptyDatabase(container.address(), null, container.stop());
    }
    return embedded();
  }

  /**
   * Starts an embedded server whatever is given for tests, and creates an empty database there: for tests that change
   * the settings of all of a server or want a {@linkplain #startReplica() replica}. It ends with the returned object.
   *
   * @throws RealServerException if the server does not start within a minute
   */
  public static RealPostgres embedded() {
    return emptyDatabaseOn(EmbeddedPostgres.temporary());
  }

  static RealPostgres emptyDatabaseOn(EmbeddedPostgres server) {
    return emptyDatabase(PostgresAddress.of(server), server, server::close);
  }

  /**
   * Creates another empty database on the same server. Close it before this one: it is dropped then, while the server
   * goes on.
   */
  public RealPostgres emptyDatabase() {
    return emptyDatabase(address, origin, () -> {});
  }

  private static RealPostgres emptyDatabase(
      PostgresAddress server, @Nullable EmbeddedPostgres origin, Runnable stopServer) {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    try {
      execute(server, "CREATE DATABASE " + name);
    } catch (RuntimeException e) {
      stopServer.run();
      throw e;
    }
    return new RealPostgres(server.withDatabase(name), origin, () -> {
      try {
        drop(server, name);
      } finally {
        stopServer.run();
      }
    });
  }

  private static void drop(PostgresAddress server, String name) {
    // Who reads changes is not cut off by FORCE, and may well come back at once.
    execute(
        server,
        "ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS false",
        "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE database = '"
            + name + "' AND active",
        "DROP DATABASE " + name + " WITH (FORCE)");
  }

  /**
   * Refuses a server whose changes cannot be captured. Those that are started here can do that; one given by URL needs
   * {@code wal_level=logical}.
   *
   * @throws RealServerException if so, saying what to set
   */
  public void requireLogicalDecoding() {
    try (Connection connection = address.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT current_setting('wal_level')")) {
      rows.next();
      String level = rows.getString(1);
      if (!level.equals("logical")) {
        throw new RealServerException("PostgreSQL at " + jdbcUrl() + " has wal_level=" + level
            + ", which does not tell of changes. Set wal_level=logical there and restart it, or"
            + " give no URL");
      }
    } catch (SQLException e) {
      throw new RealServerException("PostgreSQL at " + jdbcUrl() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Starts a physical standby of the whole server, which follows it and answers queries. It ends with this JVM, however
   * that ends; close it before this object.
   *
   * @throws RealServerException if the server is not an embedded one for tests, or the replica does not start
   */
  public RealReplica startReplica() {
    if (origin == null) {
      throw new RealServerException("There is no replica of PostgreSQL at " + jdbcUrl()
          + ": only of an embedded one for tests, as RealPostgres.embedded() starts it");
    }
    return RealReplica.start(origin, address.database());
  }

  private static void createIfAbsent(PostgresAddress server, String name) {
    try (Connection connection = server.connect();
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

  private static void execute(PostgresAddress server, String... statements) {
    String last = "connecting";
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        last = sql;
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new RealServerException(
          last + " failed on PostgreSQL at " + server.jdbcUrl() + ": " + e.getMessage(), e);
    }
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
