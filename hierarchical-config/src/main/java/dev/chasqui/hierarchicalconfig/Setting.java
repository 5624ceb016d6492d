package dev.chasqui.hierarchicalconfig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
  private static final String KEY = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";
  private static final int SHOWN_CHOICES = 20;

  private final String key;
  private final SettingType<T> type;
  private final T defaultValue;
  private final JsonNode defaultJson;
  private final @Nullable T minimum;
  private final @Nullable T maximum;
  private final @Nullable T step;
  private final List<Choice<T>> choices;
  /** The choices' JSON forms: of equal values they are equal, whatever the class says of equality. */
  private final Set<JsonNode> allowed;

  private final String unit;
  private final String description;
  private final String section;
  private final String owner;
  private final boolean restartRequired;
  private final Merge merge;
  private final @Nullable Strictness stricter;
  private final String atomicGroup;
  private final @Nullable JsonNode schema;

  /** Where a {@link SettingTable} has it first: an even number, to be cut to its length. */
  final int hash;

  final boolean handsOutCopies;

  private Setting(
      Builder<?> checked,
      SettingType<T> type,
      T defaultValue,
      @Nullable T minimum,
      @Nullable T maximum,
      @Nullable T step,
      List<Choice<T>> choices) {
    this.key = checked.key;
    this.type = type;
    this.defaultValue = defaultValue;
    this.defaultJson = type.encode(defaultValue);
    this.minimum = minimum;
    this.maximum = maximum;
    this.step = step;
    this.choices = List.copyOf(choices);
    this.allowed =
        choices.stream().map(choice -> type.encode(choice.value())).collect(Collectors.toSet());
    this.unit = checked.unit;
    this.description = checked.description;
    this.section = checked.section;
    this.owner = checked.owner;
    this.restartRequired = checked.restartRequired;
    this.merge = checked.merge;
    this.stricter = checked.stricterOrImplied();
    this.atomicGroup = checked.atomicGroup;
    this.schema = checked.schema;
    this.hash = (key.hashCode() ^ key.hashCode() >>> 16) << 1;
    this.handsOutCopies = type.handsOutCopies();
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

  /** True or false. */
  public static Builder<Boolean> ofBoolean(String key) {
    return new Builder<>(key, SettingType.BOOLEAN);
  }

  /** A string, also an empty one. */
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

  /**
   * A JSON object, read as {@code type}: a record, for example. Jackson binds it, and must be able to
   * reach the class: in a named module, its package is open to {@code tools.jackson.databind}. Texts
   * are not taken for numbers, nor fractions for whole numbers. Members that the class does not have
   * are ignored; those that it has and the JSON has not are null, zero or false, unless its
   * constructor refuses.
   *
   * @param type immutable: one value is handed to all who read it; or {@link JsonNode}, which is
   *     copied
   */
  public static <T> Builder<T> ofObject(String key, Class<T> type) {
    return new Builder<>(key, SettingType.objectOf(type));
  }

  /**
   * A JSON list of {@code element}s, none of them null. They are read as with {@link #ofObject}.
   *
   * @param element as {@code type} of {@link #ofObject}; boxed numbers, strings and enums too
   */
  public static <E> Builder<List<E>> ofList(String key, Class<E> element) {
    return new Builder<>(key, SettingType.listOf(element));
  }

  static <T> Builder<T> of(String key, SettingType<T> type) {
    return new Builder<>(key, type);
  }

  /** Names it in profiles: letters, digits, {@code .}, {@code _} and {@code -}, at most 128. */
  public String key() {
    return key;
  }

  /** What values it can have, before its range and choices. */
  public SettingType<T> type() {
    return type;
  }

  /** The value where no profile sets one. Of the type and in the range; not always a choice. */
  public T defaultValue() {
    return type.copy(defaultValue);
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
    return choices.stream()
        .map(choice -> new Choice<>(type.copy(choice.value()), choice.label()))
        .toList();
  }

  /** What the number counts, empty if nothing. */
  public String unit() {
    return unit;
  }

  /** What it does, for people, empty if nobody has said. */
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

  /** How entries of several profiles combine. */
  public Merge merge() {
    return merge;
  }

  /**
   * Which of two values binds more, as declared or as {@link #merge()} implies; null if nobody can
   * say, so that no entry can be {@link Binding#narrowOnly()}.
   */
  public @Nullable Strictness stricter() {
    return stricter;
  }

  /** The group of settings that are taken from one profile together or not at all; empty for none. */
  public String atomicGroup() {
    return atomicGroup;
  }

  /** Whether JSON {@code null} is a value of it. */
  public boolean nullable() {
    return type.nullable();
  }

  /** The JSON Schema (2020-12) of its values, or null. What checks it is a {@link SchemaCheck}. */
  public @Nullable JsonNode schema() {
    return schema == null ? null : schema.deepCopy();
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainSchema() {
    return schema;
  }

  /** The default as JSON. */
  public JsonNode defaultJson() {
    return defaultJson.deepCopy();
  }

  /** Not copied: for reading only. */
  JsonNode plainDefaultJson() {
    return defaultJson;
  }

  /** Not copied: for reading only. */
  T plainDefault() {
    return defaultValue;
  }

  /** The rule that {@code json} breaks, or null if it is a value that a profile may hold. */
  public @Nullable Violation check(JsonNode json) {
    return tryRead(json) instanceof Reading.Refused<T> refused ? refused.violation() : null;
  }

  /**
   * Reads a value.
   *
   * @throws InvalidValueException if it breaks a rule of this setting
   */
  public T read(JsonNode json) {
    Reading<T> reading = tryRead(json);
    if (reading instanceof Reading.Refused<T> refused) {
      throw new InvalidValueException(refused.violation());
    }
    return ((Reading.Valid<T>) reading).value();
  }

  /** What reading a value came to. */
  sealed interface Reading<T> {
    record Valid<T>(T value) implements Reading<T> {}

    record Refused<T>(Violation violation) implements Reading<T> {}
  }

  Reading<T> tryRead(JsonNode json) {
    return judge(type.decode(json), json);
  }

  /** As {@link #tryRead}, of JSON that {@link PlainJson#copy} returned and nobody will change. */
  Reading<T> tryReadPlain(JsonNode json) {
    return judge(type.decodePlain(json), json);
  }

  /** Less than, equal to or greater than 0, as {@code left} is; false is less than true. */
  int compare(JsonNode left, JsonNode right) {
    if (type.kind() == SettingType.Kind.BOOLEAN) {
      return Boolean.compare(left.booleanValue(), right.booleanValue());
    }
    return type.compare(required(left), required(right));
  }

  /**
   * Whether two values of one key are the same. Durations are, however they are written, if both
   * declarations say that they are durations; of all else there is one way to write it. What a class
   * would drop of an object counts: others may declare it without the class.
   */
  static boolean isSame(
      @Nullable Setting<?> setting,
      @Nullable JsonNode value,
      @Nullable Setting<?> otherSetting,
      @Nullable JsonNode other) {
    if (value == null || other == null) {
      return value == null && other == null;
    }
    return value.equals(other)
        || (setting != null
            && otherSetting != null
            && setting.type.kind() == SettingType.Kind.DURATION
            && otherSetting.type.kind() == SettingType.Kind.DURATION
            && setting.meaning(value).equals(otherSetting.meaning(other)));
  }

  /** An allowed value in the one way that its type writes it: PT1M for PT60S. */
  private JsonNode meaning(JsonNode json) {
    return type.encode(required(json));
  }

  private T required(JsonNode json) {
    T value = type.decodePlain(json);
    if (value == null) {
      throw new IllegalStateException("no value of " + this + ": " + shown(json));
    }
    return value;
  }

  private Reading<T> judge(@Nullable T value, JsonNode json) {
    if (value != null && json.isNull()) {
      return new Reading.Valid<>(value);
    }
    if (value == null) {
      // A string that is none of the Java enum's constants is of the right type all the same.
      return type.kind() == SettingType.Kind.ENUM && json.isString()
          ? refused(Violation.Rule.NOT_A_CHOICE, shownChoices(), json)
          : refused(Violation.Rule.WRONG_TYPE, type.rule(), json);
    }
    if (!inRange(value)) {
      return refused(Violation.Rule.OUT_OF_RANGE, shownRange(), json);
    }
    if (!isAllowed(value)) {
      return refused(Violation.Rule.NOT_A_CHOICE, shownChoices(), json);
    }
    return new Reading.Valid<>(value);
  }

  /** {@code key (type)}. */
  @Override
  public String toString() {
    return key + " (" + type + ')';
  }

  private boolean inRange(T value) {
    return (minimum == null || type.compare(value, minimum) >= 0)
        && (maximum == null || type.compare(value, maximum) <= 0);
  }

  private boolean isAllowed(T value) {
    return allowed.isEmpty() || allowed.contains(type.encode(value));
  }

  private Reading<T> refused(Violation.Rule rule, String mustBe, JsonNode was) {
    String message = "must be " + mustBe + ", was " + shown(was);
    return new Reading.Refused<>(new Violation(rule, key, null, message));
  }

  static void requireKey(String key, Scope scope) {
    if (!isKey(key)) {
      requireKey(key, "setting key in " + scope);
    }
  }

  static void requireKey(String key, String name) {
    if (!isKey(key)) {
      throw new IllegalArgumentException(name + " must match " + KEY + ", was \"" + cut(key) + '"');
    }
  }

  /** Whether {@link #KEY} matches, which is too slow for every key of every profile. */
  private static boolean isKey(String key) {
    if (key.isEmpty() || key.length() > 128 || !isAlphanumeric(key.charAt(0))) {
      return false;
    }
    for (int i = 1; i < key.length(); i++) {
      char c = key.charAt(i);
      if (!isAlphanumeric(c) && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
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
    List<String> shown = choices.stream()
        .limit(SHOWN_CHOICES)
        .map(choice -> text(choice.value()))
        .toList();
    return choices.size() <= SHOWN_CHOICES
        ? "one of " + shown
        : "one of " + choices.size() + " choices such as " + shown;
  }

  /** Short, however long or deep the value is. */
  static String shown(JsonNode json) {
    return switch (json.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "a list";
      case POJO, MISSING -> "no JSON value";
      case NUMBER -> cut(json.asString()); // toString quotes what is not finite
      default -> cut(json.toString());
    };
  }

  static String cut(String text) {
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }

  /**
   * Collects a declaration; {@link #withDefault} comes last, checks it and makes the setting. For one
   * thread, and for one setting.
   *
   * @param <T> type of the setting
   */
  public static final class Builder<T> {
    private static final int LONGEST_DESCRIPTION = 4_000;
    private static final int LONGEST_NAME = 200;
    private static final int MOST_CHOICES = 1_000;

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
    private Merge merge = Merge.FIRST;
    private @Nullable Strictness stricter;
    private String atomicGroup = "";
    private @Nullable JsonNode schema;

    private Builder(String key, SettingType<T> type) {
      this.key = key;
      this.type = type;
    }

    /** Both bounds are allowed values. */
    public Builder<T> between(T least, T greatest) {
      return atLeast(least).atMost(greatest);
    }

    /** The least value allowed. */
    public Builder<T> atLeast(T least) {
      this.minimum = least;
      return this;
    }

    /** The greatest value allowed. */
    public Builder<T> atMost(T greatest) {
      this.maximum = greatest;
      return this;
    }

    /** By how much a form moves the value; positive. Values between the steps are allowed. */
    public Builder<T> step(T step) {
      this.step = step;
      return this;
    }

    /**
     * Allows {@code value}, if it is in the range too; once one is named, no other value is allowed.
     * At most 1,000, with labels of at most 200 characters.
     */
    public Builder<T> choice(T value, String label) {
      choices.add(new Choice<>(value, label));
      return this;
    }

    /** Allows just these, each labelled with its own text. */
    @SafeVarargs
    public final Builder<T> choices(T... values) {
      for (T value : values) {
        choiceOf(value);
      }
      return this;
    }

    /** Allows {@code value}, labelled with its own text. */
    void choiceOf(T value) {
      choice(value, labelOf(value));
    }

    /** What the number counts; at most 200 characters. */
    public Builder<T> unit(String unit) {
      this.unit = unit;
      return this;
    }

    /** What it does, for people; at most 4,000 characters. */
    public Builder<T> description(String description) {
      this.description = description;
      return this;
    }

    /** Under which heading tools list it; at most 200 characters. */
    public Builder<T> section(String section) {
      this.section = section;
      return this;
    }

    /** Who answers for it; at most 200 characters. */
    public Builder<T> owner(String owner) {
      this.owner = owner;
      return this;
    }

    /** A new value takes effect only when the software starts again. */
    public Builder<T> restartRequired() {
      this.restartRequired = true;
      return this;
    }

    /** How entries of several profiles combine; without this the nearest wins. */
    public Builder<T> merge(Merge merge) {
      this.merge = merge;
      return this;
    }

    /** Which of two values binds more; {@link Merge#MIN} and the like imply it. */
    public Builder<T> stricter(Strictness stricter) {
      this.stricter = stricter;
      return this;
    }

    /** Taken from one profile together with the other settings of {@code group}, or not at all. */
    public Builder<T> atomic(String group) {
      this.atomicGroup = group;
      return this;
    }

    /** A JSON Schema (2020-12) for an object or list; checked where there is a {@link SchemaCheck}. */
    public Builder<T> schema(JsonNode schema) {
      this.schema = schema;
      return this;
    }

    /**
     * Makes a setting that may also be nothing (JSON {@code null}), which is another thing than not
     * being set. By default it is nothing.
     *
     * @throws InvalidValueException as {@link #withDefault}
     */
    public Setting<Optional<T>> optional() {
      return optional(Optional.empty());
    }

    /**
     * As {@link #optional()}, with a value by default.
     *
     * @throws InvalidValueException as {@link #withDefault}
     */
    public Setting<Optional<T>> optionalWithDefault(T value) {
      return optional(Optional.of(value));
    }

    private Setting<Optional<T>> optional(Optional<T> value) {
      checkDeclaration();
      require(merge == Merge.FIRST, "\"nullable\" is for \"merge\" first only");
      return checked(new Setting<>(
          this,
          SettingType.optionalOf(type),
          value.map(each -> plain("default", each)),
          minimum == null ? null : Optional.of(minimum),
          maximum == null ? null : Optional.of(maximum),
          step == null ? null : Optional.of(step),
          choices.stream()
              .map(choice -> new Choice<>(Optional.of(choice.value()), choice.label()))
              .toList()));
    }

    /**
     * Makes the setting.
     *
     * @param value in the range; of an enum one of the choices, otherwise it may be none of them, to
     *     say that nothing is chosen yet
     * @throws InvalidValueException if the declaration breaks a rule or contradicts itself: a
     *     malformed key, a range on a type without order, a minimum above the maximum, a default
     *     out of the range, a value that JSON cannot express, a text that is too long
     */
    public Setting<T> withDefault(T value) {
      checkDeclaration();
      return checked(
          new Setting<>(this, type, plain("default", value), minimum, maximum, step, choices));
    }

    private void checkDeclaration() {
      require(isKey(key), "key must match " + KEY);
      requireShort("unit", unit, LONGEST_NAME);
      requireShort("section", section, LONGEST_NAME);
      requireShort("owner", owner, LONGEST_NAME);
      requireShort("description", description, LONGEST_DESCRIPTION);
      require(merge.fits(type), "\"merge\" " + merge.code() + " is not for type " + type);
      require(
          stricter == null || stricter.fits(type),
          "\"stricter\" must fit type " + type + ", was "
              + (stricter == null ? "" : stricter.code()));
      require(
          atomicGroup.isEmpty() || isKey(atomicGroup),
          "\"atomic\" must match " + KEY + ", was \"" + cut(atomicGroup) + '"');
      require(
          atomicGroup.isEmpty() || merge == Merge.FIRST, "\"atomic\" is for \"merge\" first only");
      checkSchema();
      checkRange();
      checkChoices();
    }

    private void checkSchema() {
      if (schema == null) {
        return;
      }
      require(
          type.kind() == SettingType.Kind.OBJECT || type.kind() == SettingType.Kind.LIST,
          "\"schema\" is for objects and lists, not for type " + type);
      try {
        schema = PlainJson.named("\"schema\"", schema);
      } catch (IllegalArgumentException e) {
        throw bad(String.valueOf(e.getMessage()));
      }
    }

    /** As declared, or as the way of merging says. */
    private @Nullable Strictness stricterOrImplied() {
      if (stricter != null) {
        return stricter;
      }
      return switch (merge) {
        case MIN, AND -> Strictness.LOWER;
        case MAX, OR -> Strictness.HIGHER;
        default -> null;
      };
    }

    private <V> Setting<V> checked(Setting<V> setting) {
      JsonNode value = setting.defaultJson();
      require(
          value.isNull() || setting.inRange(setting.defaultValue),
          "\"default\" must be " + setting.shownRange() + ", was " + shown(value));
      require(
          value.isNull()
              || type.kind() != SettingType.Kind.ENUM
              || setting.isAllowed(setting.defaultValue),
          "\"default\" must be " + setting.shownChoices() + ", was " + shown(value));
      return setting;
    }

    private void checkRange() {
      require(
          type.ordered() || (minimum == null && maximum == null && step == null),
          "\"min\", \"max\" and \"step\" are not for type " + type);
      T least = minimum == null ? null : plain("min", minimum);
      T greatest = maximum == null ? null : plain("max", maximum);
      T by = step == null ? null : plain("step", step);
      require(
          least == null || greatest == null || type.compare(least, greatest) <= 0,
          "\"min\" must not be above \"max\", was " + least + " above " + greatest);
      require(by == null || type.isPositive(by), "\"step\" must be positive, was " + by);
      minimum = least;
      maximum = greatest;
      step = by;
    }

    private void checkChoices() {
      require(
          type.kind() != SettingType.Kind.ENUM || !choices.isEmpty(),
          "\"choices\" must not be empty for type enum");
      require(
          choices.size() <= MOST_CHOICES,
          "\"choices\" must be at most " + MOST_CHOICES + ", were " + choices.size());
      Set<JsonNode> seen = new HashSet<>();
      for (int i = 0; i < choices.size(); i++) {
        String name = "choices[" + i + "].";
        T value = plain(name + "value", choices.get(i).value());
        String label = choices.get(i).label();
        requireShort(name + "label", label, LONGEST_NAME);
        choices.set(i, new Choice<>(value, label));
        JsonNode json = type.encode(value);
        require(seen.add(json), "\"choices\" has " + shown(json) + " twice");
      }
    }

    /** The value as it comes back from JSON: finite, unchangeable by the caller. */
    private T plain(String name, T value) {
      T read;
      try {
        read = type.decode(type.encode(value));
      } catch (IllegalArgumentException e) {
        throw bad('"' + name + "\" must be " + type.rule() + ", but " + e.getMessage());
      }
      if (read == null) {
        throw bad('"' + name + "\" must be " + type.rule() + " that comes back from JSON");
      }
      return read;
    }

    private String labelOf(T value) {
      try {
        JsonNode json = type.encode(value);
        return json.isValueNode() ? json.asString() : cut(json.toString());
      } catch (IllegalArgumentException e) {
        return ""; // withDefault refuses the value and says why
      }
    }

    private void requireShort(String name, String text, int longest) {
      require(
          text.length() <= longest,
          '"' + name + "\" must be at most " + longest + " characters, was " + text.length());
    }

    private void require(boolean kept, String rule) {
      if (!kept) {
        throw bad(rule);
      }
    }

    private InvalidValueException bad(String rule) {
      return new InvalidValueException(
          new Violation(Violation.Rule.BAD_DECLARATION, cut(key), null, rule));
    }
  }
}
