package dev.chasqui.hierarchicalconfig;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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

  /** {@code {"scope", "revision", "priority", "entries": {key: {"value", "revision", "author"}}}}. */
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
        whole(json, "revision"),
        Math.toIntExact(whole(json, "priority")),
        readEntries(json, "entries"));
  }

  /** {@code {"scope", "from", "revision", "set": {key: entry}, "removed": [key]}}. */
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
    Set<String> removed = new HashSet<>();
    for (JsonNode key : member(json, "removed")) {
      require(key.isString(), "removed", "a list of strings", key);
      removed.add(key.stringValue());
    }
    return new ProfileEdits(
        readScope(json),
        whole(json, "from"),
        whole(json, "revision"),
        readEntries(json, "set"),
        removed);
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
    JsonNode entries = member(json, name);
    require(entries.isObject(), name, "an object", entries);
    Map<String, Entry> read = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      JsonNode author = entry.getValue().path("author");
      read.put(
          entry.getKey(),
          new Entry(
              member(entry.getValue(), "value"),
              whole(entry.getValue(), "revision"),
              author.isString() ? author.stringValue() : ""));
    }
    return read;
  }

  private static Scope readScope(JsonNode json) {
    JsonNode scope = member(json, "scope");
    require(scope.isString(), "scope", "level:key", scope);
    return Scope.parse(scope.stringValue());
  }

  private static long whole(JsonNode json, String name) {
    JsonNode number = member(json, name);
    require(number.isIntegralNumber() && number.canConvertToLong(), name, "a whole number", number);
    return number.longValue();
  }

  private static JsonNode member(JsonNode json, String name) {
    JsonNode member = json.get(name);
    if (member == null) {
      throw new IllegalArgumentException("member \"" + name + "\" is missing");
    }
    return member;
  }

  private static void require(boolean kept, String name, String rule, JsonNode was) {
    if (!kept) {
      throw new IllegalArgumentException(
          "member \"" + name + "\" must be " + rule + ", was " + was.getNodeType());
    }
  }
}
