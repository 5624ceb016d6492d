package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.Reason;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * All that one flag can come to.
 *
 * <p><b>Threads:</b> immutable.
 */
final class Outcomes {
  private final String key;
  private final Map<String, JsonNode> variants;
  private final FlagMetadata metadata;
  private final Map<String, Outcome> matches;

  /** {@code hasRules}: whether anything can {@link #match}. */
  Outcomes(String key, Map<String, JsonNode> variants, FlagMetadata metadata, boolean hasRules) {
    this.key = key;
    this.variants = variants;
    this.metadata = metadata;
    if (hasRules) {
      Map<String, Outcome> made = new HashMap<>();
      variants.keySet().forEach(name -> made.put(name, make(name, Reason.TARGETING_MATCH)));
      this.matches = made;
    } else {
      this.matches = Map.of();
    }
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
            metadata.plain()),
        metadata.built());
  }

  boolean has(String variant) {
    return variants.containsKey(variant);
  }

  /** A variant that is what it is for all; none: the default of who asks. */
  Outcome constant(@Nullable String variant) {
    return variant == null ? nothing(Reason.DEFAULT) : make(variant, Reason.STATIC);
  }

  /** The variant where no rule says another; none: the default of who asks. */
  Outcome fallback(@Nullable String variant) {
    return variant == null ? nothing(Reason.DEFAULT) : make(variant, Reason.DEFAULT);
  }

  Outcome nothing(Reason reason) {
    return make(null, reason);
  }

  /** The variant that is written in a rule. Makes an error for one that is not there. */
  Outcome match(String variant) {
    Outcome match = matches.get(variant);
    return match != null
        ? match
        : error(
            ErrorCode.GENERAL,
            "flag " + key + " has no variant " + cut(variant) + ", which its targeting says");
  }

  /** The variant that a rule has worked out. The error does not tell it: it may be an attribute of who asks. */
  Outcome matchComputed(String variant) {
    Outcome match = matches.get(variant);
    return match != null
        ? match
        : error(
            ErrorCode.GENERAL, "the targeting of flag " + key + " comes to no variant of the flag");
  }

  Outcome error(ErrorCode code, String message) {
    return new Outcome(
        new FlagEvaluation(key, null, null, Reason.ERROR.name(), code, message, metadata.plain()),
        metadata.built());
  }

  private static String cut(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
