package dev.chasqui.app.importing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A catalogue and a tree of profiles of up to four levels, in a form of its own: {@code settings.json}
 * and {@code profiles.json}. Level 1 becomes companies, 2 groups, 3 vehicles, 4 devices; below each
 * profile there is a device whose path is exactly its chain.
 */
record ProfileTree(Map<String, JsonNode> settings, Map<String, JsonNode> profiles) {
  private static final List<String> LEVELS = List.of("company", "group", "vehicle", "device");

  static ProfileTree read(Path directory) throws IOException {
    return new ProfileTree(
        byMember("key", directory.resolve("settings.json")),
        byMember("id", directory.resolve("profiles.json")));
  }

  private static Map<String, JsonNode> byMember(String name, Path file) {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    for (JsonNode each : JsonMapper.shared().readTree(file)) {
      all.put(each.get(name).stringValue(), each);
    }
    return all;
  }

  int overrides() {
    return profiles.values().stream()
        .mapToInt(profile -> profile.get("values").size())
        .sum();
  }

  /** From the root of the tree down to the profile. */
  private List<String> chain(String profile) {
    List<String> chain = new ArrayList<>();
    for (@Nullable String id = profile; id != null; id = parent(id)) {
      chain.add(id);
    }
    Collections.reverse(chain);
    return chain;
  }

  private @Nullable String parent(String profile) {
    JsonNode parent = Objects.requireNonNull(profiles.get(profile)).get("parent");
    return parent == null || parent.isNull() ? null : parent.stringValue();
  }

  /** What a device right below the profile must run with, worked out from the files alone. */
  Map<String, Double> effective(String profile) {
    Map<String, Double> values = new HashMap<>();
    settings.forEach((key, setting) -> values.put(key, setting.get("default").doubleValue()));
    for (String id : chain(profile)) {
      for (Map.Entry<String, JsonNode> entry : member(id).properties()) {
        JsonNode setting = settings.get(entry.getKey());
        double value = entry.getValue().doubleValue();
        if (setting != null
            && value >= setting.path("min").asDouble(-Double.MAX_VALUE)
            && value <= setting.path("max").asDouble(Double.MAX_VALUE)
            && (!setting.has("values")
                || setting.get("values").propertyNames().stream()
                    .anyMatch(code -> Double.parseDouble(code) == value))) {
          values.put(entry.getKey(), value);
        }
      }
    }
    return values;
  }

  private JsonNode member(String profile) {
    return Objects.requireNonNull(profiles.get(profile)).get("values");
  }

  private static String key(String profile) {
    return profile.replace("/", ".").replaceAll("[^A-Za-z0-9._-]", "-");
  }

  String deviceOf(String profile) {
    return chain(profile).size() == 4 ? key(profile) : "below." + key(profile);
  }

  ObjectNode toImport() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode declarations = document.putArray("settings");
    settings.values().forEach(setting -> declarations.add(declaration(setting)));
    ArrayNode fleet = document.putArray("fleet");
    profiles.keySet().forEach(profile -> addNodes(profile, fleet));
    ArrayNode written = document.putArray("profiles");
    profiles.forEach((id, profile) -> {
      ObjectNode to = written.addObject();
      to.put("scope", scope(chain(id)));
      to.set("entries", profile.get("values"));
    });
    return document;
  }

  private static ObjectNode declaration(JsonNode setting) {
    boolean whole = setting.get("type").stringValue().equals("int");
    ObjectNode declaration = JsonNodeFactory.instance.objectNode();
    declaration.put("type", whole ? "int" : "double");
    copy(setting, "key", declaration, "key");
    copy(setting, "default", declaration, "default");
    copy(setting, "min", declaration, "min");
    copy(setting, "max", declaration, "max");
    copy(setting, "unit", declaration, "unit");
    copy(setting, "description", declaration, "description");
    copy(setting, "group", declaration, "section");
    copy(setting, "increment", declaration, "step");
    copy(setting, "rebootRequired", declaration, "restartRequired");
    if (setting.has("values")) {
      ArrayNode choices = declaration.putArray("choices");
      setting
          .get("values")
          .properties()
          .forEach(choice -> choices
              .addObject()
              .put("value", Double.parseDouble(choice.getKey()))
              .put("label", choice.getValue().stringValue()));
    }
    return declaration;
  }

  private static void copy(JsonNode from, String name, ObjectNode to, String as) {
    if (from.has(name)) {
      to.set(as, from.get(name));
    }
  }

  private static String scope(List<String> chain) {
    return LEVELS.get(chain.size() - 1) + ':' + key(chain.get(chain.size() - 1));
  }

  private void addNodes(String profile, ArrayNode fleet) {
    List<String> chain = chain(profile);
    String company = scope(chain.subList(0, 1));
    int depth = chain.size();
    addNode(
        fleet,
        scope(chain),
        depth == 1 ? "global:all" : depth == 4 ? scope(chain.subList(0, 3)) : company,
        depth == 3 ? scope(chain.subList(0, 2)) : null);
    if (depth <= 2) {
      String vehicle = "vehicle:below." + key(profile);
      addNode(fleet, vehicle, company, depth == 2 ? scope(chain) : null);
      addNode(fleet, "device:" + deviceOf(profile), vehicle, null);
    } else if (depth == 3) {
      addNode(fleet, "device:" + deviceOf(profile), scope(chain), null);
    }
  }

  private static void addNode(
      ArrayNode fleet, String scope, String parent, @Nullable String group) {
    ObjectNode node = fleet.addObject().put("scope", scope).put("parent", parent);
    if (group != null) {
      node.putArray("groups").add(group);
    }
  }
}
