package dev.chasqui.realservers;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A physical standby of a {@link RealPostgres}: it replays what is committed there, some time later, and answers
 * queries meanwhile. It listens on 127.0.0.1 only, has the users and passwords of its primary, and ends with this JVM,
 * however that ends; its data go with it.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealReplica implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final EmbeddedPostgres primary;
  private final EmbeddedPostgres server;
  private final String slot;
  private final PostgresAddress address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RealReplica(
      EmbeddedPostgres primary, EmbeddedPostgres server, String slot, String database) {
    this.primary = primary;
    this.server = server;
    this.slot = slot;
    PostgresAddress there = PostgresAddress.of(primary);
    this.address = new PostgresAddress(
        "127.0.0.1:" + server.port(), database, "", there.username(), there.password());
  }

  static RealReplica start(EmbeddedPostgres primary, String database) {
    String slot = "replica_" + UUID.randomUUID().toString().replace("-", "");
    PostgresAddress address = PostgresAddress.of(primary);
    ask(address, "SELECT pg_create_physical_replication_slot('" + slot + "', true)");
    EmbeddedPostgres server;
    try {
      server = EmbeddedPostgres.onCopy(new BaseBackup(primary.data(), address, slot));
    } catch (RuntimeException e) {
      drop(address, slot);
      throw e;
    }
    RealReplica replica = new RealReplica(primary, server, slot, database);
    try {
      replica.awaitReplay();
      return replica;
    } catch (RuntimeException e) {
      replica.close();
      throw e;
    }
  }

  /** Returns the JDBC URL of the same database on the replica, without user and password. */
  public String jdbcUrl() {
    return address.jdbcUrl();
  }

  /** Returns the user, the same as on the primary. */
  public String username() {
    return address.username();
  }

  /** Returns the user's password, the same as on the primary. */
  public String password() {
    return address.password();
  }

  /**
   * Waits until the replica shows what had been committed on the primary when this was called.
   *
   * @throws RealServerException after a minute in vain, as when replay is paused
   */
  public void awaitReplay() {
    // Flushed: only what is on the primary's disk is sent.
    String position = ask(
        PostgresAddress.of(primary), "SELECT pg_logical_emit_message(false, 'replica', '', true)");
    await("to replay", "SELECT pg_last_wal_replay_lsn() >= '" + position + "'::pg_lsn", "t");
  }

  /** Lets the replica fall behind: it still receives what the primary does, but shows nothing of it. */
  public void pauseReplay() {
    ask(address, "SELECT pg_wal_replay_pause()");
    await("to pause", "SELECT pg_get_wal_replay_pause_state()", "paused");
  }

  /** Lets the replica catch up; see {@link #awaitReplay()}. One that is not paused takes no notice. */
  public void resumeReplay() {
    ask(address, "SELECT pg_wal_replay_resume()");
  }

  private void await(String what, String question, String answer) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!ask(address, question).equals(answer)) {
      if (System.nanoTime() - deadline >= 0) {
        throw new RealServerException(
            "Waited in vain for the replica at " + jdbcUrl() + " " + what);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static String ask(PostgresAddress server, String question) {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(question)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw new RealServerException(
          question + " failed on PostgreSQL at " + server.jdbcUrl() + ": " + e.getMessage(), e);
    }
  }

  /** Without its slot the primary need not keep its log for us. */
  private static void drop(PostgresAddress primary, String slot) {
    // Who served the replica may not have noticed yet that it is gone.
    ask(
        primary,
        "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots"
            + " WHERE slot_name = '" + slot + "' AND active");
    ask(primary, "SELECT pg_drop_replication_slot('" + slot + "')");
  }

  /** Stops the replica and removes its files. Doing so twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.close();
      if (primary.isRunning()) {
        drop(PostgresAddress.of(primary), slot);
      }
    }
  }
}
