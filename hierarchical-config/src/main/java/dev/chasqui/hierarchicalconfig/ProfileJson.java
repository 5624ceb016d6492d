package dev.chasqui.hierarchicalconfig;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Profiles and their edits as JSON, as they are stored and sent. Members that this software does not
 * know are ignored; what it needs and does not find, or finds of a wrong type, is refused.
 */
public final class ProfileJson {
  private ProfileJson() {}

  /** Writes {@code {"scope", "revision", "priority", "entries": {key: {"value", "revision", "author"}}}}. */
  public static ObjectNode write(Profile profile) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("scope", profile.scope().toString());
    json.put("revision", profile.revision());
    json.put("priority", profile.priority());
    json.set("entries", writeEntries(profile.entries()));
    return json;
  }

  /**
   * Reads what {@link #write(Profile)} wrote.
   *
   * @throws IllegalArgumentException if it is no profile; names the member at fault
   */
  public static Profile readProfile(JsonNode json) {
    return new Profile(
        readScope(json),
        read(json, "", "revision", SettingType.LONG),
        read(json, "", "priority", SettingType.INT),
        readEntries(json, "entries"));
  }

  /** Writes {@code {"scope", "from", "revision", "set": {key: entry}, "removed": [key]}}. */
  public static ObjectNode write(ProfileEdits edits) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("scope", edits.scope().toString());
    json.put("from", edits.from());
    json.put("revision", edits.revision());
    json.set("set", writeEntries(edits.set()));
    ArrayNode removed = json.putArray("removed");
    edits.removed().forEach(removed::add);
    return json;
  }

  /**
   * Reads what {@link #write(ProfileEdits)} wrote.
   *
   * @throws IllegalArgumentException if it is no edits; names the member at fault
   */
  public static ProfileEdits readEdits(JsonNode json) {
    return new ProfileEdits(
        readScope(json),
        read(json, "", "from", SettingType.LONG),
        read(json, "", "revision", SettingType.LONG),
        readEntries(json, "set"),
        readKeys(json, "removed"));
  }

  private static ObjectNode writeEntries(Map<String, Entry> entries) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    entries.forEach((key, entry) -> {
      ObjectNode written = json.putObject(key);
      written.set("value", entry.value());
      written.put("revision", entry.revision());
      if (!entry.author().isEmpty()) {
        written.put("author", entry.author());
      }
    });
    return json;
  }

  private static Map<String, Entry> readEntries(JsonNode json, String name) {
    JsonNode entries = member(json, "", name);
    require(entries.isObject(), name, "an object", entries);
    Map<String, Entry> read = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      read.put(
          entry.getKey(), readEntry(entry.getValue(), name + '/' + Setting.cut(entry.getKey())));
    }
    return read;
  }

  private static Entry readEntry(JsonNode json, String place) {
    JsonNode value = member(json, place + '/', "value");
    long revision = read(json, place + '/', "revision", SettingType.LONG);
    String author = json.has("author") ? read(json, place + '/', "author", SettingType.STRING) : "";
    try {
      return new Entry(value, revision, author);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("member \"" + place + "\": " + e.getMessage(), e);
    }
  }

  private static Set<String> readKeys(JsonNode json, String name) {
    JsonNode keys = member(json, "", name);
    require(keys.isArray(), name, "a list of strings", keys);
    Set<String> read = new TreeSet<>();
    for (JsonNode key : keys) {
      require(key.isString(), name, "a list of strings", key);
      read.add(key.stringValue());
    }
    return read;
  }

  private static Scope readScope(JsonNode json) {
    return Scope.parse(read(json, "", "scope", SettingType.STRING));
  }

  private static <T> T read(JsonNode json, String place, String name, SettingType<T> type) {
    JsonNode member = member(json, place, name);
    T value = type.decode(member);
    if (value == null) {
      throw wrong(place + name, type.rule(), member);
    }
    return value;
  }

  private static JsonNode member(JsonNode json, String place, String name) {
    JsonNode member = json.get(name);
    if (member == null) {
      throw new IllegalArgumentException("member \"" + place + name + "\" is missing");
    }
    return member;
  }

  private static void require(boolean kept, String name, String rule, JsonNode was) {
    if (!kept) {
      throw wrong(name, rule, was);
    }
  }

  private static IllegalArgumentException wrong(String name, String rule, JsonNode was) {
    return new IllegalArgumentException(
        "member \"" + name + "\" must be " + rule + ", was " + Setting.shown(was));
  }
}
