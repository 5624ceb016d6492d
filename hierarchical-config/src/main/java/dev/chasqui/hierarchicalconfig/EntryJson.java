package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Entries as JSON: the form that {@link ProfileJson#write(Profile)} tells. */
final class EntryJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private EntryJson() {}

  static ObjectNode write(Entry entry) {
    ObjectNode json = NODES.objectNode();
    json.set("value", entry.value());
    json.put("revision", entry.revision());
    if (!entry.author().isEmpty()) {
      json.put("author", entry.author());
    }
    if (!entry.plainRemove().isEmpty()) {
      json.set("remove", list(entry.remove()));
    }
    if (entry.binding().isLock()) {
      json.set("binding", write(entry.binding()));
    }
    putInstant(json, "from", entry.term().from());
    putInstant(json, "until", entry.term().until());
    JsonNode then = entry.term().then();
    if (then != null) {
      json.set("then", then);
    }
    JsonNode when = entry.when();
    if (when != null) {
      json.set("when", when);
    }
    Variants variants = entry.variants();
    if (variants != null) {
      json.set("variants", write(variants));
    }
    return json;
  }

  private static JsonNode write(Binding binding) {
    if (binding instanceof Binding.Bounded bounds) {
      ObjectNode json = NODES.objectNode();
      if (bounds.min() != null) {
        json.set("min", bounds.min());
      }
      if (bounds.max() != null) {
        json.set("max", bounds.max());
      }
      if (!bounds.choices().isEmpty()) {
        json.set("choices", list(bounds.choices()));
      }
      return json;
    }
    return NODES.stringNode(binding instanceof Binding.Mandatory ? "mandatory" : "narrow-only");
  }

  private static ObjectNode write(Variants variants) {
    ObjectNode json = NODES.objectNode();
    json.put("seed", variants.seed());
    json.put("by", variants.by());
    ArrayNode arms = json.putArray("arms");
    for (Variants.Arm arm : variants.arms()) {
      ObjectNode written = arms.addObject();
      written.put("name", arm.name());
      written.put("weight", arm.weight());
      written.set("value", arm.value());
    }
    return json;
  }

  private static ArrayNode list(List<JsonNode> values) {
    ArrayNode list = NODES.arrayNode();
    values.forEach(list::add);
    return list;
  }

  private static void putInstant(ObjectNode json, String name, @Nullable Instant instant) {
    if (instant != null) {
      json.put(name, instant.toString());
    }
  }

  /**
   * Reads what {@link #write(Entry)} wrote.
   *
   * @param place of the entry, to stand before the names of its members in errors
   */
  static Entry read(JsonNode json, String place) {
    JsonNode value = JsonMembers.required(json, place, "value");
    long revision = JsonMembers.read(json, place, "revision", SettingType.LONG);
    String author = JsonMembers.readIfThere(json, place, "author", SettingType.STRING);
    List<JsonNode> remove = readList(json, place, "remove");
    Instant from = readInstant(json, place, "from");
    Instant until = readInstant(json, place, "until");
    return at(
        place.substring(0, place.length() - 1),
        () -> new Entry(
            value,
            remove,
            readBinding(json.path("binding"), place + "binding"),
            new Term(from, until, json.get("then")),
            json.get("when"),
            readVariants(json.get("variants"), place + "variants"),
            revision,
            Objects.requireNonNullElse(author, "")));
  }

  /** What {@code read} refuses is said of the member at {@code place}, unless it says of which. */
  private static <T> T at(String place, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith("member ")
          ? e
          : new IllegalArgumentException("member \"" + place + "\": " + message, e);
    }
  }

  private static List<JsonNode> readList(JsonNode json, String place, String name) {
    JsonNode list = json.get(name);
    if (list == null) {
      return List.of();
    }
    if (!list.isArray()) {
      throw JsonMembers.wrong(place + name, "a list", list);
    }
    return list.valueStream().toList();
  }

  private static @Nullable Instant readInstant(JsonNode json, String place, String name) {
    JsonNode text = json.get(name);
    if (text == null) {
      return null;
    }
    Instant instant = text.isString() ? Term.parse(text.stringValue()) : null;
    if (instant == null) {
      throw JsonMembers.wrong(
          place + name, "an instant in UTC such as \"2027-01-31T08:00:00Z\"", text);
    }
    return instant;
  }

  private static Binding readBinding(JsonNode json, String place) {
    if (json.isMissingNode()) {
      return Binding.recommended();
    }
    if (json.isObject()) {
      List<JsonNode> choices = readList(json, place + '/', "choices");
      return at(place, () -> new Binding.Bounded(json.get("min"), json.get("max"), choices));
    }
    return switch (json.isString() ? json.stringValue() : "") {
      case "recommended" -> Binding.recommended();
      case "mandatory" -> Binding.mandatory();
      case "narrow-only" -> Binding.narrowOnly();
      default ->
        throw JsonMembers.wrong(
            place, "\"recommended\", \"mandatory\", \"narrow-only\" or bounds", json);
    };
  }

  private static @Nullable Variants readVariants(@Nullable JsonNode json, String place) {
    if (json == null) {
      return null;
    }
    String below = place + '/';
    List<Variants.Arm> arms = new ArrayList<>();
    for (JsonNode arm : readList(json, below, "arms")) {
      String in = below + "arms/" + arms.size();
      arms.add(at(
          in,
          () -> new Variants.Arm(
              JsonMembers.read(arm, in + '/', "name", SettingType.STRING),
              JsonMembers.read(arm, in + '/', "weight", SettingType.INT),
              JsonMembers.required(arm, in + '/', "value"))));
    }
    String seed = JsonMembers.read(json, below, "seed", SettingType.STRING);
    String by = JsonMembers.read(json, below, "by", SettingType.STRING);
    return at(place, () -> new Variants(seed, by, arms));
  }
}
