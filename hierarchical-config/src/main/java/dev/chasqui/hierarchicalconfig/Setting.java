package dev.chasqui.hierarchicalconfig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A typed declaration of one thing that can be configured. Declare it once, as a constant:
 *
 * <pre>{@code
 * static final Setting<Integer> FPS = Setting.ofInt("camera.fps")
 *     .between(1, 60).unit("fps").description("Frames per second").withDefault(15);
 * }</pre>
 *
 * <p>Immutable. Two settings are the same only if they are the same object.
 *
 * @param <T> type of its values
 */
public final class Setting<T> {
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final String key;
  private final SettingType<T> type;
  private final T defaultValue;
  private final @Nullable T minimum;
  private final @Nullable T maximum;
  private final @Nullable T step;
  private final List<Choice<T>> choices;
  private final String unit;
  private final String description;
  private final String section;
  private final String owner;
  private final boolean restartRequired;

  private Setting(Builder<T> builder, T defaultValue) {
    this.key = builder.key;
    this.type = builder.type;
    this.defaultValue = defaultValue;
    this.minimum = builder.minimum;
    this.maximum = builder.maximum;
    this.step = builder.step;
    this.choices = List.copyOf(builder.choices);
    this.unit = builder.unit;
    this.description = builder.description;
    this.section = builder.section;
    this.owner = builder.owner;
    this.restartRequired = builder.restartRequired;
  }

  /** A whole number of 32 bits. */
  public static Builder<Integer> ofInt(String key) {
    return new Builder<>(key, SettingType.INT);
  }

  /** A whole number of 64 bits. */
  public static Builder<Long> ofLong(String key) {
    return new Builder<>(key, SettingType.LONG);
  }

  /** A finite number. */
  public static Builder<Double> ofDouble(String key) {
    return new Builder<>(key, SettingType.DOUBLE);
  }

  public static Builder<Boolean> ofBoolean(String key) {
    return new Builder<>(key, SettingType.BOOLEAN);
  }

  public static Builder<String> ofString(String key) {
    return new Builder<>(key, SettingType.STRING);
  }

  /** One of an enum's constants, written as their names; they are its choices. */
  public static <E extends Enum<E>> Builder<E> ofEnum(String key, Class<E> type) {
    Builder<E> builder = new Builder<>(key, SettingType.enumOf(type));
    for (E constant : type.getEnumConstants()) {
      builder.choice(constant, constant.name());
    }
    return builder;
  }

  /** A length of time, written as in ISO-8601. */
  public static Builder<Duration> ofDuration(String key) {
    return new Builder<>(key, SettingType.DURATION);
  }

  /** A JSON object, read as {@code type}: a record, for example. */
  public static <T> Builder<T> ofObject(String key, Class<T> type) {
    return new Builder<>(key, SettingType.objectOf(type));
  }

  /** A JSON list of {@code element}s. */
  public static <E> Builder<List<E>> ofList(String key, Class<E> element) {
    return new Builder<>(key, SettingType.listOf(element));
  }

  static <T> Builder<T> of(String key, SettingType<T> type) {
    return new Builder<>(key, type);
  }

  public String key() {
    return key;
  }

  public SettingType<T> type() {
    return type;
  }

  /** The value where no profile sets one. Of the type and in the range; not always a choice. */
  public T defaultValue() {
    return defaultValue;
  }

  /** The least value allowed, or null if there is none. */
  public @Nullable T minimum() {
    return minimum;
  }

  /** The greatest value allowed, or null if there is none. */
  public @Nullable T maximum() {
    return maximum;
  }

  /** By how much a form moves the value, or null; binds nobody. */
  public @Nullable T step() {
    return step;
  }

  /** The values allowed, or empty if all of the type and range are. */
  public List<Choice<T>> choices() {
    return choices;
  }

  /** What the number counts, empty if nothing. */
  public String unit() {
    return unit;
  }

  public String description() {
    return description;
  }

  /** Under which heading tools list it, empty for none. */
  public String section() {
    return section;
  }

  /** Who answers for it, empty if nobody is named. */
  public String owner() {
    return owner;
  }

  /** Whether a new value takes effect only when the software starts again. */
  public boolean restartRequired() {
    return restartRequired;
  }

  /** The default as JSON. */
  public JsonNode defaultJson() {
    return type.encode(defaultValue);
  }

  /** The rule that {@code json} breaks, or null if it is a value that a profile may hold. */
  public @Nullable Violation check(JsonNode json) {
    T value = type.decode(json);
    if (value == null) {
      return violation(Violation.Rule.WRONG_TYPE, "must be " + typeName() + ", was " + shown(json));
    }
    Violation outside = checkRange(value);
    if (outside != null) {
      return outside;
    }
    if (!choices.isEmpty()
        && choices.stream().noneMatch(choice -> choice.value().equals(value))) {
      return violation(
          Violation.Rule.NOT_A_CHOICE, "must be one of " + shownChoices() + ", was " + shown(json));
    }
    return null;
  }

