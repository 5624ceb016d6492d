package dev.chasqui.hierarchicalconfig;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What values a setting can have, and how they are written as JSON.
 *
 * <p>Numbers are JSON numbers ({@code 15.0} is the int 15: JSON knows one kind of number), durations
 * are ISO-8601 strings such as {@code "PT30S"}, choices of an enum are strings. JSON {@code null} is
 * a value of no type, also not as an element of a list. Immutable.
 *
 * @param <T> the Java type
 */
public final class SettingType<T> {
  /** The kinds of value, the same in every language. */
  public enum Kind {
    /** A whole number of 32 bits. */
    INT,
    /** A whole number of 64 bits. */
    LONG,
    /** A finite number. */
    DOUBLE,
    /** True or false. */
    BOOLEAN,
    /** A string. */
    STRING,
    /** One of a set of strings. */
    ENUM,
    /** A length of time. */
    DURATION,
    /** A JSON object. */
    OBJECT,
    /** A JSON list. */
    LIST;

    /** Its name on the wire: lower-case. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Strict, so that a value means the same inside an object or list as by itself. */
  private static final JsonMapper MAPPER = JsonMapper.builder()
      .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
      .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
      .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
      .build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  static final SettingType<Integer> INT = ordered(
      Kind.INT,
      0,
      json -> json.isIntegralNumber() && json.canConvertToInt() ? json.intValue() : null,
      NODES::numberNode);
  static final SettingType<Long> LONG = ordered(
      Kind.LONG,
      0L,
      json -> json.isIntegralNumber() && json.canConvertToLong() ? json.longValue() : null,
      NODES::numberNode);
  static final SettingType<Double> DOUBLE = ordered(
      Kind.DOUBLE,
      0.0,
      json -> json.isNumber() ? json.numberValue().doubleValue() : null,
      NODES::numberNode);
  static final SettingType<Boolean> BOOLEAN = plain(
      Kind.BOOLEAN, json -> json.isBoolean() ? json.booleanValue() : null, NODES::booleanNode);
  static final SettingType<String> STRING =
      plain(Kind.STRING, SettingType::string, NODES::stringNode);
  /** An enum whose Java class is not here: its choices are strings. */
  static final SettingType<String> ENUM = plain(Kind.ENUM, SettingType::string, NODES::stringNode);

  static final SettingType<Duration> DURATION = ordered(
      Kind.DURATION,
      Duration.ZERO,
      SettingType::duration,
      value -> NODES.stringNode(value.toString()));
  /** An object whose Java class is not here. */
  static final SettingType<JsonNode> OBJECT = objectOf(JsonNode.class);
  /** A list whose Java class is not here. */
  static final SettingType<JsonNode> LIST = new SettingType<>(
      Kind.LIST,
      json -> isListOfValues(json) ? json : null,
      json -> json,
      JsonNode::deepCopy,
      null,
      false);

  private static final List<SettingType<?>> WITHOUT_CLASSES =
      List.of(INT, LONG, DOUBLE, BOOLEAN, STRING, ENUM, DURATION, OBJECT, LIST);

  private final Kind kind;
  /** Given {@linkplain PlainJson plain} JSON that it may keep. */
  private final Function<JsonNode, @Nullable T> decoder;

  private final Function<T, JsonNode> encoder;
  /** Null where values cannot change. */
  private final @Nullable UnaryOperator<T> copier;

  private final @Nullable Order<T> order;
  private final boolean nullable;

  private SettingType(
      Kind kind,
      Function<JsonNode, @Nullable T> decoder,
      Function<T, JsonNode> encoder,
      @Nullable UnaryOperator<T> copier,
      @Nullable Order<T> order,
      boolean nullable) {
    this.kind = kind;
    this.decoder = decoder;
    this.encoder = encoder;
    this.copier = copier;
    this.order = order;
    this.nullable = nullable;
  }

  private record Order<T>(Comparator<T> comparator, T zero) {}

  private static <T extends Comparable<T>> SettingType<T> ordered(
      Kind kind, T zero, Function<JsonNode, @Nullable T> decoder, Function<T, JsonNode> encoder) {
    Order<T> order = new Order<>(Comparator.naturalOrder(), zero);
    return new SettingType<>(kind, decoder, encoder, null, order, false);
  }

  private static <T> SettingType<T> plain(
      Kind kind, Function<JsonNode, @Nullable T> decoder, Function<T, JsonNode> encoder) {
    return new SettingType<>(kind, decoder, encoder, null, null, false);
  }

