package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.PostgresChanges.Change;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealReplica;
import dev.chasqui.realservers.RealServers;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the cache takes for granted about the texts of columns. */
@ExtendWith(RealServers.class)
final class PostgresTextFactsTest {
  /** The settings of 3.1. */
  private static final Map<String, String> CANONICAL = Map.of(
      "DateStyle", "ISO, MDY",
      "IntervalStyle", "postgres",
      "TimeZone", "UTC",
      "bytea_output", "hex",
      "extra_float_digits", "1");

  /** As unlike as the driver bears; it insists on ISO. */
  private static final Map<String, String> OTHERS = Map.of(
      "DateStyle", "ISO, DMY",
      "IntervalStyle", "sql_standard",
      "TimeZone", "Asia/Tokyo",
      "bytea_output", "escape",
      "extra_float_digits", "-5");

  private static final String SETTINGS = CANONICAL.entrySet().stream()
      .map(setting -> "set_config('" + setting.getKey() + "', '" + setting.getValue() + "', true)")
      .collect(Collectors.joining(", ", "(SELECT ", " OFFSET 0) o"));

  private static final String BY_KEY = "t.id = ?";

  /** A type and a value of it, as SQL. */
  record Sample(String type, String value) {}

  private static final List<Sample> SAMPLES = List.of(
      new Sample("boolean", "true"),
      new Sample("smallint", "-32768"),
      new Sample("integer", "2147483647"),
      new Sample("bigint", "-9223372036854775808"),
      new Sample("numeric", "1.00"),
      new Sample("numeric(12,3)", "12345.6"),
      new Sample("real", "0.1"),
      new Sample("double precision", "1e23::float8 / 3"),
      new Sample("double precision", "'-Infinity'"),
      new Sample("text", "E' blank before, ''quoted'', \\\\ and \\u20ac '"),
      new Sample("text", "''"),
      new Sample("varchar(9)", "'with end '"),
      new Sample("char(5)", "'ab'"),
      new Sample("\"char\"", "'x'"),
      new Sample("name", "'a name'"),
      new Sample("bytea", "'\\x00ff5c27'"),
      new Sample("date", "'2024-02-03'"),
      new Sample("date", "'0044-03-15 BC'"),
      new Sample("time", "'04:05:06.789'"),
      new Sample("timetz", "'04:05:06.789+05:30'"),
      new Sample("timestamp", "'2024-02-03 04:05:06.7'"),
      new Sample("timestamptz", "'2024-02-03 04:05:06.789+01'"),
      new Sample("timestamptz", "'infinity'"),
      new Sample("interval", "'1 year 2 mons -3 days 04:05:06.7'"),
      new Sample("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"),
      new Sample("inet", "'192.168.0.1'"),
      new Sample("cidr", "'10.0.0.0/8'"),
      new Sample("macaddr", "'08-00-2b-01-02-03'"),
      new Sample("json", "'{\"b\" : 1,  \"a\":null}'"),
      new Sample("jsonb", "'{\"b\" : 1,  \"a\":null}'"),
      new Sample("xml", "'<a b=\"c\"/>'"),
      new Sample("point", "'(0.1,2)'"),
      new Sample("int4range", "'[1,5]'"),
      new Sample("tstzrange", "'[2024-02-03 04:05:06+01,)'"),
      new Sample("bit(3)", "B'101'"),
      new Sample("varbit", "B'10'"),
      new Sample("oid", "4294967295"),
      new Sample("pg_lsn", "'16/B374D848'"),
      new Sample("tsvector", "'a fat cat'"),
      new Sample("integer[]", "'{{1,NULL},{3,4}}'"),
      new Sample("text[]", "ARRAY['a,b', '', 'NULL', NULL]"),
      new Sample("timestamptz[]", "ARRAY['2024-02-03 04:05:06+01'::timestamptz]"),
      new Sample("bytea[]", "ARRAY['\\x00ff'::bytea]"),
      new Sample("mood", "'so so'"),
      new Sample("positive", "7"),
      new Sample("pair", "ROW(1, 'two')"),
      new Sample("pair", "ROW(1, NULL)"),
      new Sample("pair", "ROW(NULL, NULL)"),
      new Sample("text", "NULL"),
      new Sample("boolean", "NULL"),
      new Sample("pair", "NULL"));

