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
   * @throws JsonFormatException if it is no profile
   */
  public static Profile readProfile(JsonNode json) {
    return readProfile(JsonPlace.of(json));
  }

  /**
   * As {@link #readProfile(JsonNode)}, out of text.
   *
   * @throws JsonFormatException if it is no profile, or no JSON without a name twice in an object
   */
  public static Profile readProfile(String json) {
    return readProfile(JsonPlace.parse(json));
  }

  private static Profile readProfile(JsonPlace place) {
    Scope scope = readScope(place);
    long revision = place.read("revision", SettingType.LONG);
    int priority = place.read("priority", SettingType.INT);
    Map<String, Entry> entries = readEntries(place.required("entries"));
    return place.make(() -> new Profile(scope, revision, priority, entries));
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
   * @throws JsonFormatException if it is no edits
   */
  public static ProfileEdits readEdits(JsonNode json) {
    return readEdits(JsonPlace.of(json));
  }

  /**
   * As {@link #readEdits(JsonNode)}, out of text.
   *
   * @throws JsonFormatException if it is no edits, or no JSON without a name twice in an object
   */
  public static ProfileEdits readEdits(String json) {
    return readEdits(JsonPlace.parse(json));
  }

  private static ProfileEdits readEdits(JsonPlace place) {
    Scope scope = readScope(place);
    long from = place.read("from", SettingType.LONG);
    long revision = place.read("revision", SettingType.LONG);
    Map<String, Entry> set = readEntries(place.required("set"));
    Set<String> removed = new TreeSet<>();
    for (JsonPlace key : place.required("removed").elements()) {
      removed.add(readKey(key, key.read(SettingType.STRING)));
    }
    Integer priority = place.readIfThere("priority", SettingType.INT);
    return place.make(() -> new ProfileEdits(scope, from, revision, set, removed, priority));
  }

  /** Writes one entry, as {@link #write(Profile)} does. */
  public static ObjectNode write(Entry entry) {
    return EntryJson.write(entry);
  }

  /**
   * Reads what {@link #write(Entry)} wrote.
   *
   * @throws JsonFormatException if it is no entry
   */
  public static Entry readEntry(JsonNode json) {
    return EntryJson.read(JsonPlace.of(json));
  }

  private static ObjectNode writeEntries(Map<String, Entry> entries) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    entries.forEach((key, entry) -> json.set(key, EntryJson.write(entry)));
    return json;
  }

  private static Map<String, Entry> readEntries(JsonPlace place) {
    Map<String, Entry> entries = new TreeMap<>();
    place
        .members()
        .forEach((key, entry) -> entries.put(readKey(entry, key), EntryJson.read(entry)));
    return entries;
  }

  private static String readKey(JsonPlace place, String key) {
    return place.make(() -> {
      Setting.requireKey(key, "a setting's key");
      return key;
    });
  }

  private static Scope readScope(JsonPlace place) {
    JsonPlace scope = place.required("scope");
    return scope.make(() -> Scope.parse(scope.read(SettingType.STRING)));
  }
}
