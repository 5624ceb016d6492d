package dev.chasqui.app.importing;

import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nodes as JSON: {@code {"scope", "name", "parent", "groups", "priority"}}. All but {@code scope} may
 * be left out where it is obvious: the name is then the key, the parent of a company {@link
 * Scope#GLOBAL}, the groups none, the priority 0.
 */
public final class NodeJson {
  private static final List<String> MEMBERS =
      List.of("scope", "name", "parent", "groups", "priority");
  private static final Set<String> KNOWN = Set.copyOf(MEMBERS);

  private NodeJson() {}

  /**
   * Reads a node.
   *
   * @param pointer where it stands, for problems
   * @throws RefusedException if it is none; names the member and the rule
   */
  public static Node read(JsonNode json, String pointer) {
    if (!json.isObject()) {
      throw new RefusedException(
          pointer, "wrong-type", "a node must be an object with some of " + MEMBERS);
    }
    for (String name : json.propertyNames()) {
      if (!KNOWN.contains(name)) {
        throw new RefusedException(
            ValueReader.pointer(pointer, name),
            "unknown-member",
            "a node has no member \"" + name + "\", only " + MEMBERS);
      }
    }
    JsonNode scopeJson = json.get("scope");
    if (scopeJson == null) {
      throw new RefusedException(
          pointer, "missing-member", "a node needs a member \"scope\" such as \"vehicle:truck-7\"");
    }
    Scope scope = scope(scopeJson, pointer + "/scope");
    return new Node(
        scope,
        name(json.get("name"), scope, pointer + "/name"),
        parent(json.get("parent"), scope, pointer + "/parent"),
        priority(json.get("priority"), scope, pointer + "/priority"),
        groups(json.get("groups"), scope, pointer + "/groups"));
  }

  /** Writes a node; what is obvious is left out. */
  public static ObjectNode write(Node node) {
    ObjectNode json =
        JsonNodeFactory.instance.objectNode().put("scope", node.scope().toString());
    if (!node.name().equals(node.scope().key())) {
      json.put("name", node.name());
    }
    if (node.parent() != null && !(isCompany(node.scope()) && node.parent().equals(Scope.GLOBAL))) {
      json.put("parent", node.parent().toString());
    }
    if (!node.groups().isEmpty()) {
      ArrayNode groups = json.putArray("groups");
      node.groups().forEach(group -> groups.add(group.toString()));
    }
    if (node.priority() != 0) {
      json.put("priority", node.priority());
    }
    return json;
  }

  static Scope scope(JsonNode json, String pointer) {
    if (!json.isString()) {
      throw new RefusedException(
          pointer, "wrong-type", "must be level:key such as \"vehicle:truck-7\", was " + json);
    }
    try {
      return Scope.parse(json.stringValue());
    } catch (IllegalArgumentException e) {
      throw new RefusedException(pointer, "bad-scope", String.valueOf(e.getMessage()));
    }
  }

  private static String name(@Nullable JsonNode json, Scope scope, String pointer) {
    if (json == null) {
      return scope.key();
    }
    if (!json.isString()) {
      throw new RefusedException(
          pointer, "wrong-type", scope + ": name must be a string, was " + json);
    }
    return json.stringValue();
  }

  private static @Nullable Scope parent(@Nullable JsonNode json, Scope scope, String pointer) {
    if (json == null || json.isNull()) {
      return isCompany(scope) ? Scope.GLOBAL : null;
    }
    return scope(json, pointer);
  }

  private static boolean isCompany(Scope scope) {
    return scope.level().equals("company");
  }

  private static int priority(@Nullable JsonNode json, Scope scope, String pointer) {
    if (json == null) {
      return 0;
    }
    if (!json.isIntegralNumber() || !json.canConvertToInt()) {
      throw new RefusedException(
          pointer,
          "wrong-type",
          scope + ": priority must be a whole number of 32 bits, was " + json);
    }
    return json.intValue();
  }

  private static List<Scope> groups(@Nullable JsonNode json, Scope scope, String pointer) {
    if (json == null) {
      return List.of();
    }
    if (!json.isArray()) {
      throw new RefusedException(
          pointer, "wrong-type", scope + ": groups must be a list, was " + json);
    }
    List<Scope> groups = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      groups.add(scope(json.get(i), pointer + '/' + i));
    }
    return groups;
  }
}
