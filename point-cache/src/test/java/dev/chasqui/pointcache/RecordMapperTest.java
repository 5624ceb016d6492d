package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What records are made of rows as PostgreSQL gives them. */
@SuppressWarnings("ArrayRecordComponent") // users have such records
@ExtendWith(RealServers.class)
final class RecordMapperTest {
  private static RealPostgres postgres;
  private Database database;

  @BeforeAll
  static void share(RealPostgres given) {
    postgres = given;
  }

  @BeforeEach
  void open() throws SQLException {
    database = new Database(postgres);
    database.empty();
  }

  @AfterEach
  void close() {
    database.close();
  }

  /** The one row of {@code t}. */
  private <R extends Record> R map(Class<R> type) {
    Table table = new Catalogue(database.source()).find(TableDefinition.of("t"));
    Row row = new JdbcRowLoader(database.source(), Duration.ofSeconds(20))
        .load(table, "id", List.of("1"))
        .rows()
        .get(0);
    RecordMapper<R> mapper = new RecordMapper<>(type);
    mapper.refuseOthers(table);
    return mapper.map(row);
  }

  private void rowOf(String columns, String values) throws SQLException {
    database.execute(
        "create table t (id int primary key, " + columns + ")",
        "insert into t values (1, " + values + ")");
  }

  enum Mood {
    GOOD,
    BAD {
      @Override
      public String toString() {
        return "not good";
      }
    }
  }

  record Everything(
      int id,
      String words,
      String name,
      long big,
      short small,
      double precise,
      float single,
      boolean yes,
      Mood mood,
      UUID uuid,
      BigDecimal exact,
      BigInteger whole,
      LocalDate day,
      LocalTime time,
      LocalDateTime localTimestamp,
      OffsetDateTime at,
      Instant instant) {}

  private static final String EVERYTHING =
      "words text, name varchar(9), big bigint, small smallint,"
          + " precise float8, single real, yes boolean, mood text, uuid uuid, exact numeric, whole numeric,"
          + " day date, time time, local_timestamp timestamp, at timestamptz, instant timestamptz";

  @Test
  void map_everyType_isReadExactly() throws SQLException {
    rowOf(
        EVERYTHING,
        "E'a\\n\"\\u20ac', '', -9223372036854775808, 32767, 0.1::float8 + 0.2::float8, 1.1::real / 3,"
            + " true, 'BAD', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 1.00,"
            + " 123456789012345678901234567890, '2024-02-29', '23:59:59.000001',"
            + " '2026-01-02 03:04:05.123456', '2026-01-02 03:04:05.1+05:30', '1969-12-31 23:59:59.999999Z'");
    assertThat(map(Everything.class))
        .isEqualTo(new Everything(
            1,
            "a\n\"\u20ac",
            "",
            Long.MIN_VALUE,
            Short.MAX_VALUE,
            0.1 + 0.2,
            1.1f / 3,
            true,
            Mood.BAD,
            UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            new BigDecimal("1.00"),
            new BigInteger("123456789012345678901234567890"),
            LocalDate.of(2024, 2, 29),
            LocalTime.of(23, 59, 59, 1_000),
            LocalDateTime.of(2026, 1, 2, 3, 4, 5, 123_456_000),
            OffsetDateTime.of(2026, 1, 1, 21, 34, 5, 100_000_000, ZoneOffset.UTC),
            Instant.parse("1969-12-31T23:59:59.999999Z")));
  }

  record Nullables(
      int id,
      @Nullable String words,
      @Nullable Long big,
      @Nullable Integer middle,
      @Nullable Short small,
      @Nullable Double precise,
      @Nullable Float single,
      @Nullable Boolean yes,
      @Nullable Mood mood,
      @Nullable UUID uuid,
      @Nullable BigDecimal exact,
      @Nullable LocalDate day,
      @Nullable Instant instant) {}

  private static final String NULLABLES =
      "words text, big bigint, middle int, small smallint, precise float8,"
          + " single real, yes boolean, mood text, uuid uuid, exact numeric, day date, instant timestamptz";

  @Test
  void map_nulls_areNulls() throws SQLException {
    rowOf(NULLABLES, String.join(", ", Collections.nCopies(12, "null")));
    assertThat(map(Nullables.class))
        .isEqualTo(new Nullables(
            1, null, null, null, null, null, null, null, null, null, null, null, null));
  }

