package dev.chasqui.hierarchicalconfig;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What values a setting can have, and how they are written as JSON.
 *
 * <p>Numbers are JSON numbers ({@code 15.0} is the int 15: JSON knows one kind of number), durations
 * are ISO-8601 strings such as {@code "PT30S"}, choices of an enum are strings. Immutable.
 *
 * @param <T> the Java type
 */
public final class SettingType<T> {
  /** The kinds of value, the same in every language; {@link #code()} is their name on the wire. */
  public enum Kind {
    INT,
    LONG,
    DOUBLE,
    BOOLEAN,
    STRING,
    ENUM,
    DURATION,
    OBJECT,
    LIST;

    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final JsonMapper MAPPER = JsonMapper.shared();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  static final SettingType<Integer> INT = new SettingType<>(
      Kind.INT,
      json -> isWhole(json) && json.canConvertToInt() ? json.numberValue().intValue() : null,
      NODES::numberNode,
      Comparator.naturalOrder());
  static final SettingType<Long> LONG = new SettingType<>(
      Kind.LONG,
      json -> isWhole(json) && json.canConvertToLong() ? json.numberValue().longValue() : null,
      NODES::numberNode,
      Comparator.naturalOrder());
  static final SettingType<Double> DOUBLE = new SettingType<>(
      Kind.DOUBLE, SettingType::finiteDouble, NODES::numberNode, Comparator.naturalOrder());
  static final SettingType<Boolean> BOOLEAN = new SettingType<>(
      Kind.BOOLEAN,
      json -> json.isBoolean() ? json.booleanValue() : null,
      NODES::booleanNode,
      null);
  static final SettingType<String> STRING = new SettingType<>(
      Kind.STRING, json -> json.isString() ? json.stringValue() : null, NODES::stringNode, null);
  /** An enum whose Java class is not here: its choices are strings. */
  static final SettingType<String> ENUM = new SettingType<>(
      Kind.ENUM, json -> json.isString() ? json.stringValue() : null, NODES::stringNode, null);

  static final SettingType<Duration> DURATION = new SettingType<>(
      Kind.DURATION,
      SettingType::duration,
      value -> NODES.stringNode(value.toString()),
      Comparator.naturalOrder());
  /** An object whose Java class is not here. */
  static final SettingType<JsonNode> OBJECT = new SettingType<>(
      Kind.OBJECT, json -> json.isObject() ? json.deepCopy() : null, JsonNode::deepCopy, null);
  /** A list whose Java class is not here. */
  static final SettingType<JsonNode> LIST = new SettingType<>(
      Kind.LIST, json -> json.isArray() ? json.deepCopy() : null, JsonNode::deepCopy, null);

  private final Kind kind;
  private final Function<JsonNode, @Nullable T> decoder;
  private final Function<T, JsonNode> encoder;
  private final @Nullable Comparator<? super T> order;

  private SettingType(
      Kind kind,
      Function<JsonNode, @Nullable T> decoder,
      Function<T, JsonNode> encoder,
      @Nullable Comparator<? super T> order) {
    this.kind = kind;
    this.decoder = decoder;
    this.encoder = encoder;
    this.order = order;
  }

  static <E extends Enum<E>> SettingType<E> enumOf(Class<E> type) {
    return new SettingType<>(
        Kind.ENUM,
        json -> {
          for (E constant : type.getEnumConstants()) {
            if (json.isString() && constant.name().equals(json.stringValue())) {
              return constant;
            }
          }
          return null;
        },
        constant -> NODES.stringNode(constant.name()),
        null);
  }

  static <T> SettingType<T> objectOf(Class<T> type) {
    return new SettingType<>(
        Kind.OBJECT, json -> json.isObject() ? bind(json, type) : null, MAPPER::valueToTree, null);
  }

  static <E> SettingType<List<E>> listOf(Class<E> element) {
    return new SettingType<>(
        Kind.LIST,
        json -> json.isArray() ? bindAll(json, element) : null,
        MAPPER::valueToTree,
        null);
  }

  public Kind kind() {
    return kind;
  }

  /** Whether values have an order, so that a range can be declared. */
  public boolean ordered() {
    return order != null;
  }

  /** The value that {@code json} stands for, or null if it stands for none of this type. */
  @Nullable
  T decode(JsonNode json) {
    return decoder.apply(json);
  }

  /** The JSON form: {@code decode(encode(value))} equals {@code value}. */
  public JsonNode encode(T value) {
    return encoder.apply(value);
  }

  int compare(T left, T right) {
    if (order == null) {
      throw new IllegalStateException(kind.code() + " has no order");
    }
    return order.compare(left, right);
  }

  /** The type of a setting whose Java classes are not here, as when it is read from a manifest. */
  static @Nullable SettingType<?> ofCode(String code) {
    for (SettingType<?> type :
        List.of(INT, LONG, DOUBLE, BOOLEAN, STRING, ENUM, DURATION, OBJECT, LIST)) {
      if (type.kind.code().equals(code)) {
        return type;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return kind.code();
  }

  private static boolean isWhole(JsonNode json) {
    if (json.isIntegralNumber()) {
      return true;
    }
    double value = json.isNumber() ? json.numberValue().doubleValue() : Double.NaN;
    return value == Math.rint(value) && Double.isFinite(value);
  }

  private static @Nullable Double finiteDouble(JsonNode json) {
    if (!json.isNumber()) {
      return null;
    }
    double value = json.numberValue().doubleValue();
    return Double.isFinite(value) ? value + 0.0 : null; // + 0.0: minus zero is zero
  }

  private static @Nullable Duration duration(JsonNode json) {
    try {
      return json.isString() ? Duration.parse(json.stringValue()) : null;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static <T> @Nullable T bind(JsonNode json, Class<T> type) {
    try {
      return MAPPER.treeToValue(json, type);
    } catch (JacksonException e) {
      return null;
    }
  }

  private static <E> @Nullable List<E> bindAll(JsonNode json, Class<E> element) {
    List<E> bound = new ArrayList<>();
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
