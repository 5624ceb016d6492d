package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Declarations as JSON: how settings declared in code reach tools that do not have the code.
 *
 * <p>A manifest is {@code {"settings": [setting, ...]}}; a setting is an object with {@code key},
 * {@code type} ({@link SettingType.Kind#code()}) and {@code default}, and where they apply
 * {@code min}, {@code max}, {@code step}, {@code choices} (a list of {@code {"value", "label"}},
 * the label optional),
 * {@code unit}, {@code description}, {@code section}, {@code owner}, {@code restartRequired}, {@code
 * merge} ({@link Merge#code()}), {@code stricter} ({@link Strictness#code()}), {@code atomic}, {@code
 * nullable} and {@code schema}. A member of another name is refused: it is more often misspelt than
 * new. Beside the settings there may be {@code "invariants": [{"name", "values": {alias: key},
 * "rule", "message"}]} and {@code "limits": {"value", "profile", "config"}} in bytes.
 */
public final class Manifest {
  private static final Set<String> MEMBERS = Set.of(
      "key",
      "type",
      "default",
      "min",
      "max",
      "step",
      "choices",
      "unit",
      "description",
      "section",
      "owner",
      "restartRequired",
      "merge",
      "stricter",
      "atomic",
      "nullable",
      "schema");

  private static final Set<String> CHOICE_MEMBERS = Set.of("value", "label");

  private Manifest() {}

  /** Writes a catalogue. */
  public static ObjectNode write(Catalogue catalogue) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode settings = json.putArray("settings");
    catalogue.settings().forEach(setting -> settings.add(write(setting)));
    if (!catalogue.invariants().isEmpty()) {
      ArrayNode invariants = json.putArray("invariants");
      catalogue.invariants().forEach(invariant -> invariants.add(write(invariant)));
    }
    SizeLimits limits = catalogue.limits();
    if (!limits.equals(SizeLimits.NONE)) {
      ObjectNode written = json.putObject("limits");
      written.put("value", limits.value());
      written.put("profile", limits.profile());
      written.put("config", limits.config());
    }
    return json;
  }

  private static ObjectNode write(Invariant invariant) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", invariant.name());
    ObjectNode values = json.putObject("values");
    invariant.values().forEach(values::put);
    json.set("rule", invariant.rule());
    json.put("message", invariant.message());
    return json;
  }

  /** Writes one declaration. */
  public static <T> ObjectNode write(Setting<T> setting) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    SettingType<T> type = setting.type();
    json.put("key", setting.key());
    json.put("type", type.kind().code());
    json.set("default", setting.defaultJson());
    putValue(json, "min", type, setting.minimum());
    putValue(json, "max", type, setting.maximum());
    putValue(json, "step", type, setting.step());
    if (!setting.choices().isEmpty()) {
      ArrayNode choices = json.putArray("choices");
      setting.choices().forEach(choice -> {
        ObjectNode written = choices.addObject();
        written.set("value", type.encode(choice.value()));
        written.put("label", choice.label());
      });
    }
    putText(json, "unit", setting.unit());
    putText(json, "description", setting.description());
    putText(json, "section", setting.section());
    putText(json, "owner", setting.owner());
    if (setting.restartRequired()) {
      json.put("restartRequired", true);
    }
    if (setting.merge() != Merge.FIRST) {
      json.put("merge", setting.merge().code());
    }
    if (setting.stricter() != null) {
      json.put("stricter", setting.stricter().code());
    }
    putText(json, "atomic", setting.atomicGroup());
    if (setting.nullable()) {
      json.put("nullable", true);
    }
    JsonNode schema = setting.schema();
    if (schema != null) {
      json.set("schema", schema);
    }
    return json;
  }

  /**
   * Reads a catalogue. Members beside {@code settings} are ignored.
   *
   * @throws IllegalArgumentException if it is no manifest; an {@link InvalidValueException} if a
   *     declaration breaks a rule
   */
  public static Catalogue read(JsonNode json) {
    JsonNode list = json.path("settings");
    if (!list.isArray()) {
      throw new IllegalArgumentException("a manifest must have a list \"settings\"");
    }
    List<Setting<?>> settings = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      settings.add(readSetting(list.get(i), "settings[" + i + ']'));
    }
    return Catalogue.of(settings)
        .withInvariants(readInvariants(json.path("invariants")))
        .withLimits(readLimits(json.path("limits")));
  }

  private static List<Invariant> readInvariants(JsonNode list) {
    if (!list.isMissingNode() && !list.isArray()) {
      throw JsonMembers.wrong("invariants", "a list", list);
    }
    List<Invariant> invariants = new ArrayList<>();
    for (JsonNode json : list) {
      String place = "invariants/" + invariants.size() + '/';
      Map<String, String> values = new TreeMap<>();
      JsonNode written = JsonMembers.required(json, place, "values");
      for (String alias : written.propertyNames()) {
        values.put(alias, JsonMembers.read(written, place + "values/", alias, SettingType.STRING));
      }
      invariants.add(new Invariant(
          JsonMembers.read(json, place, "name", SettingType.STRING),
          values,
          JsonMembers.required(json, place, "rule"),
          JsonMembers.read(json, place, "message", SettingType.STRING)));
    }
    return invariants;
  }

  private static SizeLimits readLimits(JsonNode json) {
    return json.isMissingNode()
        ? SizeLimits.NONE
        : new SizeLimits(
            readLimit(json, "value"), readLimit(json, "profile"), readLimit(json, "config"));
  }

  private static int readLimit(JsonNode json, String name) {
    Integer limit = JsonMembers.readIfThere(json, "limits/", name, SettingType.INT);
    return limit == null ? Integer.MAX_VALUE : limit;
  }

  /**
   * Reads one declaration. Enums, objects and lists get types that need no Java class: strings and
   * JSON nodes.
   *
   * @throws InvalidValueException if it breaks a rule; names the key and the member
   */
  public static Setting<?> readSetting(JsonNode json) {
    return readSetting(json, "");
  }

  /** {@code place} names a setting that has no key. */
  private static Setting<?> readSetting(JsonNode json, String place) {
    String key = json.path("key").asString(place);
    require(json.isObject(), key, "a declaration must be an object, was " + Setting.shown(json));
    requireMembers(key, json, "", MEMBERS);
    requireA(json.path("key").isString(), key, "key", "a string", json.path("key"));
    JsonNode code = json.path("type");
    SettingType<?> type = code.isString() ? SettingType.ofCode(code.stringValue()) : null;
    if (type == null) {
      throw bad(key, "type", "one of " + codes(), code);
    }
    return read(key, type, json);
  }

  private static List<String> codes() {
    return Arrays.stream(SettingType.Kind.values()).map(SettingType.Kind::code).toList();
  }

  private static void requireMembers(String key, JsonNode json, String place, Set<String> known) {
    for (String name : json.propertyNames()) {
      require(
          known.contains(name),
          key,
          '"' + place + Setting.cut(name) + "\" is no member, they are "
              + known.stream().sorted().toList());
    }
  }

  private static <T> Setting<?> read(String key, SettingType<T> type, JsonNode json) {
    Setting.Builder<T> builder = Setting.of(key, type);
    readValue(key, type, json, "min", builder::atLeast);
    readValue(key, type, json, "max", builder::atMost);
    readValue(key, type, json, "step", builder::step);
    readText(key, json, "unit", builder::unit);
    readText(key, json, "description", builder::description);
    readText(key, json, "section", builder::section);
    readText(key, json, "owner", builder::owner);
    readChoices(key, type, json.path("choices"), builder);
    JsonNode restart = json.path("restartRequired");
    requireA(
        restart.isMissingNode() || restart.isBoolean(),
        key,
        "restartRequired",
        "true or false",
        restart);
    if (restart.asBoolean(false)) {
      builder.restartRequired();
    }
    readCode(key, json, "merge", Merge.values(), Merge::code, builder::merge);
    readCode(key, json, "stricter", Strictness.values(), Strictness::code, builder::stricter);
    readText(key, json, "atomic", builder::atomic);
    JsonNode schema = json.get("schema");
    if (schema != null) {
      builder.schema(schema);
    }
    JsonNode nullable = json.path("nullable");
    requireA(
        nullable.isMissingNode() || nullable.isBoolean(),
        key,
        "nullable",
        "true or false",
        nullable);
    if (!nullable.asBoolean(false)) {
      return builder.withDefault(value(key, type, json, "", "default"));
    }
    return json.path("default").isNull()
        ? builder.optional()
        : builder.optionalWithDefault(value(key, type, json, "", "default"));
  }

  private static <E> void readCode(
      String key, JsonNode json, String name, E[] all, Function<E, String> code, Consumer<E> set) {
    JsonNode text = json.get(name);
    if (text == null) {
      return;
    }
    for (E each : all) {
      if (text.isString() && code.apply(each).equals(text.stringValue())) {
        set.accept(each);
        return;
      }
    }
    throw bad(key, name, "one of " + Arrays.stream(all).map(code).toList(), text);
  }

  private static <T> void readChoices(
      String key, SettingType<T> type, JsonNode choices, Setting.Builder<T> builder) {
    requireA(choices.isMissingNode() || choices.isArray(), key, "choices", "a list", choices);
    for (int i = 0; i < choices.size(); i++) {
      JsonNode choice = choices.get(i);
      String place = "choices[" + i + "].";
      requireMembers(key, choice, place, CHOICE_MEMBERS);
      T value = value(key, type, choice, place, "value");
      JsonNode label = choice.path("label");
      if (label.isMissingNode()) {
        builder.choiceOf(value);
      } else {
        requireA(label.isString(), key, place + "label", "a string", label);
        builder.choice(value, label.stringValue());
      }
    }
  }

  private static <T> void readValue(
      String key, SettingType<T> type, JsonNode json, String name, Consumer<T> set) {
    if (json.has(name)) {
      set.accept(value(key, type, json, "", name));
    }
  }

  private static <T> T value(
      String key, SettingType<T> type, JsonNode json, String place, String name) {
    JsonNode member = json.path(name);
    T value = type.decode(member);
    if (value == null) {
      throw bad(key, place + name, type.rule(), member);
    }
    return value;
  }

  private static void readText(String key, JsonNode json, String name, Consumer<String> set) {
    JsonNode text = json.get(name);
    if (text != null) {
      requireA(text.isString(), key, name, "a string", text);
      set.accept(text.stringValue());
    }
  }

  private static <T> void putValue(
      ObjectNode json, String name, SettingType<T> type, @Nullable T value) {
    if (value != null) {
      json.set(name, type.encode(value));
    }
  }

  private static void putText(ObjectNode json, String name, String text) {
    if (!text.isEmpty()) {
      json.put(name, text);
    }
  }

  private static void requireA(boolean kept, String key, String member, String rule, JsonNode was) {
    if (!kept) {
      throw bad(key, member, rule, was);
    }
  }

  private static void require(boolean kept, String key, String rule) {
    if (!kept) {
      throw bad(key, rule);
    }
  }

  private static InvalidValueException bad(String key, String member, String rule, JsonNode was) {
    return bad(
        key,
        '"' + member + "\" must be " + rule + ", was "
            + (was.isMissingNode() ? "missing" : Setting.shown(was)));
  }

  private static InvalidValueException bad(String key, String rule) {
    return new InvalidValueException(
        new Violation(Violation.Rule.BAD_DECLARATION, Setting.cut(key), null, rule));
  }
}