  @Test
  void map_boxedTypes_areReadToo() throws SQLException {
    rowOf(
        NULLABLES,
        "'', 1, -2, 3, 1e300, 'infinity', false, 'GOOD', '00000000-0000-0000-0000-000000000000', 0,"
            + " '0001-01-01', '9999-12-31 23:59:59.999999Z'");
    assertThat(map(Nullables.class))
        .isEqualTo(new Nullables(
            1,
            "",
            1L,
            -2,
            (short) 3,
            1e300,
            Float.POSITIVE_INFINITY,
            false,
            Mood.GOOD,
            new UUID(0, 0),
            BigDecimal.ZERO,
            LocalDate.of(1, 1, 1),
            Instant.parse("9999-12-31T23:59:59.999999Z")));
  }

  record Bytes(byte[] value) {}

  record Floats(double value) {}

  @ParameterizedTest
  @CsvSource({
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity",
    "-0, -0.0",
    "5e-324, 4.9E-324"
  })
  void map_oddFloats_areReadExactly(String value, double expected) throws SQLException {
    rowOf("value float8", "'" + value + "'");
    assertThat(map(Floats.class)).isEqualTo(new Floats(expected));
  }

  @Test
  void map_bytea_isItsBytes() throws SQLException {
    rowOf("value bytea", "'\\x00ff5c27'");
    assertThat(map(Bytes.class).value()).containsExactly(0, -1, '\\', '\'');
    database.execute("update t set value = ''");
    assertThat(map(Bytes.class).value()).isEmpty();
  }

  record OfLong(long value) {}

  record OfInt(int value) {}

  record OfShort(short value) {}

  record OfFloat(float value) {}

  record OfBoolean(boolean value) {}

  record OfMood(Mood value) {}

  record OfDecimal(BigDecimal value) {}

  record OfDate(LocalDate value) {}

  record OfTime(LocalTime value) {}

  record OfTimestamp(LocalDateTime value) {}

  record OfOffset(OffsetDateTime value) {}

  record OfInstant(Instant value) {}

  @Test
  void map_nullForAPrimitive_isRefusedByName() throws SQLException {
    rowOf("value text", "null");
    for (Class<? extends Record> type : List.of(
        OfLong.class, OfInt.class, OfShort.class, Floats.class, OfFloat.class, OfBoolean.class)) {
      assertThatThrownBy(() -> map(type))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("public.t.value is null, and " + type.getName() + ".value cannot be");
    }
  }

  private void assertUnreadable(
      Class<? extends Record> type, String column, String value, String text) throws SQLException {
    database.execute("drop table if exists t");
    rowOf("value " + column, "'" + value + "'");
    assertThatThrownBy(() -> map(type))
        .as("%s %s", column, value)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("public.t.value is \"" + text + "\": ");
  }

  @Test
  void map_timesThatJavaDoesNotHave_areRefusedByName() throws SQLException {
    for (String infinity : List.of("infinity", "-infinity")) {
      assertUnreadable(OfDate.class, "date", infinity, infinity);
      assertUnreadable(OfTimestamp.class, "timestamp", infinity, infinity);
      assertUnreadable(OfOffset.class, "timestamptz", infinity, infinity);
      assertUnreadable(OfInstant.class, "timestamptz", infinity, infinity);
    }
    assertUnreadable(OfTime.class, "time", "24:00", "24:00:00");
  }

  @Test
  void map_textsOfAnotherType_areRefusedByName() throws SQLException {
    assertUnreadable(OfLong.class, "text", "x", "x");
    assertUnreadable(OfLong.class, "numeric", "1.5", "1.5");
    assertUnreadable(OfShort.class, "int", "32768", "32768");
    assertUnreadable(OfBoolean.class, "text", "true", "true");
    assertUnreadable(OfMood.class, "text", "not good", "not good");
    assertUnreadable(OfMood.class, "text", "good", "good");
    assertUnreadable(OfDecimal.class, "numeric", "NaN", "NaN");
    assertUnreadable(Bytes.class, "text", "00ff", "00ff");
    assertUnreadable(Bytes.class, "text", "\\x0", "\\x0");
    assertUnreadable(OfTimestamp.class, "timestamptz", "2026-01-02Z", "2026-01-02 00:00:00+00");
    assertUnreadable(OfInstant.class, "timestamp", "2026-01-02", "2026-01-02 00:00:00");
  }

