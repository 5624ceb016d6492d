package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes a case that fails smaller while it still fails, until nothing more can go. */
final class Shrinker {
  private static final Set<String> NEEDED = Set.of("value", "revision");

  private Shrinker() {}

  static JsonNode shrink(JsonNode failing, Predicate<JsonNode> stillFails) {
    JsonNode smallest = failing;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (JsonPointer part : parts(smallest)) {
        if (smallest.at(part).isMissingNode()) {
          continue; // went with another
        }
        JsonNode without = without(smallest, part);
        if (stillFails.test(without)) {
          smallest = without;
          smaller = true;
        }
      }
    }
    return smallest;
  }

  /** What can go, large parts first; of a list the last ones first, so that places stay valid. */
  private static List<JsonPointer> parts(JsonNode config) {
    List<JsonPointer> parts = new ArrayList<>();
    addElements(parts, config, "/profiles", 0);
    addElements(parts, config, "/manifest/invariants", 0);
    addMembers(parts, config, "/manifest/limits");
    JsonNode settings = config.at("/manifest/settings");
    for (int i = settings.size() - 1; i >= 0; i--) {
      String key = settings.path(i).path("key").stringValue();
      // An invariant must not be left with a key that nobody declares.
      if (config
          .at("/manifest/invariants")
          .valueStream()
          .noneMatch(invariant -> invariant
              .path("values")
              .valueStream()
              .anyMatch(named -> named.asString("").equals(key)))) {
        parts.add(JsonPointer.compile("/manifest/settings/" + i));
      }
    }
    addMembers(parts, config, "/facts");
    for (int i = config.path("profiles").size() - 1; i >= 0; i--) {
      String entries = "/profiles/" + i + "/entries";
      addMembers(parts, config, entries);
      for (String key : config.at(entries).propertyNames()) {
        String entry = entries + '/' + key;
        addMembers(parts, config, entry);
        addElements(parts, config, entry + "/remove", 1);
        addElements(parts, config, entry + "/variants/arms", 1);
      }
    }
    return parts;
  }

  private static void addElements(
      List<JsonPointer> parts, JsonNode config, String list, int fewest) {
    for (int i = config.at(list).size() - 1; i >= fewest; i--) {
      parts.add(JsonPointer.compile(list + '/' + i));
    }
  }

  private static void addMembers(List<JsonPointer> parts, JsonNode config, String object) {
    for (String name : config.at(object).propertyNames()) {
      if (!NEEDED.contains(name)) {
        parts.add(JsonPointer.compile(object + '/' + name));
      }
    }
  }

  private static JsonNode without(JsonNode config, JsonPointer part) {
    JsonNode copy = config.deepCopy();
    JsonNode parent = copy.at(part.head());
    if (parent instanceof ArrayNode list) {
      list.remove(part.last().getMatchingIndex());
    } else if (parent instanceof ObjectNode object) {
      String name = part.last().getMatchingProperty();
      object.remove(name);
      if (name.equals("until")) {
        object.remove("then"); // which says nothing alone
      }
    }
    return copy;
  }
}