  private final RealPostgres postgres;
  private final PostgresSession session;

  PostgresTextFactsTest(RealPostgres postgres) throws SQLException {
    this.postgres = postgres;
    session = PostgresSession.open(postgres);
  }

  @BeforeEach
  void createTable() {
    createTable(session);
  }

  private static void createTable(PostgresSession session) {
    session.run("CREATE TYPE mood AS ENUM ('sad', 'so so')");
    session.run("CREATE DOMAIN positive AS integer CHECK (value > 0)");
    session.run("CREATE TYPE pair AS (a integer, b text)");
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < SAMPLES.size(); i++) {
      columns.add("c" + i + " " + SAMPLES.get(i).type());
    }
    session.run("CREATE TABLE t(id int PRIMARY KEY, " + String.join(", ", columns) + ")");
  }

  @AfterEach
  void closeSession() throws SQLException {
    session.close();
  }

  private static void insert(PostgresSession session, int id) {
    session.run("INSERT INTO t VALUES (" + id + ", "
        + SAMPLES.stream().map(Sample::value).collect(Collectors.joining(", ")) + ")");
  }

  private static String texts(String form) {
    List<String> texts = new ArrayList<>(List.of(form.replace("$", "t.id")));
    for (int i = 0; i < SAMPLES.size(); i++) {
      texts.add(form.replace("$", "t.c" + i));
    }
    return String.join(", ", texts);
  }

  /** As 3.1 says; {@code IS NOT NULL} would be false of composite values with a null in them. */
  private static String outputs() {
    return texts("CASE WHEN $ IS DISTINCT FROM NULL THEN concat($) END");
  }

  private static String read(String condition) {
    return "SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text END, "
        + outputs() + " FROM " + SETTINGS + " LEFT JOIN t ON " + condition;
  }

  private static void set(PostgresSession session, Map<String, String> settings) {
    settings.forEach((name, value) -> session.run("SET " + name + " = '" + value + "'"));
  }

  private static Map<String, String> settings(PostgresSession session) {
    return CANONICAL.keySet().stream()
        .collect(Collectors.toMap(name -> name, name -> session.ask("SHOW " + name)));
  }

  private static List<@Nullable String> withoutSnapshot(List<@Nullable String> row) {
    assertThat(row.get(0)).matches("\\d+:\\d+:(\\d+(,\\d+)*)?");
    return row.subList(1, row.size());
  }

  /** What a session says that has the settings of 3.1 itself. */
  private List<@Nullable String> canonical() throws SQLException {
    try (PostgresSession plain = PostgresSession.open(postgres)) {
      set(plain, CANONICAL);
      return plain.row("SELECT " + outputs() + " FROM t WHERE id = 1");
    }
  }

  @Test
  void read_inASessionOfOtherSettings_givesTheSameTexts() throws SQLException {
    insert(session, 1);
    set(session, OTHERS);
    assertThat(session.row("SELECT " + outputs() + " FROM t WHERE id = 1"))
        .as("the settings make a difference")
        .isNotEqualTo(canonical());
    assertThat(withoutSnapshot(session.row(read(BY_KEY), 1))).isEqualTo(canonical());
    assertThat(canonical())
        .contains(
            "2024-02-03 03:05:06.789+00",
            "1 year 2 mons -3 days +04:05:06.7",
            "\\x00ff5c27",
            "3.333333333333333e+22",
            "0044-03-15 BC");
  }

  @Test
  void read_afterwards_hasLeftTheSettingsAlone() {
    insert(session, 1);
    set(session, OTHERS);
    session.row(read(BY_KEY), 1);
    assertThat(settings(session)).isEqualTo(OTHERS);
  }

  @Test
  void read_underGermanDates_givesTheSameTexts() throws SQLException {
    insert(session, 1);
    // The driver closes a session of its own that is not in ISO; a function's settings it does not
    // see.
    session.run("CREATE FUNCTION german(query text) RETURNS text LANGUAGE plpgsql"
        + " SET DateStyle = 'German, DMY' SET IntervalStyle = 'postgres_verbose' SET TimeZone = 'Asia/Tokyo'"
        + " AS $$ DECLARE answer text; BEGIN EXECUTE query INTO answer; RETURN answer; END $$");
    String dates = Stream.of("date", "timestamp", "timestamptz", "interval", "tstzrange")
        .map(type -> "concat(t.c" + indexOf(type) + ")")
        .collect(Collectors.joining(", ", "concat_ws('|', ", ")"));
    assertThat(session.ask("SELECT german(?)", "SELECT " + dates + " FROM t"))
        .startsWith("03.02.2024|03.02.2024 04:05:06.7|03.02.2024 12:05:06.789 JST|@ 1 year");
    assertThat(session.ask(
            "SELECT german(?)",
            "SELECT " + dates + " FROM " + SETTINGS + " LEFT JOIN t ON t.id = 1"))
        .isEqualTo("2024-02-03|2024-02-03 04:05:06.7|2024-02-03 03:05:06.789+00"
            + "|1 year 2 mons -3 days +04:05:06.7|[\"2024-02-03 03:05:06+00\",)");
    assertThat(session.ask("SELECT german('SELECT current_setting(''DateStyle'')')"))
        .isEqualTo("German, DMY");
  }

  private static int indexOf(String type) {
    return SAMPLES.stream().map(Sample::type).toList().indexOf(type);
  }

  @Test
  void read_takesNoTransactionId() {
    session.run("BEGIN");
    session.row(read(BY_KEY), 1);
    assertThat(session.row("SELECT pg_current_xact_id_if_assigned()"))
        .containsExactly((String) null);
    session.run("COMMIT");
  }

  @Test
  void read_ofNoRow_givesALineOfNulls() {
    assertThat(withoutSnapshot(session.row(read(BY_KEY), 1))).containsOnlyNulls();
  }

  @ParameterizedTest
  @ValueSource(strings = {"force_generic_plan", "force_custom_plan"})
  void read_preparedAndRepeated_givesTheSameTexts(String mode) throws SQLException {
    insert(session, 1);
    set(session, OTHERS);
    session.run("SET plan_cache_mode = " + mode);
    for (int i = 0; i < 12; i++) { // the driver prepares it on the server from the fifth on
      assertThat(withoutSnapshot(session.row(read(BY_KEY), 1))).isEqualTo(canonical());
    }
  }

  @ParameterizedTest
  @CsvSource({"nestloop, Nested Loop", "hashjoin, Hash", "mergejoin, Merge"})
  void read_ofManyKeysByAnyPlan_givesTheSameTexts(String setting, String join) throws SQLException {
    for (int id = 1; id <= 50; id++) {
      insert(session, id);
    }
    session.run("ANALYZE t");
    set(session, OTHERS);
    for (String way : List.of("nestloop", "hashjoin", "mergejoin")) {
      session.run("SET enable_" + way + " = " + (way.equals(setting) ? "on" : "off"));
    }
    String keys = "string_to_array(?, ',')::int[]";
    assertRows(session.rows(read("t.id = ANY (" + keys + ")"), "1,2,49"));
    // With a condition between both sides, so that each way to join can be had.
    String joined = read("t.id = k.key")
        .replace(SETTINGS, SETTINGS + " CROSS JOIN unnest(" + keys + ") k(key)");
    assertThat(session.rows("EXPLAIN " + joined, "1,2,49"))
        .anySatisfy(line -> assertThat(line.get(0)).contains(join));
    assertRows(session.rows(joined, "1,2,49"));
  }

  private void assertRows(List<List<@Nullable String>> rows) throws SQLException {
    List<@Nullable String> expected = canonical();
    assertThat(rows).hasSize(3);
    for (List<@Nullable String> row : rows) {
      List<@Nullable String> texts = withoutSnapshot(row);
      assertThat(texts.subList(1, texts.size())).isEqualTo(expected.subList(1, expected.size()));
    }
  }

  @Test
  void setConfig_isVolatileAndNotParallel_soItIsNeitherLeftOutNorRunElsewhere() {
    assertThat(session.row(
            "SELECT provolatile, proparallel FROM pg_proc WHERE proname = 'set_config'"))
        .containsExactly("v", "u");
  }

  @Test
  void read_onAStandby_givesTheSameTexts() throws Exception {
    try (RealPostgres server = RealPostgres.embedded();
        PostgresSession writer = PostgresSession.open(server)) {
      createTable(writer);
      insert(writer, 1);
      insert(session, 1);
      try (RealReplica replica = server.startReplica();
          PostgresSession standby = PostgresSession.open(replica)) {
        set(standby, OTHERS);
        assertThat(withoutSnapshot(standby.row(read(BY_KEY), 1))).isEqualTo(canonical());
        assertThat(settings(standby)).isEqualTo(OTHERS);
      }
    }
  }

  @Test
  void concat_ofEachType_isWhatIsToldOfTheRow() throws SQLException {
    PostgresChanges.prepare(postgres);
    insert(session, 1);
    String[] canonicalSession = CANONICAL.entrySet().stream()
        .map(setting -> "SET " + setting.getKey() + " = '" + setting.getValue() + "'")
        .toArray(String[]::new);
    assertThat(told(canonicalSession)).isEqualTo(canonical());
  }

  @Test
  void told_underOtherSettingsOfTheSender_isOtherText() throws SQLException {
    PostgresChanges.prepare(postgres);
    insert(session, 1);
    String[] otherSession = OTHERS.entrySet().stream()
        .map(setting -> "SET " + setting.getKey() + " = '" + setting.getValue() + "'")
        .toArray(String[]::new);
    set(session, OTHERS);
    assertThat(told(otherSession))
        .isNotEqualTo(canonical())
        .isEqualTo(session.row("SELECT " + outputs() + " FROM t WHERE id = 1"));
  }

  private List<@Nullable String> told(String... settings) throws SQLException {
    session.ask("SELECT pg_logical_emit_message(false, '', 'end', true)");
    try (PostgresChanges changes = PostgresChanges.open(postgres, true, settings)) {
      return changes.until("MESSAGE end").stream()
          .filter(change -> change.what().equals("INSERT"))
          .map(Change::row)
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void castToText_ofSomeTypes_isNotTheirOutput() {
    insert(session, 1);
    List<String> differ = new ArrayList<>();
    List<@Nullable String> outputs = session.row("SELECT " + outputs() + " FROM t");
    List<@Nullable String> casts = session.row("SELECT " + texts("$::text") + " FROM t");
    for (int i = 0; i < SAMPLES.size(); i++) {
      if (!Objects.equals(outputs.get(i + 1), casts.get(i + 1))) {
        differ.add(SAMPLES.get(i).type());
      }
    }
    assertThat(differ).containsExactly("boolean", "char(5)", "inet");
  }

  @Test
  void isNotNull_ofACompositeValueWithANull_isFalse() {
    insert(session, 1);
    assertThat(session.row(
            "SELECT ROW(1, NULL)::pair IS NOT NULL, ROW(1, NULL)::pair IS DISTINCT FROM NULL"))
        .containsExactly("f", "t");
  }
}