  @Test
  void map_timesBeforeChristAndAfter9999_areReadExactly() throws SQLException {
    rowOf("value date", "'0044-03-15 BC'");
    assertThat(map(OfDate.class)).isEqualTo(new OfDate(LocalDate.of(-43, 3, 15)));
    database.execute("update t set value = '4713-01-01 BC'");
    assertThat(map(OfDate.class)).isEqualTo(new OfDate(LocalDate.of(-4712, 1, 1)));
    database.execute("update t set value = '5874897-12-31'");
    assertThat(map(OfDate.class)).isEqualTo(new OfDate(LocalDate.of(5_874_897, 12, 31)));
    database.execute("drop table t");
    rowOf("value timestamp", "'0001-12-31 23:59:59.5 BC'");
    assertThat(map(OfTimestamp.class))
        .isEqualTo(new OfTimestamp(LocalDateTime.of(0, 12, 31, 23, 59, 59, 500_000_000)));
    database.execute("update t set value = '294276-12-31 23:59:59.999999'");
    assertThat(map(OfTimestamp.class))
        .isEqualTo(new OfTimestamp(LocalDateTime.of(294_276, 12, 31, 23, 59, 59, 999_999_000)));
    database.execute("drop table t");
    rowOf("value timestamptz", "'0044-03-15 12:00:00+00 BC'");
    assertThat(map(OfInstant.class))
        .isEqualTo(new OfInstant(Instant.parse("-0043-03-15T12:00:00Z")));
    assertThat(map(OfOffset.class))
        .isEqualTo(new OfOffset(OffsetDateTime.of(-43, 3, 15, 12, 0, 0, 0, ZoneOffset.UTC)));
    database.execute("update t set value = '12000-01-01 00:00:00+00'");
    assertThat(map(OfInstant.class))
        .isEqualTo(new OfInstant(Instant.parse("+12000-01-01T00:00:00Z")));
  }

  record OfChar(char value) {}

  record OfByte(byte value) {}

  record OfObject(Object value) {}

  record OfInts(int[] value) {}

  record OfStrings(String[] value) {}

  record OfList(List<String> value) {}

  record OfDuration(Duration value) {}

  record OfRecord(OfLong value) {}

  @Test
  void of_componentsOfWhichNoColumnIsMade_areRefusedByName() {
    for (Class<? extends Record> type : List.of(
        OfChar.class,
        OfByte.class,
        OfObject.class,
        OfInts.class,
        OfStrings.class,
        OfList.class,
        OfDuration.class,
        OfRecord.class)) {
      assertThatThrownBy(() -> RowMapper.toRecord(type))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(type.getName() + ".value is a "
              + type.getRecordComponents()[0].getType().getTypeName()
              + ", of which no column is made");
    }
  }

  record Company(int id, String companyName) {}

  @Test
  void refuseOthers_columnThatIsNotThere_isRefusedByTheComponentsName() {
    Table table = new Table(
        "public",
        "t",
        List.of(new Column("id", "integer"), new Column("companyname", "text")),
        "id",
        Set.of(),
        Set.of());
    assertThatThrownBy(() -> new RecordMapper<>(Company.class).refuseOthers(table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(Company.class.getName()
            + ".companyName: public.t has no column company_name, but [id, companyname]");
  }

  record Nothing() {}

  @Test
  void map_componentsInAnotherOrderAndFewer_areTakenByTheirNames() throws SQLException {
    rowOf("more int, company_name text", "7, 'acme'");
    assertThat(map(Company.class)).isEqualTo(new Company(1, "acme"));
    assertThat(map(Nothing.class)).isEqualTo(new Nothing());
  }

  @ParameterizedTest
  @CsvSource({"id, id", "companyId, company_id", "aB, a_b", "v2, v2", "snake_case, snake_case"})
  void column_isTheComponentInSnakeCase(String component, String column) {
    assertThat(RecordMapper.column(component)).isEqualTo(column);
  }

  record Positive(int id, int value) {
    Positive {
      if (value < 1) {
        throw new IllegalStateException("value must be positive, was " + value);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-7"})
  void map_recordRefusesTheRow_saysWhichAndWhy(String value) throws SQLException {
    rowOf("value int", value);
    assertThatThrownBy(() -> map(Positive.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("public.t has a row that " + Positive.class.getName()
            + " refuses: java.lang.IllegalStateException: value must be positive, was " + value)
        .hasCauseInstanceOf(IllegalStateException.class);
  }
}
