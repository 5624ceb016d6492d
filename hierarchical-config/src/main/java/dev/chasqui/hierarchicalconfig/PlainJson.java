package dev.chasqui.hierarchicalconfig;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Copies JSON values into the form they are kept in, so that values of equal content are equal nodes
 * and come back equal from JSON text. Numbers are those of every JSON reader: 64-bit floating point,
 * of which the whole ones that fit a long are whole ({@code 15.0} becomes {@code 15}, minus zero
 * zero); longer whole numbers keep their digits.
 */
final class PlainJson {
  /** How deep lists and objects may be nested; well below what overflows a stack. */
  static final int MAXIMUM_DEPTH = 64;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final double TWO_TO_THE_63 = 0x1p63;

  private PlainJson() {}

  /**
   * A copy that shares nothing mutable with {@code json}.
   *
   * @throws IllegalArgumentException if it cannot be written as JSON text and read back: a number
   *     that is not finite as 64-bit floating point, half a surrogate pair, nesting deeper than
   *     {@link #MAXIMUM_DEPTH}, a Java object
   */
  static JsonNode copy(JsonNode json) {
    return copy(json, MAXIMUM_DEPTH);
  }

  /** As {@link #copy(JsonNode)}; what is wrong is said of {@code name}. */
  static JsonNode named(String name, JsonNode json) {
    try {
      return copy(json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ' ' + e.getMessage(), e);
    }
  }

  private static JsonNode copy(JsonNode json, int depth) {
    return switch (json.getNodeType()) {
      case OBJECT -> copyObject(json, depth);
      case ARRAY -> copyArray(json, depth);
      case STRING -> {
        requireWhole(json.stringValue());
        yield json;
      }
      case NUMBER -> copyNumber(json);
      case BOOLEAN, NULL -> json;
      case BINARY -> NODES.stringNode(json.asString()); // Base64, as Jackson writes it
      case POJO, MISSING -> throw new IllegalArgumentException("is no JSON value");
    };
  }

  private static JsonNode copyObject(JsonNode json, int depth) {
    ObjectNode copy = NODES.objectNode();
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      requireWhole(member.getKey());
      copy.set(member.getKey(), copy(member.getValue(), oneDeeper(depth)));
    }
    return copy;
  }

  private static JsonNode copyArray(JsonNode json, int depth) {
    ArrayNode copy = NODES.arrayNode(json.size());
    for (JsonNode element : json) {
      copy.add(copy(element, oneDeeper(depth)));
    }
    return copy;
  }

  private static int oneDeeper(int depth) {
    if (depth == 0) {
      throw new IllegalArgumentException("is nested deeper than " + MAXIMUM_DEPTH);
    }
    return depth - 1;
  }

  private static JsonNode copyNumber(JsonNode json) {
    // A float of 32 bits is written as 0.1 and read as the double 0.1, which is another number.
    double value = json.isFloat()
        ? Double.parseDouble(json.asString())
        : json.numberValue().doubleValue();
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "has a number that is not finite: " + Setting.cut(json.asString()));
    }
    if (json.isIntegralNumber()) {
      return json.canConvertToLong() ? whole(json.longValue()) : json;
    }
    return value == Math.rint(value) && value >= -TWO_TO_THE_63 && value < TWO_TO_THE_63
        ? whole((long) value)
        : NODES.numberNode(value);
  }

  private static JsonNode whole(long value) {
    return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
  }

  private static void requireWhole(String text) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException("has half a surrogate pair in a string, at index " + i);
      }
    }
  }
}
