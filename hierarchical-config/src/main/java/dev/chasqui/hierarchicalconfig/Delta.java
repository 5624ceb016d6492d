package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What leads from one JSON object to another (SPEC.md, section 14): from one revision of a profile to a later one, from one
 * {@linkplain EffectiveConfig#content() content} to another. A JSON Merge Patch (RFC 7396) where that is
 * exact; where it is not, because a {@code null} is to be set, operations on members. Lists are
 * replaced whole. Immutable.
 *
 * <p>As JSON: {@code {"merge": patch}}, or {@code {"operations": [{"path", "value"}]}} with JSON
 * pointers (RFC 6901), where an operation without {@code value} takes the member out.
 */
public sealed interface Delta {
  /**
   * The delta that {@link #apply} makes {@code to} of {@code from} with. What is the same in both does
   * not show in it.
   *
   * @throws IllegalArgumentException if one of them is no plain JSON, or nested deeper than 64
   */
  static Delta between(ObjectNode from, ObjectNode to) {
    ObjectNode plainFrom = (ObjectNode) PlainJson.named("what the delta is from", from);
    ObjectNode plainTo = (ObjectNode) PlainJson.named("what the delta is to", to);
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    if (MergePatch.between(plainFrom, plainTo, patch)) {
      return new MergePatch(patch);
    }
    List<Operation> operations = new ArrayList<>();
    Operations.between("", plainFrom, plainTo, operations);
    return new Operations(operations);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws JsonFormatException if it is no delta
   */
  static Delta read(JsonNode json) {
    return read(JsonPlace.of(json));
  }

  /**
   * As {@link #read(JsonNode)}, out of text.
   *
   * @throws JsonFormatException if it is no delta, or no JSON without a name twice in an object
   */
  static Delta read(String json) {
    return read(JsonPlace.parse(json));
  }

  private static Delta read(JsonPlace place) {
    JsonPlace patch = place.member("merge");
    JsonPlace operations = place.member("operations");
    if ((patch == null) == (operations == null)) {
      throw place.wrong("must have either \"merge\" or \"operations\"");
    }
    if (patch != null) {
      if (!(patch.json() instanceof ObjectNode object)) {
        throw patch.mustBe("an object");
      }
      return patch.make(() -> new MergePatch(object));
    }
    List<Operation> read = new ArrayList<>();
    for (JsonPlace operation : place.required("operations").elements()) {
      String path = operation.read("path", SettingType.STRING);
      read.add(operation.make(() -> new Operation(path, operation.json().get("value"))));
    }
    return new Operations(read);
  }

  /**
   * What becomes of {@code from}, which stays as it is.
   *
   * @throws IllegalArgumentException if an operation is about a member of something that is not
   *     there or no object; names its path
   */
  ObjectNode apply(ObjectNode from);

  /** Whether it changes nothing. */
  boolean isEmpty();

  /** The form that {@link #read} reads. */
  ObjectNode toJson();

  /**
   * By JSON Merge Patch.
   *
   * @param patch members to set, and, where they are {@code null}, to take out
   */
  record MergePatch(ObjectNode patch) implements Delta {
    /**
     * Copies the patch.
     *
     * @throws IllegalArgumentException if it is no plain JSON
     */
    public MergePatch {
      patch = (ObjectNode) PlainJson.named("\"/merge\"", patch);
    }

    /** A copy, so that a delta never changes. */
    @Override
    public ObjectNode patch() {
      return patch.deepCopy();
    }

    @Override
    public ObjectNode apply(ObjectNode from) {
      return merge(from.deepCopy(), patch);
    }

    private static ObjectNode merge(ObjectNode target, JsonNode patch) {
      for (Map.Entry<String, JsonNode> member : patch.properties()) {
        String name = member.getKey();
        JsonNode value = member.getValue();
        if (value.isNull()) {
          target.remove(name);
        } else if (value.isObject()) {
          JsonNode under = target.get(name);
          target.set(
              name,
              merge(under instanceof ObjectNode object ? object : target.objectNode(), value));
        } else {
          target.set(name, value.deepCopy());
        }
      }
      return target;
    }

    /** Whether {@code patch}, which it fills, is exact. */
    private static boolean between(ObjectNode from, ObjectNode to, ObjectNode patch) {
      for (String name : from.propertyNames()) {
        if (!to.has(name)) {
          patch.putNull(name);
        }
      }
      for (Map.Entry<String, JsonNode> member : to.properties()) {
        JsonNode before = from.get(member.getKey());
        JsonNode after = member.getValue();
        if (after.equals(before)) {
          continue;
        }
        if (after.isNull()) {
          return false;
        }
        if (after instanceof ObjectNode object) {
          ObjectNode inner = patch.putObject(member.getKey());
          // What is no object is replaced by an empty one before it is patched.
          if (!between(before instanceof ObjectNode o ? o : patch.objectNode(), object, inner)) {
            return false;
          }
        } else {
          patch.set(member.getKey(), after);
        }
      }
      return true;
    }

    @Override
    public boolean isEmpty() {
      return patch.isEmpty();
    }

    @Override
    public ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.set("merge", patch());
      return json;
    }
  }

  /**
   * By operations, made one after the other.
   *
   * @param operations on different members
   */
  record Operations(List<Operation> operations) implements Delta {
    public Operations {
      operations = List.copyOf(operations);
    }

    @Override
    public ObjectNode apply(ObjectNode from) {
      ObjectNode target = from.deepCopy();
      operations.forEach(operation -> operation.apply(target));
      return target;
    }

    private static void between(
        String path, ObjectNode from, ObjectNode to, List<Operation> operations) {
      for (String name : from.propertyNames()) {
        if (!to.has(name)) {
          operations.add(new Operation(step(path, name), null));
        }
      }
      for (Map.Entry<String, JsonNode> member : to.properties()) {
        JsonNode before = from.get(member.getKey());
        JsonNode after = member.getValue();
        String at = step(path, member.getKey());
        if (before instanceof ObjectNode one && after instanceof ObjectNode two) {
          between(at, one, two, operations);
        } else if (!after.equals(before)) {
          operations.add(new Operation(at, after));
        }
      }
    }

    private static String step(String path, String name) {
      return path + '/' + name.replace("~", "~0").replace("/", "~1");
    }

    @Override
    public boolean isEmpty() {
      return operations.isEmpty();
    }

    @Override
    public ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      ArrayNode list = json.putArray("operations");
      for (Operation operation : operations) {
        ObjectNode written = list.addObject();
        written.put("path", operation.path());
        JsonNode value = operation.value();
        if (value != null) {
          written.set("value", value);
        }
      }
      return json;
    }
  }

  /**
   * Sets a member of an object, or takes it out.
   *
   * @param path JSON pointer of the member
   * @param value what it is set to, JSON {@code null} being a value; null to take it out
   */
  record Operation(String path, @Nullable JsonNode value) {
    /**
     * Copies the value.
     *
     * @throws IllegalArgumentException if the path is no JSON pointer to a member, is deeper than 64
     *     steps, or the value is no plain JSON
     */
    public Operation {
      if (!StructuralMerge.isPointer(path)) {
        throw new IllegalArgumentException(
            "path must be a JSON pointer to a member, was \"" + Setting.cut(path) + '"');
      }
      if (path.chars().filter(c -> c == '/').count() > PlainJson.MAXIMUM_DEPTH) {
        throw new IllegalArgumentException("path must have at most " + PlainJson.MAXIMUM_DEPTH
            + " steps, was \"" + Setting.cut(path) + '"');
      }
      value = value == null
          ? null
          : PlainJson.named("the value for \"" + Setting.cut(path) + '"', value);
    }

    /** A copy for objects and lists. */
    @Override
    public @Nullable JsonNode value() {
      return value == null ? null : value.deepCopy();
    }

    private void apply(ObjectNode target) {
      JsonPointer pointer = JsonPointer.compile(path);
      JsonNode parent = target;
      for (JsonPointer step = pointer; !step.tail().matches(); step = step.tail()) {
        parent = parent.isObject() ? parent.path(step.getMatchingProperty()) : parent.path("");
      }
      if (!(parent instanceof ObjectNode object)) {
        throw new IllegalArgumentException(
            "there is no object with the member \"" + Setting.cut(path) + '"');
      }
      String name = pointer.last().getMatchingProperty();
      if (value == null) {
        object.remove(name);
      } else {
        object.set(name, value.deepCopy());
      }
    }
  }
}
