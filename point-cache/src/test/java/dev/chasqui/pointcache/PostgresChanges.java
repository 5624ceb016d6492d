package dev.chasqui.pointcache;

import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealPostgres;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** What {@code pgoutput} tells of a database, through the driver's replication stream. */
final class PostgresChanges implements AutoCloseable {
  static final String PUBLICATION = "told";
  /** How a value is shown that {@code pgoutput} leaves out since it is stored aside and has not changed. */
  static final String UNCHANGED = "(unchanged)";

  private static final String SLOT = "captured";

  /**
   * One message.
   *
   * @param what {@code BEGIN 731}, {@code COMMIT}, {@code INSERT}, {@code UPDATE}, {@code DELETE}, {@code TRUNCATE}, or
   *     {@code MESSAGE} and its content
   * @param old the old row or its key, empty if it was not sent
   * @param row the new row, empty if there is none
   * @param bytes its length
   */
  record Change(String what, List<@Nullable String> old, List<@Nullable String> row, int bytes) {}

  private final Connection connection;
  private final PGReplicationStream stream;

  private PostgresChanges(Connection connection, PGReplicationStream stream) {
    this.connection = connection;
    this.stream = stream;
  }

  /** Makes a database tell of all its tables from now on. */
  static void prepare(RealPostgres database) throws SQLException {
    database.requireLogicalDecoding();
    try (PostgresSession session = PostgresSession.open(database)) {
      session.run("CREATE PUBLICATION " + PUBLICATION + " FOR ALL TABLES");
      session.ask("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", slot(database));
    }
  }

  /** Slots are the server's, not the database's. */
  private static String slot(RealPostgres database) {
    String url = database.jdbcUrl().replaceFirst("\\?.*", "");
    return SLOT + "_" + url.substring(url.lastIndexOf('/') + 1);
  }

  /**
   * Begins to listen.
   *
   * @param messages whether messages are asked for
   * @param settings statements for the session that sends
   */
  static PostgresChanges open(RealPostgres database, boolean messages, String... settings)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", database.username());
    properties.setProperty("password", database.password());
    properties.setProperty("replication", "database");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("assumeMinServerVersion", "14");
    Connection connection = DriverManager.getConnection(database.jdbcUrl(), properties);
    try (Statement statement = connection.createStatement()) {
      for (String setting : settings) {
        statement.execute(setting);
      }
    }
    PGReplicationStream stream = connection
        .unwrap(PGConnection.class)
        .getReplicationAPI()
        .replicationStream()
        .logical()
        .withSlotName(slot(database))
        .withSlotOption("proto_version", "1")
        .withSlotOption("publication_names", PUBLICATION)
        .withSlotOption("messages", Boolean.toString(messages))
        .start();
    return new PostgresChanges(connection, stream);
  }

  /** Reads up to and without the first that is {@code what}. Descriptions of tables and types are passed over. */
  List<Change> until(String what) {
    List<Change> changes = new ArrayList<>();
    for (Change change = next(); !change.what().equals(what); change = next()) {
      changes.add(change);
    }
    return changes;
  }

  private Change next() {
    while (true) {
      ByteBuffer message = await().until(stream::readPending, read -> read != null);
      char kind = (char) message.get(message.position());
      if (kind != 'R' && kind != 'Y' && kind != 'O') {
        return change(message);
      }
    }
  }

  private static Change change(ByteBuffer message) {
    int bytes = message.remaining();
    char kind = (char) message.get();
    return switch (kind) {
      case 'B' -> {
        message.getLong(); // where its commit is
        message.getLong(); // when that was
        yield new Change(
            "BEGIN " + Integer.toUnsignedString(message.getInt()), List.of(), List.of(), bytes);
      }
      case 'C' -> new Change("COMMIT", List.of(), List.of(), bytes);
      case 'I' -> rows("INSERT", message, bytes);
      case 'U' -> rows("UPDATE", message, bytes);
      case 'D' -> rows("DELETE", message, bytes);
      case 'T' -> new Change("TRUNCATE", List.of(), List.of(), bytes);
      case 'M' -> {
        message.get(); // whether it belongs to a transaction
        message.getLong(); // its place in the log
        skipWord(message); // its prefix
        yield new Change("MESSAGE " + text(message), List.of(), List.of(), bytes);
      }
      default -> throw new IllegalStateException("A message of kind " + kind);
    };
  }

  private static Change rows(String what, ByteBuffer message, int bytes) {
    message.getInt(); // which table
    List<@Nullable String> old = List.of();
    List<@Nullable String> row = List.of();
    while (message.hasRemaining()) {
      if (message.get() == 'N') {
        row = row(message);
      } else { // K: the key alone, O: all of it
        old = row(message);
      }
    }
    return new Change(what, old, row, bytes);
  }

  private static List<@Nullable String> row(ByteBuffer message) {
    int columns = message.getShort();
    List<@Nullable String> row = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      row.add(
          switch ((char) message.get()) {
            case 'n' -> null;
            case 'u' -> UNCHANGED;
            default -> text(message);
          });
    }
    return row;
  }

  private static void skipWord(ByteBuffer message) {
    byte next;
    do {
      next = message.get();
    } while (next != 0);
  }

  private static String text(ByteBuffer message) {
    byte[] bytes = new byte[message.getInt()];
    message.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws SQLException {
    connection.close(); // at once; closing the stream would wait for the server to agree
  }
}
