package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
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
  private static final Set<String> INVARIANT_MEMBERS = Set.of("name", "values", "rule", "message");
  private static final Set<String> LIMIT_MEMBERS = Set.of("value", "profile", "config");

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
   * Reads a catalogue. Members beside those named above are ignored.
   *
   * @throws JsonFormatException if it is no manifest, or a declaration contradicts itself or another
   */
  public static Catalogue read(JsonNode json) {
    return read(JsonPlace.of(json));
  }

  /**
   * As {@link #read(JsonNode)}, out of text.
   *
   * @throws JsonFormatException also if it is no JSON without a name twice in an object
   */
  public static Catalogue read(String json) {
    return read(JsonPlace.parse(json));
  }

  private static Catalogue read(JsonPlace place) {
    List<Setting<?>> settings = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (JsonPlace each : place.required("settings").elements()) {
      Setting<?> setting = readSetting(each);
      if (!keys.add(setting.key())) {
        throw each.required("key").wrong('"' + setting.key() + "\" is declared twice");
      }
      settings.add(setting);
    }
    List<Invariant> invariants = new ArrayList<>();
    for (JsonPlace invariant : place.elements("invariants")) {
      invariants.add(readInvariant(invariant));
    }
    SizeLimits limits = readLimits(place.member("limits"));
    return place.make(() -> Catalogue.of(settings).withInvariants(invariants).withLimits(limits));
  }

  private static Invariant readInvariant(JsonPlace place) {
    requireMembers(place, INVARIANT_MEMBERS);
    String name = place.read("name", SettingType.STRING);
    Map<String, String> values = new TreeMap<>();
    place
        .required("values")
        .members()
        .forEach((alias, key) -> values.put(alias, key.read(SettingType.STRING)));
    JsonNode rule = place.required("rule").json();
    String message = place.read("message", SettingType.STRING);
    return place.make(() -> new Invariant(name, values, rule, message));
  }

  private static SizeLimits readLimits(@Nullable JsonPlace place) {
    return place == null
        ? SizeLimits.NONE
        : place.make(() -> {
          requireMembers(place, LIMIT_MEMBERS);
          return new SizeLimits(
              readLimit(place, "value"), readLimit(place, "profile"), readLimit(place, "config"));
        });
  }

  private static int readLimit(JsonPlace place, String name) {
    Integer limit = place.readIfThere(name, SettingType.INT);
    return limit == null ? Integer.MAX_VALUE : limit;
  }

  /**
   * Reads one declaration. Enums, objects and lists get types that need no Java class: strings and
   * JSON nodes.
   *
   * @throws JsonFormatException if it is no declaration or contradicts itself
   */
  public static Setting<?> readSetting(JsonNode json) {
    return readSetting(JsonPlace.of(json));
  }

  /**
   * As {@link #readSetting(JsonNode)}, out of text.
   *
   * @throws JsonFormatException also if it is no JSON without a name twice in an object
   */
  public static Setting<?> readSetting(String json) {
    return readSetting(JsonPlace.parse(json));
  }

  private static Setting<?> readSetting(JsonPlace place) {
    requireMembers(place, MEMBERS);
    String key = place.read("key", SettingType.STRING);
    JsonPlace code = place.required("type");
    SettingType<?> type =
        code.json().isString() ? SettingType.ofCode(code.json().stringValue()) : null;
    if (type == null) {
      throw code.mustBe("one of " + codes());
    }
    return place.make(() -> readSetting(key, type, place));
  }

  private static List<String> codes() {
    return Arrays.stream(SettingType.Kind.values()).map(SettingType.Kind::code).toList();
  }

  private static void requireMembers(JsonPlace place, Set<String> known) {
    place.members().forEach((name, member) -> {
      if (!known.contains(name)) {
        throw member.wrong("is no member, they are " + known.stream().sorted().toList());
      }
    });
  }

  private static <T> Setting<?> readSetting(String key, SettingType<T> type, JsonPlace place) {
    Setting.Builder<T> builder = Setting.of(key, type);
    readIfThere(place, "min", type, builder::atLeast);
    readIfThere(place, "max", type, builder::atMost);
    readIfThere(place, "step", type, builder::step);
    readIfThere(place, "unit", SettingType.STRING, builder::unit);
    readIfThere(place, "description", SettingType.STRING, builder::description);
    readIfThere(place, "section", SettingType.STRING, builder::section);
    readIfThere(place, "owner", SettingType.STRING, builder::owner);
    for (JsonPlace choice : place.elements("choices")) {
      readChoice(type, choice, builder);
    }
    readIfThere(place, "restartRequired", SettingType.BOOLEAN, required -> {
      if (required) {
        builder.restartRequired();
      }
    });
    readCode(place.member("merge"), Merge.values(), Merge::code, builder::merge);
    readCode(place.member("stricter"), Strictness.values(), Strictness::code, builder::stricter);
    readIfThere(place, "atomic", SettingType.STRING, builder::atomic);
    JsonPlace schema = place.member("schema");
    if (schema != null) {
      builder.schema(schema.json());
    }
    boolean nullable = Boolean.TRUE.equals(place.readIfThere("nullable", SettingType.BOOLEAN));
    JsonPlace byDefault = place.required("default");
    if (!nullable) {
      return builder.withDefault(byDefault.read(type));
    }
    return byDefault.json().isNull()
        ? builder.optional()
        : builder.optionalWithDefault(byDefault.read(type));
  }

  private static <T> void readIfThere(
      JsonPlace place, String name, SettingType<T> type, Consumer<T> set) {
    T value = place.readIfThere(name, type);
    if (value != null) {
      set.accept(value);
    }
  }

  private static <E> void readCode(
      @Nullable JsonPlace place, E[] all, Function<E, String> code, Consumer<E> set) {
    if (place == null) {
      return;
    }
    for (E each : all) {
      if (place.json().isString() && code.apply(each).equals(place.json().stringValue())) {
        set.accept(each);
        return;
      }
    }
    throw place.mustBe("one of " + Arrays.stream(all).map(code).toList());
  }

  private static <T> void readChoice(
      SettingType<T> type, JsonPlace place, Setting.Builder<T> builder) {
    requireMembers(place, CHOICE_MEMBERS);
    T value = place.read("value", type);
    String label = place.readIfThere("label", SettingType.STRING);
    if (label == null) {
      builder.choiceOf(value);
    } else {
      builder.choice(value, label);
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
}