  /**
   * Reads a value.
   *
   * @throws InvalidValueException if it breaks a rule of this setting
   */
  public T read(JsonNode json) {
    Violation violation = check(json);
    T value = type.decode(json);
    if (violation != null || value == null) {
      throw new InvalidValueException(
          violation != null
              ? violation
              : violation(Violation.Rule.WRONG_TYPE, "must be " + typeName()));
    }
    return value;
  }

  @Override
  public String toString() {
    return key + " (" + type + ')';
  }

  private @Nullable Violation checkRange(T value) {
    boolean below = minimum != null && type.compare(value, minimum) < 0;
    boolean above = maximum != null && type.compare(value, maximum) > 0;
    return below || above
        ? violation(
            Violation.Rule.OUT_OF_RANGE,
            "must be " + shownRange() + ", was " + shown(type.encode(value)))
        : null;
  }

  private Violation violation(Violation.Rule rule, String message) {
    return new Violation(rule, key, null, message);
  }

  private String typeName() {
    return switch (type.kind()) {
      case INT -> "a whole number of 32 bits";
      case LONG -> "a whole number of 64 bits";
      case DOUBLE -> "a finite number";
      case BOOLEAN -> "true or false";
      case STRING -> "a string";
      case ENUM -> choices.isEmpty() ? "a string" : "one of " + shownChoices();
      case DURATION -> "an ISO-8601 duration such as PT30S";
      case OBJECT -> "an object of the declared shape";
      case LIST -> "a list of the declared shape";
    };
  }

  private String shownRange() {
    String from = minimum == null ? "" : text(minimum);
    String to = maximum == null ? "" : text(maximum);
    String range = minimum == null
        ? "at most " + to
        : maximum == null ? "at least " + from : "between " + from + " and " + to;
    return unit.isEmpty() ? range : range + ' ' + unit;
  }

  private String text(T value) {
    return shown(type.encode(value));
  }

  private String shownChoices() {
    return choices.stream().map(choice -> text(choice.value())).toList().toString();
  }

  private static String shown(JsonNode json) {
    String text = json.toString();
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }

  /**
   * Collects a declaration; {@link #withDefault} comes last and makes the setting.
   *
   * @param <T> type of the setting
   */
  public static final class Builder<T> {
    private final String key;
    private final SettingType<T> type;
    private final List<Choice<T>> choices = new ArrayList<>();
    private @Nullable T minimum;
    private @Nullable T maximum;
    private @Nullable T step;
    private String unit = "";
    private String description = "";
    private String section = "";
    private String owner = "";
    private boolean restartRequired;

    private Builder(String key, SettingType<T> type) {
      this.key = key;
      this.type = type;
    }

    /** Both bounds are allowed values. */
    public Builder<T> between(T least, T greatest) {
      return atLeast(least).atMost(greatest);
    }

    public Builder<T> atLeast(T least) {
      this.minimum = least;
      return this;
    }

    public Builder<T> atMost(T greatest) {
      this.maximum = greatest;
      return this;
    }

    public Builder<T> step(T step) {
      this.step = step;
      return this;
    }

    /** Allows {@code value}; once one is named, no other value is allowed. */
    public Builder<T> choice(T value, String label) {
      choices.add(new Choice<>(value, label));
      return this;
    }

    /** Allows just these, each labelled with its own text. */
    @SafeVarargs
    public final Builder<T> choices(T... values) {
      for (T value : values) {
        choice(value, type.encode(value).asString());
      }
      return this;
    }

    public Builder<T> unit(String unit) {
      this.unit = unit;
      return this;
    }

    public Builder<T> description(String description) {
      this.description = description;
      return this;
    }

    public Builder<T> section(String section) {
      this.section = section;
      return this;
    }

    public Builder<T> owner(String owner) {
      this.owner = owner;
      return this;
    }

    public Builder<T> restartRequired() {
      this.restartRequired = true;
      return this;
    }

    /**
     * Makes the setting.
     *
     * @throws InvalidValueException if the declaration contradicts itself: a malformed key, a range
     *     on a type without order, a minimum above the maximum, a default out of the range
     */
    public Setting<T> withDefault(T value) {
      require(KEY.matcher(key).matches(), "key must match " + KEY);
      require(
          type.ordered() || (minimum == null && maximum == null && step == null),
          "a " + type + " has no range");
      Setting<T> setting = new Setting<>(this, value);
      T least = minimum;
      T greatest = maximum;
      require(
          least == null || greatest == null || type.compare(least, greatest) <= 0,
          "minimum must not be above the maximum, was " + least + " above " + greatest);
      require(
          type.kind() != SettingType.Kind.ENUM || !choices.isEmpty(), "an enum must have choices");
      require(
          choices.stream().map(Choice::value).distinct().count() == choices.size(),
          "a choice is there twice");
      Violation outside = setting.checkRange(value);
      require(outside == null, "default " + (outside == null ? "" : outside.message()));
      return setting;
    }

    private void require(boolean kept, String rule) {
      if (!kept) {
        throw new InvalidValueException(
            new Violation(Violation.Rule.BAD_DECLARATION, key, null, rule));
      }
    }
  }
}
