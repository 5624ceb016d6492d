package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.pointcache.RowLoader.Loaded;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows as they are read, whatever the session is like. */
@ExtendWith(RealServers.class)
final class JdbcRowLoaderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What sessions may have set; the driver insists on ISO dates. */
  private static final List<String> OTHER_SETTINGS = List.of(
      "set timezone = 'Asia/Tokyo'",
      "set datestyle = 'ISO, DMY'",
      "set intervalstyle = 'iso_8601'",
      "set bytea_output = 'escape'",
      "set extra_float_digits = 0");

  private static final String SHOW = """
      select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in
      ('TimeZone', 'DateStyle', 'IntervalStyle', 'bytea_output', 'extra_float_digits')""";

  private final Database database;
  private final Connection session;
  private final DataSource source;
  private final JdbcRowLoader loader;

  JdbcRowLoaderTest(RealPostgres postgres) throws SQLException {
    database = new Database(postgres).withVehicles();
    session =
        DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password());
    source = always(session);
    loader = new JdbcRowLoader(source, PATIENCE);
  }

  @AfterEach
  void close() throws SQLException {
    session.close();
    database.close();
  }

  /** Always the same connection, which stays open. */
  private static DataSource always(Connection connection) {
    Connection staysOpen = (Connection) Proxy.newProxyInstance(
        Connection.class.getClassLoader(),
        new Class<?>[] {Connection.class},
        (self, method, arguments) -> {
          try {
            return method.getName().equals("close") ? null : method.invoke(connection, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
    return (DataSource) Proxy.newProxyInstance(
        DataSource.class.getClassLoader(),
        new Class<?>[] {DataSource.class},
        (self, method, arguments) -> {
          if (method.getName().equals("getConnection")) {
            return staysOpen;
          }
          throw new UnsupportedOperationException(method.getName());
        });
  }

  private void execute(String... statements) throws SQLException {
    try (Statement statement = session.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private @Nullable String ask(String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      found.next();
      return found.getString(1);
    }
  }

  private Table table(TableDefinition definition) {
    return new Catalogue(database.source()).find(definition);
  }

  private static List<List<String>> texts(Loaded loaded) {
    return loaded.rows().stream()
        .map(row -> row.texts().stream().map(String::valueOf).toList())
        .toList();
  }

  private Table ofManyTypes() throws SQLException {
    execute(
        "create type pair as (one int, two text)",
        "create table many (id int primary key, at timestamptz, local timestamp, day date, span interval,"
            + " bytes bytea, precise float8, single float4, yes boolean, spans tstzrange, days date[],"
            + " address inet, number numeric, words text, pair pair, nothing text)",
        "set timezone = 'UTC'",
        "insert into many values (1, '2026-01-02 23:04:05.123456+00', '2026-01-02 03:04:05', '2026-03-04',"
            + " '1 year 2 days 03:04:05', '\\x00ff5c', 0.1::float8 + 0.2::float8, 1.1::real / 3, true,"
            + " '[2026-01-02 00:00:00+00,)', '{2026-03-04}', '10.0.0.1', 1.00, '', '(1,)', null)");
    return table(TableDefinition.of("many"));
  }

  private static final List<@Nullable String> MANY = Arrays.asList(
      "1",
      "2026-01-02 23:04:05.123456+00",
      "2026-01-02 03:04:05",
      "2026-03-04",
      "1 year 2 days 03:04:05",
      "\\x00ff5c",
      "0.30000000000000004",
      "0.36666667",
      "t",
      "[\"2026-01-02 00:00:00+00\",)",
      "{2026-03-04}",
      "10.0.0.1",
      "1.00",
      "",
      "(1,)",
      null);

  @Test
  void load_underOtherSettings_givesTheSameTexts_andLeavesTheSettings() throws SQLException {
    Table many = ofManyTypes();
    execute(OTHER_SETTINGS.toArray(String[]::new));
    String before = ask(SHOW);
    assertThat(before).contains("Tokyo", "DMY", "iso_8601", "escape", "extra_float_digits=0");
    for (int i = 1; i <= 12; i++) { // the driver prepares the fifth, and may take it in binary
      Row row = loader.load(many, "id", List.of("1")).rows().get(0);
      assertThat(row.texts()).as("execution %s", i).containsExactlyElementsOf(MANY);
      assertThat(ask(SHOW)).isEqualTo(before);
    }
  }

  @Test
  void load_someOfManyValues_givesTheirRowsAndASnapshot() throws SQLException {
    Table vehicles = table(Database.VEHICLES);
    Loaded loaded = loader.load(vehicles, "id", List.of("3", "1", "9"));
    assertThat(texts(loaded))
        .containsExactlyInAnyOrder(
            List.of("1", "V-1", "7", "100"), List.of("3", "V-3", "8", "300"));
    assertThat(loaded.snapshot()).matches("\\d+:\\d+:[\\d,]*");
    assertThat(texts(loader.load(vehicles, "company_id", List.of("7"))))
        .containsExactlyInAnyOrder(
            List.of("1", "V-1", "7", "100"), List.of("2", "V-2", "7", "200"));
    Loaded none = loader.load(vehicles, "vin", List.of("V-9"));
    assertThat(none.rows()).isEmpty();
    assertThat(none.snapshot()).matches("\\d+:\\d+:[\\d,]*");
  }

  @Test
  void load_textsOfAllKinds_findsEachByItself() throws SQLException {
    execute("create table word (id text primary key)");
    Table words = table(TableDefinition.of("word"));
    Random random = new Random(5);
    List<String> texts = new ArrayList<>(Texts.odd());
    for (int i = 0; i < 500; i++) {
      texts.add(Texts.next(random));
    }
    List<String> distinct = texts.stream().distinct().toList();
    try (var insert = session.prepareStatement("insert into word select unnest(?)")) {
      insert.setArray(1, session.createArrayOf("text", distinct.toArray()));
      insert.execute();
    }
    assertThat(texts(loader.load(words, "id", distinct)))
        .containsExactlyInAnyOrderElementsOf(distinct.stream().map(List::of).toList());
    for (String text : Texts.odd()) {
      assertThat(texts(loader.load(words, "id", List.of(text)))).containsExactly(List.of(text));
    }
  }

  /** To cast a text to a type with a length cuts it. */
  @Test
  void load_textLongerThanTheColumn_findsNothing() throws SQLException {
    execute(
        "create table code (id varchar(3) primary key, kind varchar(2) not null)",
        "create index on code (kind)",
        "insert into code values ('abc', 'xy')");
    Table codes = table(TableDefinition.of("code").withIndexed("kind"));
    assertThat(loader.load(codes, "id", List.of("abcd")).rows()).isEmpty();
    assertThat(loader.load(codes, "kind", List.of("xyz")).rows()).isEmpty();
    assertThat(texts(loader.load(codes, "id", List.of("abc"))))
        .containsExactly(List.of("abc", "xy"));
  }

  @Test
  void load_connectionInATransaction_readsOutsideOfIt_andItIsAsBefore() throws SQLException {
    Table vehicles = table(Database.VEHICLES);
    session.setAutoCommit(false);
    assertThat(loader.load(vehicles, "id", List.of("1")).snapshot()).isNotNull();
    assertThat(session.getAutoCommit()).isFalse();
    database.execute("update vehicle set mileage = 101 where id = 1");
    Loaded second = loader.load(vehicles, "id", List.of("1"));
    assertThat(second.rows().get(0).text("mileage")).as("of no older snapshot").isEqualTo("101");
    assertThat(session.getAutoCommit()).isFalse();
    assertThatThrownBy(() -> loader.load(vehicles, "id", List.of("x")))
        .isInstanceOf(LoadFailedException.class);
    assertThat(session.getAutoCommit()).isFalse();
  }

  /** The driver does not know of a transaction that a statement began. */
  @Test
  void load_inATransactionThatHasWritten_hasNoSnapshot() throws SQLException {
    Table vehicles = table(Database.VEHICLES);
    execute("begin", "update vehicle set mileage = 101 where id = 1");
    Loaded loaded = loader.load(vehicles, "id", List.of("1"));
    assertThat(loaded.rows().get(0).text("mileage")).isEqualTo("101");
    assertThat(loaded.snapshot()).isNull();
    execute("rollback");
    assertThat(loader.load(vehicles, "id", List.of("1")).snapshot()).isNotNull();
  }

  @Test
  void load_tableIsLocked_failsWithinTheTimeout() throws SQLException {
    Table vehicles = table(Database.VEHICLES);
    JdbcRowLoader hasty = new JdbcRowLoader(source, Duration.ofMillis(300));
    try (Connection other = database.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("lock table vehicle in access exclusive mode");
      long began = System.nanoTime();
      assertThatThrownBy(() -> hasty.load(vehicles, "vin", List.of("V-1")))
          .isInstanceOf(LoadFailedException.class)
          .hasMessageStartingWith("Rows of public.vehicle by vin could not be read: ")
          .hasMessageContaining("cancel");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PATIENCE);
      other.rollback();
    }
    assertThat(hasty.load(vehicles, "vin", List.of("V-1")).rows()).hasSize(1);
  }

  @Test
  void load_columnIsGone_failsByName() throws SQLException {
    Table vehicles = table(Database.VEHICLES);
    execute("alter table vehicle drop mileage");
    assertThatThrownBy(() -> loader.load(vehicles, "id", List.of("1")))
        .isInstanceOf(LoadFailedException.class)
        .hasMessageStartingWith("Rows of public.vehicle by id could not be read: ")
        .hasMessageContaining("mileage")
        .hasCauseInstanceOf(SQLException.class);
  }

  /** As libraries of functions for those who come from MySQL have. */
  @Test
  void load_databaseHasAConcatOfItsOwn_isNotCalled() throws SQLException {
    execute(
        "create function public.concat(bigint) returns text language sql as $$ select 'wrong' $$");
    Table vehicles = table(Database.VEHICLES);
    assertThat(texts(loader.load(vehicles, "id", List.of("1"))))
        .containsExactly(List.of("1", "V-1", "7", "100"));
  }
}
