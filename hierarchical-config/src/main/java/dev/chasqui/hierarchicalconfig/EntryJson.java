package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

  /** Reads what {@link #write(Entry)} wrote. */
  static Entry read(JsonPlace place) {
    JsonNode value = place.required("value").json();
    long revision = place.read("revision", SettingType.LONG);
    String author = place.readIfThere("author", SettingType.STRING);
    List<JsonNode> remove = values(place.elements("remove"));
    Instant from = readInstant(place.member("from"));
    Instant until = readInstant(place.member("until"));
    Binding binding = readBinding(place.member("binding"));
    Variants variants = readVariants(place.member("variants"));
    JsonNode json = place.json();
    return place.make(() -> new Entry(
        value,
        remove,
        binding,
        new Term(from, until, json.get("then")),
        json.get("when"),
        variants,
        revision,
        Objects.requireNonNullElse(author, "")));
  }

  private static List<JsonNode> values(List<JsonPlace> places) {
    return places.stream().map(JsonPlace::json).toList();
  }

  private static @Nullable Instant readInstant(@Nullable JsonPlace place) {
    if (place == null) {
      return null;
    }
    JsonNode text = place.json();
    Instant instant = text.isString() ? Term.parse(text.stringValue()) : null;
    if (instant == null) {
      throw place.mustBe("an instant in UTC such as \"2027-01-31T08:00:00Z\"");
    }
    return instant;
  }

  private static Binding readBinding(@Nullable JsonPlace place) {
    if (place == null) {
      return Binding.recommended();
    }
    JsonNode json = place.json();
    if (json.isObject()) {
      List<JsonNode> choices = values(place.elements("choices"));
      return place.make(() -> new Binding.Bounded(json.get("min"), json.get("max"), choices));
    }
    return switch (json.isString() ? json.stringValue() : "") {
      case "recommended" -> Binding.recommended();
      case "mandatory" -> Binding.mandatory();
      case "narrow-only" -> Binding.narrowOnly();
      default -> throw place.mustBe("\"recommended\", \"mandatory\", \"narrow-only\" or bounds");
    };
  }

  private static @Nullable Variants readVariants(@Nullable JsonPlace place) {
    if (place == null) {
      return null;
    }
    List<Variants.Arm> arms = new ArrayList<>();
    for (JsonPlace arm : place.required("arms").elements()) {
      String name = arm.read("name", SettingType.STRING);
      int weight = arm.read("weight", SettingType.INT);
      JsonNode value = arm.required("value").json();
      arms.add(arm.make(() -> new Variants.Arm(name, weight, value)));
    }
    String seed = place.read("seed", SettingType.STRING);
    String by = place.read("by", SettingType.STRING);
    return place.make(() -> new Variants(seed, by, arms));
  }
}
