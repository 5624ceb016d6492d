package dev.chasqui.featureflags.importing;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The values that a feature may have, and how they are called here. */
final class GrowthBookVariants {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode variants = JSON.objectNode();
  private boolean hasNull;

  /** Its name, by which it has been called before if it was there before; or null, which is no value. */
  JsonNode name(@Nullable JsonNode value, String name, String pointer) {
    if (value == null || value.isNull()) {
      hasNull = true;
      return JSON.nullNode();
    }
    if (value.isArray()) {
      throw Members.wrong(pointer, "a variant cannot be an array");
    }
    for (var known : variants.properties()) {
      if (known.getValue().equals(value)) {
        return JSON.stringNode(known.getKey());
      }
      if (known.getValue().getNodeType() != value.getNodeType()) {
        throw Members.wrong(pointer, "all variants must be of one type");
      }
    }
    requireExact(value, pointer);
    String called = value.isBoolean() ? value.asString() : name;
    variants.set(called, value);
    return JSON.stringNode(called);
  }

  /** JavaScript has doubles alone. */
  private static void requireExact(JsonNode value, String pointer) {
    if (value.isIntegralNumber()
        && !(value.canConvertToLong()
            && new BigDecimal(value.doubleValue()).compareTo(value.decimalValue()) == 0)) {
      throw Members.wrong(
          pointer, "is another number for GrowthBook, which has doubles alone: " + value);
    }
    value.forEach(part -> requireExact(part, pointer));
  }

  boolean hasNull() {
    return hasNull;
  }

  ObjectNode written(String pointer) {
    if (variants.isEmpty()) {
      throw Members.wrong(pointer, "a feature must have a value");
    }
    return variants;
  }
}
