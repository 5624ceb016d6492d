package dev.chasqui.hierarchicalconfig;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What SPEC.md says of the values of one setting, for {@link NaiveResolver}: sections 2, 3.5, 5.4 and
 * 6.4, word by word.
 *
 * @param declaration as in a manifest; missing for an unknown key
 */
record NaiveSetting(JsonNode declaration) {
  private static final Set<String> ORDERED = Set.of("int", "long", "double", "duration");
  private static final String STEP = "/([^~/]|~[01])*";
  private static final String DURATION =
      "P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]{1,9})?S)?)?";

  boolean unknown() {
    return declaration.isMissingNode();
  }

  String merge() {
    return declaration.path("merge").asString("first");
  }

  private String type() {
    return declaration.path("type").asString("");
  }

  /** Empty if it is not known (2.4). */
  private String stricter() {
    return declaration
        .path("stricter")
        .asString(
            switch (merge()) {
              case "min", "and" -> "lower";
              case "max", "or" -> "higher";
              default -> "";
            });
  }

  /** Whether two values are the same, of any setting: the head of SPEC.md. */
  static boolean same(JsonNode one, JsonNode other) {
    if (one.isNumber() && other.isNumber()) {
      return one.decimalValue().compareTo(other.decimalValue()) == 0;
    }
    if (one.isArray() && other.isArray()) {
      boolean same = one.size() == other.size();
      for (int i = 0; same && i < one.size(); i++) {
        same = same(one.path(i), other.path(i));
      }
      return same;
    }
    if (one.isObject() && other.isObject()) {
      return Set.copyOf(one.propertyNames()).equals(Set.copyOf(other.propertyNames()))
          && one.propertyStream()
              .allMatch(member -> same(member.getValue(), other.path(member.getKey())));
    }
    return one.equals(other);
  }

  static boolean contains(JsonNode list, JsonNode value) {
    return list.valueStream().anyMatch(element -> same(element, value));
  }

