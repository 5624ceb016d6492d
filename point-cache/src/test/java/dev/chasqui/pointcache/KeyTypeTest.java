package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What values of keys are, beside what PostgreSQL says that they are (SPEC 1.5). */
@ExtendWith(RealServers.class)
final class KeyTypeTest {
  private static final int RANDOM_VALUES = 150;
  private static Database database;

  @BeforeAll
  static void connect(RealPostgres postgres) {
    database = new Database(postgres);
  }

  @AfterAll
  static void close() {
    database.close();
  }

  /** A type that is allowed, and values of it as the driver takes them. */
  record Kind(String type, List<?> extremes, Function<Random, Object> next) {
    List<Object> values() {
      Random random = new Random(type.hashCode());
      List<Object> values = new ArrayList<>(extremes);
      for (int i = 0; i < RANDOM_VALUES; i++) {
        values.add(next.apply(random));
      }
      return values;
    }

    @Override
    public String toString() {
      return type;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(
        new Kind(
            "smallint", List.of(Short.MIN_VALUE, (short) -1, (short) 0, Short.MAX_VALUE), random ->
                (short) random.nextInt()),
        new Kind("integer", List.of(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE), Random::nextInt),
        new Kind("bigint", List.of(Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE), Random::nextLong),
        new Kind(
            "uuid",
            List.of(new UUID(0, 0), new UUID(-1, -1), new UUID(Long.MIN_VALUE, 1)),
            random -> new UUID(random.nextLong(), random.nextLong())),
        new Kind("boolean", List.of(true, false), Random::nextBoolean),
        new Kind(
            "date",
            List.of(
                LocalDate.of(1, 1, 1),
                LocalDate.of(999, 12, 31),
                LocalDate.of(1582, 10, 10),
                LocalDate.of(2000, 2, 29),
                LocalDate.of(9999, 12, 31)),
            random -> LocalDate.of(1, 1, 1).plusDays(random.nextInt(3_652_059))),
        new Kind(
            "bytea",
            List.of(new byte[0], new byte[1], new byte[] {-1, '\\', '\''}, new byte[500]),
            KeyTypeTest::bytes),
        new Kind("text", Texts.odd(), Texts::next),
        new Kind("character varying", Texts.odd(), Texts::next),
        new Kind("character varying(2000)", Texts.odd(), Texts::next));
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void text_isPostgresOwn_findsTheValue_andReadsBack(Kind kind) throws SQLException {
    KeyType type = KeyType.of(kind.type);
    String sql = "select case when v is not null then concat(v) end, v = cast(? as " + kind.type
        + ") from (select cast(? as " + kind.type + ") v offset 0) t";
    try (Connection connection = database.connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Object value : kind.values()) {
        Object canonical = type.canonical(value);
        String text = type.text(canonical);
        statement.setString(1, text);
        statement.setObject(2, value);
        try (ResultSet found = statement.executeQuery()) {
          found.next();
          assertThat(text).isEqualTo(found.getString(1));
          assertThat(found.getBoolean(2)).as("found by %s", text).isTrue();
        }
        assertThat(type.read(text)).isEqualTo(canonical).hasSameHashCodeAs(canonical);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void values_areEqualForPostgres_ifAndOnlyIfTheirTextsAndNamesAre(Kind kind) throws SQLException {
    KeyType type = KeyType.of(kind.type);
    Set<String> texts = new LinkedHashSet<>();
    Map<String, String> byName = new HashMap<>();
    for (Object value : kind.values()) {
      String text = type.text(type.canonical(value));
      texts.add(text);
      String other = byName.put(Keys.value(text), text);
      assertThat(other == null || other.equals(text))
          .as("%s and %s", other, text)
          .isTrue();
    }
    String sql = "select count(*), sum((cast(a.t as " + kind.type + ") = cast(b.t as " + kind.type
        + "))::int) from unnest(?) a(t), unnest(?) b(t)";
    try (Connection connection = database.connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(1, connection.createArrayOf("text", texts.toArray()));
      statement.setArray(2, connection.createArrayOf("text", texts.toArray()));
      try (ResultSet found = statement.executeQuery()) {
        found.next();
        assertThat(found.getInt(1)).isEqualTo(texts.size() * texts.size());
        assertThat(found.getInt(2)).as("equal pairs").isEqualTo(texts.size());
      }
    }
  }

  @Test
  void canonical_sameNumberOfAnotherJavaType_isTheSame() {
    for (KeyType type : List.of(KeyType.SMALLINT, KeyType.INTEGER, KeyType.BIGINT)) {
      assertThat(Stream.of(7L, 7, (short) 7, BigInteger.valueOf(7))
              .map(type::canonical)
              .distinct())
          .containsExactly(7L);
    }
    byte[] bytes = {0, -1, 127};
    assertThat(KeyType.BYTEA.canonical(bytes)).isEqualTo(KeyType.BYTEA.canonical(bytes.clone()));
  }

  /** The reasons why they are refused: for PostgreSQL each pair is equal. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "numeric, numeric, 1.0, 1.00",
        "double precision, double precision, 0.0, -0.0",
        "real, real, 0.0, -0.0",
        "bpchar, bpchar, a, \"a  \"",
        "interval, interval, 24:00:00, 1 day",
        "jsonb, jsonb, 1.0, 1.00",
        "\"numeric(10,2)[]\", numeric[], {1.0}, {1.00}",
      })
  void of_typeWithEqualValuesOfDifferentTexts_isRefusedByName(
      String type, String cast, String one, String other) throws SQLException {
    assertThatThrownBy(() -> KeyType.of(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(type + " is no type to ask by");
    String sql = "select concat(a) <> concat(b) and a = b from (select cast('" + one + "' as "
        + cast + ") a, cast('" + other + "' as " + cast + ") b) t";
    try (Connection connection = database.connect();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet found = statement.executeQuery()) {
      found.next();
      assertThat(found.getBoolean(1)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "timestamp with time zone",
    "timestamp without time zone",
    "time without time zone",
    "citext",
    "inet",
    "json",
    "name",
    "oid",
    "bigint[]",
    "text[]",
    "character varying(3)[]",
    "character(3)",
    "\"char\"",
    "fleet.text",
    "\"Text\""
  })
  void of_anyOtherType_isRefusedByName(String type) {
    assertThatThrownBy(() -> KeyType.of(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(type + " is no type to ask by")
        .hasMessageEndingWith(
            "there are smallint, integer, bigint, uuid, boolean, date, bytea, text and varchar");
  }

  private static void assertRefused(KeyType type, Object value, String message) {
    assertThatThrownBy(() -> type.canonical(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void canonical_ofWhatTheColumnCannotHold_isRefused() {
    assertRefused(KeyType.SMALLINT, 32_768, "must be -32768 to 32767, was 32768");
    assertRefused(
        KeyType.INTEGER, -2_147_483_649L, "must be -2147483648 to 2147483647, was -2147483649");
    assertRefused(
        KeyType.BIGINT,
        BigInteger.ONE.shiftLeft(63),
        "must be -9223372036854775808 to 9223372036854775807, was 9223372036854775808");
    assertRefused(
        KeyType.DATE,
        LocalDate.of(0, 12, 31),
        "must be a LocalDate of the years 1 to 9999, was java.time.LocalDate 0000-12-31");
    assertRefused(
        KeyType.DATE,
        LocalDate.of(10_000, 1, 1),
        "must be a LocalDate of the years 1 to 9999, was java.time.LocalDate +10000-01-01");
    String reason =
        "a text must have no zeros and no halves of surrogate pairs, PostgreSQL keeps none";
    for (String text : List.of("a\0b", "\ud800", "\udc00\ud800", "a\ud83d", "\udc00", "\0")) {
      assertRefused(KeyType.TEXT, text, reason);
    }
  }

  @Test
  void canonical_ofAnotherJavaType_isRefusedByName() {
    List<Object> values = List.of(
        1L, 1, (short) 1, new UUID(1, 2), true, LocalDate.of(2026, 1, 2), new byte[] {1}, "text");
    Map<KeyType, List<Class<?>>> taken = Map.of(
        KeyType.SMALLINT, List.of(Long.class, Integer.class, Short.class),
        KeyType.INTEGER, List.of(Long.class, Integer.class, Short.class),
        KeyType.BIGINT, List.of(Long.class, Integer.class, Short.class),
        KeyType.UUID_, List.of(UUID.class),
        KeyType.BOOLEAN, List.of(Boolean.class),
        KeyType.DATE, List.of(LocalDate.class),
        KeyType.BYTEA, List.of(byte[].class),
        KeyType.TEXT, List.of(String.class));
    for (KeyType type : KeyType.values()) {
      for (Object value : values) {
        if (Objects.requireNonNull(taken.get(type)).contains(value.getClass())) {
          assertThat(type.canonical(value)).isNotNull();
        } else {
          assertThatThrownBy(() -> type.canonical(value))
              .as("%s for %s", value, type)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageMatching("must be a.*")
              .hasMessageContaining("was " + value.getClass().getName());
        }
      }
    }
    assertRefused(KeyType.BIGINT, 1.0, "must be a Long, Integer or Short, was java.lang.Double");
  }

  @Test
  void read_textsThatNobodyAsksBy_areRefusedByName() {
    for (String text : List.of("infinity", "-infinity", "0044-03-15 BC", "10000-01-01")) {
      assertThatThrownBy(() -> KeyType.DATE.read(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(text + " is no date");
    }
    assertThatThrownBy(() -> KeyType.BIGINT.read("x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> KeyType.UUID_.read("x")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void toString_isPostgresName() {
    assertThat(Arrays.stream(KeyType.values()).map(KeyType::toString).collect(Collectors.toList()))
        .containsExactly(
            "smallint", "integer", "bigint", "uuid", "boolean", "date", "bytea", "text");
  }
}
