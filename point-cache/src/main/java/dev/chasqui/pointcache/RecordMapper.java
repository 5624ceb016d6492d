package dev.chasqui.pointcache;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Maps columns to the components of a record by their names. */
final class RecordMapper<R extends Record> implements RowMapper<R> {
  /** {@code 2026-11-23}: ISO but for the years from 10000, which have no sign. */
  private static final DateTimeFormatter DATE = new DateTimeFormatterBuilder()
      .appendValue(ChronoField.YEAR_OF_ERA, 4, 10, SignStyle.NORMAL)
      .appendPattern("-MM-dd")
      .toFormatter(Locale.ROOT);

  /** {@code 2026-11-23 10:15:30.5}. */
  private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
      .append(DATE)
      .appendLiteral(' ')
      .append(DateTimeFormatter.ISO_LOCAL_TIME)
      .toFormatter(Locale.ROOT);

  private static final DateTimeFormatter WITH_OFFSET = new DateTimeFormatterBuilder()
      .append(TIMESTAMP)
      .appendOffset("+HH:mm", "+00")
      .toFormatter(Locale.ROOT);

  /** Those before Christ end with {@code BC}. */
  private static DateTimeFormatter ofBothEras(DateTimeFormatter formatter) {
    return new DateTimeFormatterBuilder()
        .append(formatter)
        .optionalStart()
        .appendLiteral(' ')
        .appendText(ChronoField.ERA, Map.of(0L, "BC"))
        .optionalEnd()
        .parseDefaulting(ChronoField.ERA, 1)
        .toFormatter(Locale.ROOT)
        .withResolverStyle(ResolverStyle.STRICT);
  }

  private static final Map<Class<?>, Function<String, Object>> READERS = readers();

  private final Class<R> type;
  private final Constructor<R> constructor;
  private final List<Component> components = new ArrayList<>();
  /** Of the table that a row was mapped of last. */
  private volatile @Nullable Places lastPlaces;

  private record Component(
      String name, String column, boolean primitive, Function<String, ?> reader) {}

  /** Where in a table's rows the components' columns are. */
  private record Places(Table table, List<Integer> positions) {}

  RecordMapper(Class<R> type) {
    this.type = type;
    RecordComponent[] found = type.getRecordComponents();
    for (RecordComponent component : found) {
      components.add(new Component(
          component.getName(),
          column(component.getName()),
          component.getType().isPrimitive(),
          reader(component)));
    }
    try {
      constructor = type.getDeclaredConstructor(
          Arrays.stream(found).map(RecordComponent::getType).toArray(Class[]::new));
      constructor.setAccessible(true);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has a canonical constructor", e);
    } catch (RuntimeException e) { // the class is of java.lang.reflect and not to be named
      throw new IllegalArgumentException(
          type.getName() + " must be in a package that is open to dev.chasqui.pointcache", e);
    }
  }

  private static Map<Class<?>, Function<String, Object>> readers() {
    Map<Class<?>, Function<String, Object>> readers = new HashMap<>();
    readers.put(String.class, text -> text);
    readers.put(long.class, Long::valueOf);
    readers.put(int.class, Integer::valueOf);
    readers.put(short.class, Short::valueOf);
    readers.put(double.class, Double::valueOf);
    readers.put(float.class, Float::valueOf);
    readers.put(boolean.class, RecordMapper::bool);
    readers.put(Long.class, Long::valueOf);
    readers.put(Integer.class, Integer::valueOf);
    readers.put(Short.class, Short::valueOf);
    readers.put(Double.class, Double::valueOf);
    readers.put(Float.class, Float::valueOf);
    readers.put(Boolean.class, RecordMapper::bool);
    readers.put(BigDecimal.class, BigDecimal::new);
    readers.put(BigInteger.class, BigInteger::new);
    readers.put(UUID.class, UUID::fromString);
    readers.put(byte[].class, RecordMapper::bytes);
    DateTimeFormatter date = ofBothEras(DATE);
    DateTimeFormatter timestamp = ofBothEras(TIMESTAMP);
    DateTimeFormatter withOffset = ofBothEras(WITH_OFFSET);
    readers.put(LocalDate.class, text -> LocalDate.parse(text, date));
    readers.put(LocalTime.class, LocalTime::parse);
    readers.put(LocalDateTime.class, text -> LocalDateTime.parse(text, timestamp));
    readers.put(OffsetDateTime.class, text -> OffsetDateTime.parse(text, withOffset));
    readers.put(Instant.class, text -> OffsetDateTime.parse(text, withOffset).toInstant());
    return Map.copyOf(readers);
  }

  private static Boolean bool(String text) {
    if (!text.equals("t") && !text.equals("f")) {
      throw new IllegalArgumentException("neither t nor f");
    }
    return text.equals("t");
  }

  private static byte[] bytes(String text) {
    if (!text.startsWith("\\x")) {
      throw new IllegalArgumentException("no bytea in hexadecimal digits");
    }
    return HexFormat.of().parseHex(text, 2, text.length());
  }

  private Function<String, ?> reader(RecordComponent component) {
    Class<?> wanted = component.getType();
    if (wanted.isEnum()) {
      return text -> enumConstant(wanted, text);
    }
    Function<String, ?> reader = READERS.get(wanted);
    if (reader == null) {
      throw new IllegalArgumentException(type.getName() + "." + component.getName() + " is a "
          + wanted.getTypeName() + ", of which no column is made");
    }
    return reader;
  }

  private static Object enumConstant(Class<?> wanted, String text) {
    for (Object constant : wanted.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("no constant of " + wanted.getName());
  }

  /** {@code companyId} is {@code company_id}. */
  static String column(String component) {
    StringBuilder column = new StringBuilder();
    for (int i = 0; i < component.length(); i++) {
      char c = component.charAt(i);
      if (Character.isUpperCase(c)) {
        column.append('_').append(Character.toLowerCase(c));
      } else {
        column.append(c);
      }
    }
    return column.toString();
  }

  /** Refuses a table that lacks a column. */
  void refuseOthers(Table table) {
    for (Component component : components) {
      try {
        table.position(component.column);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            type.getName() + "." + component.name + ": " + e.getMessage(), e);
      }
    }
  }

  @Override
  public R map(Row row) {
    List<Integer> positions = positions(row.table());
    @Nullable Object[] values = new Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(row, components.get(i), positions.get(i));
    }
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          row.table() + " has a row that " + type.getName() + " refuses: " + e.getCause(),
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Integer> positions(Table table) {
    Places places = lastPlaces;
    if (places == null || !places.table.equals(table)) {
      places = new Places(
          table, components.stream().map(each -> table.position(each.column)).toList());
      lastPlaces = places;
    }
    return places.positions;
  }

  private @Nullable Object value(Row row, Component component, int position) {
    String text = row.texts().get(position);
    if (text == null) {
      if (component.primitive) {
        throw new IllegalArgumentException(row.table() + "." + component.column + " is null, and "
            + type.getName() + "." + component.name + " cannot be");
      }
      return null;
    }
    try {
      return component.reader.apply(text);
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new IllegalArgumentException(
          row.table() + "." + component.column + " is \"" + text + "\": " + e.getMessage(), e);
    }
  }
}
