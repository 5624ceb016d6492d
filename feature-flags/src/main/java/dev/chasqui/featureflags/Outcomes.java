package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.Reason;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * All that one flag can come to.
 *
 * <p><b>Threads:</b> filled by one, then read by any number.
 */
final class Outcomes {
  private final String key;
  private final Map<String, JsonNode> variants;
  private final Map<String, Object> metadata;
  private final ImmutableMetadata builtMetadata;
  private final Map<String, Outcome> matches = new HashMap<>();
  private final Map<String, Outcome> constants = new HashMap<>();

  Outcomes(String key, Map<String, JsonNode> variants, JsonNode metadata, ImmutableMetadata built) {
    this.key = key;
    this.variants = variants;
    Map<String, Object> plain = new LinkedHashMap<>();
    metadata.properties().forEach(entry -> plain.put(entry.getKey(), scalar(entry.getValue())));
    this.metadata = plain;
    this.builtMetadata = built;
    variants.keySet().forEach(name -> matches.put(name, make(name, Reason.TARGETING_MATCH)));
  }

  static ImmutableMetadata build(JsonNode metadata) {
    if (metadata.isEmpty()) {
      return ImmutableMetadata.EMPTY;
    }
    ImmutableMetadata.ImmutableMetadataBuilder builder = ImmutableMetadata.builder();
    metadata.properties().forEach(entry -> {
      Object value = scalar(entry.getValue());
      if (value instanceof String text) {
        builder.addString(entry.getKey(), text);
      } else if (value instanceof Boolean known) {
        builder.addBoolean(entry.getKey(), known);
      } else if (value instanceof Integer number) {
        builder.addInteger(entry.getKey(), number);
      } else if (value instanceof Long number) {
        builder.addLong(entry.getKey(), number);
      } else {
        builder.addDouble(entry.getKey(), (Double) value);
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

  private Outcome make(@Nullable String variant, Reason reason) {
    return new Outcome(
        new FlagEvaluation(
            key,
            variant,
            variant == null ? null : variants.get(variant),
            reason.name(),
            null,
            null,
            metadata),
        builtMetadata);
  }

  boolean has(String variant) {
    return variants.containsKey(variant);
  }

  /** A variant that is what it is for all; none: the default of who asks. */
  Outcome constant(@Nullable String variant) {
    return variant == null
        ? nothing(Reason.DEFAULT)
        : constants.computeIfAbsent("STATIC " + variant, any -> make(variant, Reason.STATIC));
  }

  /** The variant where no rule says another; none: the default of who asks. */
  Outcome fallback(@Nullable String variant) {
    return variant == null
        ? nothing(Reason.DEFAULT)
        : constants.computeIfAbsent("DEFAULT " + variant, any -> make(variant, Reason.DEFAULT));
  }

  Outcome nothing(Reason reason) {
    return constants.computeIfAbsent(reason.name(), any -> make(null, reason));
  }

  /** The variant that a rule says. Makes an error for one that is not there. */
  Outcome match(String variant) {
    Outcome match = matches.get(variant);
    return match != null
        ? match
        : error(
            ErrorCode.GENERAL,
            "flag " + key + " has no variant " + cut(variant) + ", which its targeting says");
  }

  Outcome error(ErrorCode code, String message) {
    return new Outcome(
        new FlagEvaluation(key, null, null, Reason.ERROR.name(), code, message, metadata),
        builtMetadata);
  }

  private static String cut(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