  /** Bytes of the canonical form (10.1). */
  static long size(JsonNode value) {
    StringBuilder text = new StringBuilder();
    CanonicalJson.write(value, text);
    return text.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  /** Below zero if {@code one} is the lesser; both are of this ordered type, or booleans. */
  int compare(JsonNode one, JsonNode other) {
    return switch (type()) {
      case "boolean" -> Boolean.compare(one.booleanValue(), other.booleanValue());
      case "duration" ->
        Duration.parse(one.stringValue()).compareTo(Duration.parse(other.stringValue()));
      default -> one.decimalValue().compareTo(other.decimalValue());
    };
  }

  private boolean ofType(JsonNode value) {
    return switch (type()) {
      case "int" -> isWhole(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "long" -> isWhole(value, Long.MIN_VALUE, Long.MAX_VALUE);
      case "double" -> value.isNumber() && Double.isFinite(value.asDouble());
      case "boolean" -> value.isBoolean();
      case "string", "enum" -> value.isString();
      case "duration" -> value.isString() && value.stringValue().matches(DURATION);
      case "object" -> value.isObject();
      default -> value.isArray() && value.valueStream().noneMatch(JsonNode::isNull);
    };
  }

  private static boolean isWhole(JsonNode value, long least, long greatest) {
    return value.isNumber()
        && value.decimalValue().stripTrailingZeros().scale() <= 0
        && value.decimalValue().compareTo(BigDecimal.valueOf(least)) >= 0
        && value.decimalValue().compareTo(BigDecimal.valueOf(greatest)) <= 0;
  }

  private boolean isOneOf(JsonNode choices, JsonNode value) {
    return choices
        .valueStream()
        .anyMatch(choice -> type().equals("duration")
            ? !value.isNull() && compare(choice, value) == 0
            : same(choice, value));
  }

  /** The code of the constraint that a value breaks, or null if it is allowed (2.1). */
  @Nullable
  String notAllowed(JsonNode value) {
    if (value.isNull() && declaration.path("nullable").asBoolean(false)) {
      return null;
    }
    if (!ofType(value)) {
      return "wrong-type";
    }
    if (isOutside(declaration, value)) {
      return "out-of-range";
    }
    JsonNode choices = declaration.path("choices");
    ArrayNode values = JsonNodeFactory.instance.arrayNode();
    choices.forEach(choice -> values.add(choice.path("value")));
    return choices.isEmpty() || isOneOf(values, value) ? null : "not-a-choice";
  }

  private boolean isOutside(JsonNode range, JsonNode value) {
    return (range.has("min") && compare(value, range.path("min")) < 0)
        || (range.has("max") && compare(value, range.path("max")) > 0);
  }

  /** The code of the first thing that makes an entry invalid (3.5), or null if it is valid. */
  @Nullable
  String fault(JsonNode entry, JsonNode offered, long limit) {
    if (unknown()) {
      return null; // 4.1
    }
    String value = switch (merge()) {
      case "hash", "deep", "deep-append", "deep-union", "append", "union" ->
        ofType(offered) ? null : "wrong-type";
      default -> notAllowed(offered);
    };
    if (value != null) {
      return value;
    }
    if (!entry.path("remove").isEmpty() && !mayRemove(entry.path("remove"))) {
      return "bad-remove";
    }
    if (!mayBind(entry.path("binding"), offered)) {
      return "bad-binding";
    }
    return size(offered) > limit ? "too-large" : null;
  }

  private boolean mayRemove(JsonNode remove) {
    return switch (merge()) {
      case "append", "union" -> true;
      case "hash" -> remove.valueStream().allMatch(each -> each.asString("").matches(STEP));
      case "deep", "deep-append", "deep-union" ->
        remove.valueStream().allMatch(each -> each.asString("").matches('(' + STEP + ")+"));
      default -> false;
    };
  }

  private boolean mayBind(JsonNode binding, JsonNode offered) {
    if (!binding.isObject()) {
      return !binding.asString("").equals("narrow-only") || !stricter().isEmpty();
    }
    JsonNode min = binding.path("min");
    JsonNode max = binding.path("max");
    JsonNode choices = binding.path("choices");
    return (ORDERED.contains(type()) || (min.isMissingNode() && max.isMissingNode()))
        && (choices.isMissingNode() || !Set.of("object", "list").contains(type()))
        && (min.isMissingNode() || ofType(min))
        && (max.isMissingNode() || ofType(max))
        && (min.isMissingNode() || max.isMissingNode() || compare(min, max) <= 0)
        && choices.valueStream().allMatch(this::mayBeBound)
        && !outOfBounds(binding, offered);
  }

  /** To be of type enum is to be one of its choices (2.2); no type has null. */
  private boolean mayBeBound(JsonNode choice) {
    return ofType(choice) && (!type().equals("enum") || notAllowed(choice) == null);
  }

  private boolean outOfBounds(JsonNode bounds, JsonNode value) {
    return value.isNull()
        || isOutside(bounds, value)
        || (bounds.has("choices") && !isOneOf(bounds.path("choices"), value));
  }

  /** Why a lock refuses a value, or null if it does not (5.4). */
  @Nullable
  String refusal(JsonNode binding, JsonNode lockOffered, JsonNode offered, JsonNode remove) {
    if (binding.asString("").equals("mandatory")) {
      return "locked";
    }
    if (unknown()) {
      return null; // 4.1
    }
    if (binding.isObject()) {
      return outOfBounds(binding, offered) ? "out-of-bounds" : null;
    }
    return isLooser(lockOffered, offered, remove) ? "looser" : null;
  }

  private boolean isLooser(JsonNode lock, JsonNode value, JsonNode remove) {
    if (lock.isNull() || value.isNull()) {
      return value.isNull() && !lock.isNull();
    }
    return switch (stricter()) {
      case "lower" -> compare(value, lock) > 0;
      case "higher" -> compare(value, lock) < 0;
      case "fewer" -> value.valueStream().anyMatch(element -> !contains(lock, element));
      default ->
        lock.valueStream()
            .anyMatch(element -> contains(remove, element)
                || (merge().equals("first") && !contains(value, element)));
    };
  }

  /** What one entry makes of what stands wider (6.4). */
  JsonNode merged(JsonNode wider, JsonNode offered, JsonNode remove) {
    JsonNode left = wider.deepCopy();
    if (left instanceof ObjectNode object) {
      remove.forEach(pointer -> {
        List<String> steps = List.of(pointer.stringValue().substring(1).split("/", -1));
        takeOut(
            object,
            steps.stream()
                .map(step -> step.replace("~1", "/").replace("~0", "~"))
                .toList());
      });
      return object(object, (ObjectNode) offered);
    }
    ArrayNode kept = JsonNodeFactory.instance.arrayNode();
    left.valueStream().filter(element -> !contains(remove, element)).forEach(kept::add);
    return list(kept, offered, merge().equals("union"));
  }

  private static void takeOut(ObjectNode from, List<String> steps) {
    String name = steps.get(0);
    if (steps.size() == 1) {
      from.remove(name);
    } else if (from.path(name) instanceof ObjectNode next) {
      takeOut(next, steps.subList(1, steps.size()));
    }
  }

  private ObjectNode object(ObjectNode wider, ObjectNode nearer) {
    ObjectNode result = wider.deepCopy();
    nearer.forEachEntry((name, value) -> {
      JsonNode old = result.path(name);
      if (!merge().equals("hash")
          && old instanceof ObjectNode object
          && value instanceof ObjectNode over) {
        result.set(name, object(object, over));
      } else if (merge().matches("deep-.*") && old.isArray() && value.isArray()) {
        result.set(name, list(old, value, merge().equals("deep-union")));
      } else {
        result.set(name, value);
      }
    });
    return result;
  }

  /** What stands wider is not looked through again: its own doubles stay. */
  private static ArrayNode list(JsonNode wider, JsonNode nearer, boolean union) {
    ArrayNode result = (ArrayNode) wider.deepCopy();
    for (JsonNode element : nearer) {
      if (!union || !contains(result, element)) {
        result.add(element);
      }
    }
    return result;
  }
}
