package dev.chasqui.app.importing;

import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Problem;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads values token by token. A value that breaks a rule is read to its end, so that what follows
 * can still be read.
 */
final class ValueReader {
  static final String ITEM_LIMIT =
      ImportLimits.VALUES + " values and " + ImportLimits.ITEM + " characters";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final JsonParser parser;
  private @Nullable Problem problem;
  private int values;
  private int characters;

  /**
   * A value.
   *
   * @param problem the first rule it breaks, or null; {@code json} is then not to be used
   */
  record Value(JsonNode json, Place place, @Nullable Problem problem) {}

  ValueReader(JsonParser parser) {
    this.parser = parser;
  }

  /** Forgets the size of what was read so far: the next item begins. */
  void beginItem() {
    values = 0;
    characters = 0;
  }

  /** Whether the item has more than one may have. */
  boolean tooLarge() {
    return values > ImportLimits.VALUES || characters > ImportLimits.ITEM;
  }

  /** Characters of the names and strings read since the item began. */
  int characters() {
    return characters;
  }

  /** Where the parser's token begins. */
  Place place() {
    return Place.of(parser.currentTokenLocation());
  }

  /** Reads the value that begins at the parser's token; leaves the parser at its last token. */
  Value read(String pointer) {
    problem = null;
    Place place = place();
    JsonNode json = node(pointer);
    return new Value(json, place, problem);
  }

  /** The member name at the parser's token. */
  String name() {
    String name = parser.currentName();
    characters += name.length();
    return name;
  }

  static String pointer(String parent, String name) {
    return parent + '/' + name.replace("~", "~0").replace("/", "~1");
  }

  private JsonNode node(String pointer) {
    values++;
    if (tooLarge()) {
      refuse(pointer, "too-large", "one item may have " + ITEM_LIMIT);
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(pointer);
      case START_ARRAY -> list(pointer);
      case VALUE_STRING -> string(pointer);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(pointer);
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> {
        refuse(pointer, "wrong-type", "no value of JSON: " + parser.currentToken());
        yield NODES.nullNode();
      }
    };
  }

  private ObjectNode object(String pointer) {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = name();
      String inner = pointer(pointer, name);
      checkText(inner, name);
      if (object.has(name)) {
        refuse(inner, "duplicate", "member \"" + name + "\" is there twice");
      }
      parser.nextToken();
      JsonNode value = node(inner);
      if (problem == null) {
        object.set(name, value);
      }
    }
    return object;
  }

  private ArrayNode list(String pointer) {
    ArrayNode list = NODES.arrayNode();
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      JsonNode value = node(pointer + '/' + i);
      if (problem == null) {
        list.add(value);
      }
    }
    return list;
  }

  private JsonNode string(String pointer) {
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      refuse(
          pointer, "alias", "aliases are not taken, write the value out: *" + parser.getString());
    }
    String text = parser.getString();
    characters += text.length();
    checkText(pointer, text);
    return NODES.stringNode(text);
  }

  private JsonNode number(String pointer) {
    try {
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        return switch (parser.getNumberType()) {
          case INT -> NODES.numberNode(parser.getIntValue());
          case LONG -> NODES.numberNode(parser.getLongValue());
          default -> NODES.numberNode(parser.getBigIntegerValue());
        };
      }
      double value = parser.getDoubleValue();
      if (Double.isFinite(value)) {
        return NODES.numberNode(value);
      }
    } catch (StreamReadException e) {
      // .inf and .nan of YAML are numbers until they are read
    }
    refuse(pointer, "wrong-type", "must be a finite number, was " + parser.getString());
    return NODES.nullNode();
  }

  private void checkText(String pointer, String text) {
    if (!Database.canKeep(text)) {
      refuse(pointer, "bad-text", "text must not have a NUL or half a surrogate pair");
    }
  }

  private void refuse(String pointer, String rule, String message) {
    if (problem == null) {
      problem = place().problem(pointer, rule, message);
    }
  }
}
