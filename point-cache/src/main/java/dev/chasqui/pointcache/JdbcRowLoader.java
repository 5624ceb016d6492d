package dev.chasqui.pointcache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Reads rows of PostgreSQL over connections of a data source, to a primary or a standby. */
final class JdbcRowLoader implements RowLoader {
  /** Those of SPEC 3.1. */
  static final List<String> SETTINGS = List.of(
      "DateStyle = 'ISO, MDY'",
      "IntervalStyle = 'postgres'",
      "TimeZone = 'UTC'",
      "bytea_output = 'hex'",
      "extra_float_digits = '1'");

  /**
   * Comes first in the join, so its settings hold for all that is made of the rows, and end with the statement. {@code
   * offset 0} keeps it a query of its own.
   */
  private static final String SETTING = SETTINGS.stream()
      .map(setting -> setting.split(" = ", 2))
      .map(setting -> "set_config('" + setting[0] + "', " + setting[1] + ", true)")
      .collect(
          Collectors.joining(", ", "(select pg_current_snapshot() taken, ", " offset 0) settings"));

  /** A standby does not know which of the transactions after its xmin are under way (SPEC 4.3). */
  private static final String SNAPSHOT = """
      case when pg_current_xact_id_if_assigned() is not null then null
        when pg_is_in_recovery() then concat(pg_snapshot_xmin(taken), ':', pg_snapshot_xmin(taken), ':')
        else taken::text end""";

  private static final String OTHERS =
      "case when current_setting('transaction_isolation') like 'read %' then taken::text end";

  private final DataSource source;
  private final int timeoutSeconds;

  JdbcRowLoader(DataSource source, Duration timeout) {
    this.source = source;
    this.timeoutSeconds = (int) Math.max(1, timeout.plusMillis(999).toSeconds());
  }

  @Override
  public Loaded load(Table table, String column, List<String> values) {
    // What is read in a transaction may be older than the lease.
    try (AutoCommit reading = AutoCommit.of(source)) {
      return load(reading.connection(), statement(SNAPSHOT, table, column), table, values);
    } catch (SQLException e) {
      throw new LoadFailedException(
          "Rows of " + table + " by " + column + " could not be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads rows in the transaction that {@code connection} is in, with the snapshot that it has without what it changed itself:
   * none if that is as old as the transaction.
   */
  Loaded load(Connection connection, Table table, String column, String value) throws SQLException {
    return load(connection, statement(OTHERS, table, column), table, List.of(value));
  }

  private Loaded load(Connection connection, String sql, Table table, List<String> values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(timeoutSeconds);
      statement.setArray(1, connection.createArrayOf("text", values.toArray()));
      try (ResultSet results = statement.executeQuery()) {
        return loaded(table, results);
      }
    }
  }

  private static Loaded loaded(Table table, ResultSet results) throws SQLException {
    @Nullable String snapshot = null;
    List<Row> rows = new ArrayList<>();
    int key = table.position(table.key());
    while (results.next()) {
      snapshot = results.getString(1);
      List<@Nullable String> texts = new ArrayList<>(table.columns().size());
      for (int i = 0; i < table.columns().size(); i++) {
        texts.add(results.getString(i + 2));
      }
      if (texts.get(key) != null) { // else the one line that is there without rows
        rows.add(new Row(table, texts));
      }
    }
    return new Loaded(snapshot, rows);
  }

  private static String statement(String snapshot, Table table, String column) {
    // A cast to a length would cut: who asks for abcd would get the row of abc.
    String type =
        KeyType.withoutLength(table.columns().get(table.position(column)).type());
    return "select " + snapshot + ", "
        + table.columns().stream().map(JdbcRowLoader::text).collect(Collectors.joining(", "))
        + " from " + SETTING
        + " left join " + quote(table.schema()) + "." + quote(table.name()) + " t on t."
        + quote(column) + " = any(cast(? as text[])::" + type + "[])";
  }

  /**
   * A cast to text is another text for some types, such as boolean and inet. A composite value of which a part is null
   * is not "not null".
   */
  private static String text(Column column) {
    String name = "t." + quote(column.name());
    return switch (column.type()) {
      case "text" -> name;
      default ->
        "case when " + name + " is distinct from null then pg_catalog.concat(" + name + ") end";
    };
  }

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
