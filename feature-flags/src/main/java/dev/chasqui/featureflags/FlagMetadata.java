package dev.chasqui.featureflags;

import dev.openfeature.sdk.ImmutableMetadata;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Metadata of a set or of a flag, strings, numbers and booleans, in each form that somebody asks for.
 *
 * <p><b>Threads:</b> immutable, as long as nobody writes into {@code json}.
 */
record FlagMetadata(ObjectNode json, Map<String, Object> plain, ImmutableMetadata built) {
  static FlagMetadata of(ObjectNode json) {
    Map<String, Object> plain = new HashMap<>();
    json.properties().forEach(entry -> plain.put(entry.getKey(), scalar(entry.getValue())));
    return new FlagMetadata(json, Map.copyOf(plain), build(plain));
  }

  /** A set's, with those of one of its flags, which win. */
  FlagMetadata with(@Nullable JsonNode own) {
    return own instanceof ObjectNode object && !object.isEmpty()
        ? of(json.deepCopy().setAll(object))
        : this;
  }

  private static ImmutableMetadata build(Map<String, Object> plain) {
    if (plain.isEmpty()) {
      return ImmutableMetadata.EMPTY;
    }
    ImmutableMetadata.ImmutableMetadataBuilder builder = ImmutableMetadata.builder();
    plain.forEach((name, value) -> {
      if (value instanceof String text) {
        builder.addString(name, text);
      } else if (value instanceof Boolean known) {
        builder.addBoolean(name, known);
      } else if (value instanceof Integer number) {
        builder.addInteger(name, number);
      } else if (value instanceof Long number) {
        builder.addLong(name, number);
      } else {
        builder.addDouble(name, (Double) value);
      }
    });
    return builder.build();
  }

  private static Object scalar(JsonNode value) {
    if (value.isString()) {
      return value.stringValue();
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (value.isInt()) {
      return value.intValue();
    }
    return value.isLong()
        ? (Object) value.longValue()
        : (Object) value.numberValue().doubleValue();
  }
}
