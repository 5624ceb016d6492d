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

  /**
   * Writes {@code {"scope", "revision", "priority", "entries": {key: entry}}}. An entry is {@code
   * {"value", "revision"}} and, where they are not empty, {@code "author"}, {@code "remove"} (a
   * list), {@code "binding"} ({@code "mandatory"}, {@code "narrow-only"}, {@code {"min", "max"}} or
   * {@code {"choices"}}), {@code "from"}, {@code "until"} (RFC 3339 in UTC), {@code "then"}, {@code
   * "when"}, {@code "variants"} ({@code {"seed", "by", "arms": [{"name", "weight", "value"}]}}).
   */
  public static ObjectNode write(Profile profile) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("scope", profile.scope().toString());
    json.put("revision", profile.revision());
    json.put("priority", profile.priority());
    json.set("entries", writeEntries(profile.plainEntries()));
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

  /**
   * Writes {@code {"scope", "from", "revision", "set": {key: entry}, "removed": [key]}}, and {@code
   * "priority"} where it changes.
   */
  public static ObjectNode write(ProfileEdits edits) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("scope", edits.scope().toString());
    json.put("from", edits.from());
    json.put("revision", edits.revision());
    json.set("set", writeEntries(edits.set()));
    ArrayNode removed = json.putArray("removed");
    edits.removed().forEach(removed::add);
    if (edits.priority() != null) {
      json.put("priority", edits.priority());
    }
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
        readKeys(json, "removed"),
        JsonMembers.readIfThere(json, "", "priority", SettingType.INT));
  }

  private static ObjectNode writeEntries(Map<String, Entry> entries) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    entries.forEach((key, entry) -> json.set(key, EntryJson.write(entry)));
    return json;
  }

  private static Map<String, Entry> readEntries(JsonNode json, String name) {
    JsonNode entries = member(json, "", name);
    require(entries.isObject(), name, "an object", entries);
    Map<String, Entry> read = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      read.put(
          entry.getKey(),
          EntryJson.read(entry.getValue(), name + '/' + Setting.cut(entry.getKey()) + '/'));
    }
    return read;
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
    return JsonMembers.read(json, place, name, type);
  }

  private static JsonNode member(JsonNode json, String place, String name) {
    return JsonMembers.required(json, place, name);
  }

  private static void require(boolean kept, String name, String rule, JsonNode was) {
    if (!kept) {
      throw JsonMembers.wrong(name, rule, was);
    }
  }
}
