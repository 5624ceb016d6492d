package dev.chasqui.hierarchicalconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Puts lists and objects of several entries together: SPEC.md, rule 6.4. Changes no argument. */
final class StructuralMerge {
  private StructuralMerge() {}

  /** {@code wider} without what {@code remove} names, and with {@code value} merged in. */
  static JsonNode apply(Merge merge, JsonNode wider, List<JsonNode> remove, JsonNode value) {
    if (merge.ofLists()) {
      return join(merge == Merge.UNION, without(wider, remove), value);
    }
    ObjectNode left = (ObjectNode) wider.deepCopy();
    for (JsonNode pointer : remove) {
      removeMember(left, JsonPointer.compile(pointer.stringValue()));
    }
    return overlay(merge, left, value);
  }

  /** What is wrong with what an entry takes out, or null. */
  static @Nullable String problem(Merge merge, JsonNode removed) {
    if (merge.ofLists()) {
      return null;
    }
    if (!removed.isString() || !isPointer(removed.stringValue())) {
      return "must be JSON pointers to members";
    }
    return merge == Merge.HASH && removed.stringValue().lastIndexOf('/') > 0
        ? "must be JSON pointers of one step"
        : null;
  }

  /** Whether it is a JSON pointer (RFC 6901) of at least one step. */
  static boolean isPointer(String text) {
    if (!text.startsWith("/")) {
      return false;
    }
    for (int at = text.indexOf('~'); at >= 0; at = text.indexOf('~', at + 1)) {
      if (at + 1 == text.length() || (text.charAt(at + 1) != '0' && text.charAt(at + 1) != '1')) {
        return false;
      }
    }
    return true;
  }

  private static void removeMember(ObjectNode from, JsonPointer pointer) {
    JsonNode parent = from.at(pointer.head());
    if (parent instanceof ObjectNode object) {
      object.remove(pointer.last().getMatchingProperty());
    }
  }

  private static ArrayNode without(JsonNode list, List<JsonNode> remove) {
    ArrayNode left = JsonNodeFactory.instance.arrayNode();
    for (JsonNode element : list) {
      if (!remove.contains(element)) {
        left.add(element);
      }
    }
    return left;
  }

  private static ArrayNode join(boolean once, JsonNode wider, JsonNode value) {
    ArrayNode joined = JsonNodeFactory.instance.arrayNode();
    wider.forEach(joined::add);
    for (JsonNode element : value) {
      if (!once || !contains(joined, element)) {
        joined.add(element);
      }
    }
    return joined;
  }

  private static boolean contains(ArrayNode list, JsonNode element) {
    for (JsonNode each : list) {
      if (each.equals(element)) {
        return true;
      }
    }
    return false;
  }

  private static ObjectNode overlay(Merge merge, ObjectNode wider, JsonNode value) {
    value.properties().forEach(member -> {
      JsonNode under = wider.get(member.getKey());
      wider.set(
          member.getKey(),
          under == null ? member.getValue() : combine(merge, under, member.getValue()));
    });
    return wider;
  }

  private static JsonNode combine(Merge merge, JsonNode wider, JsonNode value) {
    if (merge != Merge.HASH && wider instanceof ObjectNode under && value.isObject()) {
      return overlay(merge, under, value);
    }
    boolean joins = merge == Merge.DEEP_APPEND || merge == Merge.DEEP_UNION;
    return joins && wider.isArray() && value.isArray()
        ? join(merge == Merge.DEEP_UNION, wider, value)
        : value;
  }
}
