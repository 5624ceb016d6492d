package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagFormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An object of what is imported, and where it is. A member that is null is as one that is not there. */
record Members(ObjectNode object, String pointer) {
  private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build())
      // as a double 1e999 would be written again as the text "Infinity"
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .build();

  /**
   * The whole that is imported, called {@code what}.
   *
   * @throws FlagFormatException if it is no JSON, has a name twice in an object, or is no object
   */
  static ObjectNode read(String json, String what) {
    try {
      if (JSON.readTree(json) instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      throw new FlagFormatException("", "is no JSON: " + e.getOriginalMessage(), e);
    }
    throw wrong("", what + " must be an object");
  }

  static FlagFormatException wrong(String pointer, String rule) {
    return new FlagFormatException(pointer, rule, null);
  }

  static String at(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  static Members of(@Nullable JsonNode node, String pointer) {
    if (node instanceof ObjectNode object) {
      return new Members(object, pointer);
    }
    throw wrong(pointer, "must be an object");
  }

  FlagFormatException wrongAt(String name, String rule) {
    return wrong(at(pointer, name), rule);
  }

  @Nullable
  JsonNode get(String name) {
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? null : node;
  }

  boolean has(String name) {
    return get(name) != null;
  }

  /** Empty if it is not there. */
  Members objectOrEmpty(String name) {
    JsonNode node = get(name);
    return node == null
        ? new Members(JsonNodeFactory.instance.objectNode(), at(pointer, name))
        : of(node, at(pointer, name));
  }

  boolean flag(String name) {
    JsonNode node = get(name);
    if (node != null && !node.isBoolean()) {
      throw wrongAt(name, "must be true or false");
    }
    return node != null && node.booleanValue();
  }

  @Nullable
  String text(String name) {
    JsonNode node = get(name);
    if (node != null && !node.isString()) {
      throw wrongAt(name, "must be a string");
    }
    return node == null ? null : node.stringValue();
  }

  /** Null if it is not there. */
  @Nullable
  Integer whole(String name) {
    JsonNode node = get(name);
    if (node == null) {
      return null;
    }
    if (!node.isInt()) {
      throw wrongAt(name, "must be an integer");
    }
    return node.intValue();
  }

  int wholeOr0(String name) {
    Integer whole = whole(name);
    return whole == null ? 0 : whole;
  }

  /** Empty if it is not there. */
  List<JsonNode> list(String name) {
    JsonNode node = get(name);
    if (node != null && !node.isArray()) {
      throw wrongAt(name, "must be an array");
    }
    List<JsonNode> elements = new ArrayList<>();
    if (node != null) {
      node.forEach(elements::add);
    }
    return elements;
  }

  List<Members> objects(String name) {
    List<Members> objects = new ArrayList<>();
    for (JsonNode element : list(name)) {
      objects.add(of(element, at(pointer, name) + "/" + objects.size()));
    }
    return objects;
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : list(name)) {
      if (!element.isString()) {
        throw wrong(at(pointer, name) + "/" + texts.size(), "must be a string");
      }
      texts.add(element.stringValue());
    }
    return texts;
  }
}