  static <E extends Enum<E>> SettingType<E> enumOf(Class<E> type) {
    return plain(
        Kind.ENUM,
        json -> {
          String name = string(json);
          for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(name)) {
              return constant;
            }
          }
          return null;
        },
        constant -> NODES.stringNode(constant.name()));
  }

  static <T> SettingType<T> objectOf(Class<T> type) {
    return new SettingType<>(
        Kind.OBJECT,
        json -> json.isObject() ? bind(json, type) : null,
        MAPPER::valueToTree,
        copierOf(type),
        null,
        false);
  }

  static <E> SettingType<List<E>> listOf(Class<E> element) {
    @Nullable UnaryOperator<E> copier = copierOf(element);
    return new SettingType<>(
        Kind.LIST,
        json -> isListOfValues(json) ? bindAll(json, element) : null,
        MAPPER::valueToTree,
        copier == null ? null : list -> list.stream().map(copier).toList(),
        null,
        false);
  }

  /** As {@code type}, or nothing: JSON {@code null}. */
  static <T> SettingType<Optional<T>> optionalOf(SettingType<T> type) {
    Order<T> order = type.order;
    return new SettingType<>(
        type.kind,
        json -> {
          if (json.isNull()) {
            return Optional.empty();
          }
          T value = type.decoder.apply(json);
          return value == null ? null : Optional.of(value);
        },
        value -> value.isPresent() ? type.encoder.apply(value.get()) : NODES.nullNode(),
        type.handsOutCopies() ? value -> value.map(type::copy) : null,
        order == null
            ? null
            : new Order<>(
                Comparator.comparing(Optional::orElseThrow, order.comparator()),
                Optional.of(order.zero())),
        true);
  }

  private static <T> @Nullable UnaryOperator<T> copierOf(Class<T> type) {
    return JsonNode.class.isAssignableFrom(type)
        ? value -> type.cast(((JsonNode) value).deepCopy())
        : null;
  }

  /** Which kind of value. */
  public Kind kind() {
    return kind;
  }

  /** Whether values have an order, so that a range can be declared. */
  public boolean ordered() {
    return order != null;
  }

  /** Whether JSON {@code null} is a value too, which no range nor choices restrict. */
  public boolean nullable() {
    return nullable;
  }

  /** Whether {@link #copy} makes a new object. */
  boolean handsOutCopies() {
    return copier != null;
  }

  /** As {@link #decode}, of JSON that {@link PlainJson#copy} returned and nobody will change. */
  @Nullable
  T decodePlain(JsonNode json) {
    return decoder.apply(json);
  }

  /** The value that {@code json} stands for, or null if it stands for none of this type. */
  @Nullable
  T decode(JsonNode json) {
    try {
      return decoder.apply(PlainJson.copy(json));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * The JSON form, of which equal values have an equal one.
   *
   * @throws IllegalArgumentException if the value has none: it is not finite, or of a class that
   *     Jackson cannot write
   */
  public JsonNode encode(T value) {
    try {
      return PlainJson.copy(encoder.apply(value));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }

  /** What can be handed out in place of {@code value}, so that nobody changes it: often itself. */
  T copy(T value) {
    return copier == null ? value : copier.apply(value);
  }

  int compare(T left, T right) {
    return order().comparator().compare(left, right);
  }

  boolean isPositive(T value) {
    return compare(value, order().zero()) > 0;
  }

  private Order<T> order() {
    if (order == null) {
      throw new IllegalStateException(kind.code() + " has no order");
    }
    return order;
  }

  /** The type of a setting whose Java classes are not here, as when it is read from a manifest. */
  static @Nullable SettingType<?> ofCode(String code) {
    for (SettingType<?> type : WITHOUT_CLASSES) {
      if (type.kind.code().equals(code)) {
        return type;
      }
    }
    return null;
  }

  /** The rule that a value of this type keeps, to follow "must be". */
  String rule() {
    return switch (kind) {
      case INT -> "a whole number of 32 bits";
      case LONG -> "a whole number of 64 bits";
      case DOUBLE -> "a finite number";
      case BOOLEAN -> "true or false";
      case STRING, ENUM -> "a string";
      case DURATION -> "an ISO-8601 duration such as \"PT30S\"";
      case OBJECT -> "an object of the declared shape";
      case LIST -> "a list of the declared shape";
    };
  }

  /** The code of its kind. */
  @Override
  public String toString() {
    return kind.code();
  }

  private static @Nullable String string(JsonNode json) {
    return json.isString() ? json.stringValue() : null;
  }

  private static @Nullable Duration duration(JsonNode json) {
    try {
      return json.isString() ? Duration.parse(json.stringValue()) : null;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** Whether {@code json} is a list without {@code null}. */
  static boolean isListOfValues(JsonNode json) {
    if (!json.isArray()) {
      return false;
    }
    for (JsonNode element : json) {
      if (element.isNull()) {
        return false;
      }
    }
    return true;
  }

  private static <T> @Nullable T bind(JsonNode json, Class<T> type) {
    try {
      return MAPPER.treeToValue(json, type);
    } catch (JacksonException e) {
      return null;
    }
  }

  private static <E> @Nullable List<E> bindAll(JsonNode json, Class<E> element) {
    List<E> bound = new ArrayList<>(json.size());
    for (JsonNode each : json) {
      E value = bind(each, element);
      if (value == null) {
        return null;
      }
      bound.add(value);
    }
    return List.copyOf(bound);
  }
}
