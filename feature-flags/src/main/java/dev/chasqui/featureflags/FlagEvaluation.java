package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a flag is for one context, of whatever type.
 *
 * @param key of the flag
 * @param variant name of the variant; null where the default of who asks counts
 * @param value of the variant, for reading only; null where the default of who asks counts
 * @param reason of OpenFeature: {@code STATIC}, {@code TARGETING_MATCH}, {@code DEFAULT}, {@code DISABLED}, {@code ERROR}
 * @param errorCode null unless the reason is {@code ERROR}
 * @param errorMessage names the flag and what is wrong; null unless the reason is {@code ERROR}
 * @param metadata of the flag: strings, numbers and booleans
 */
public record FlagEvaluation(
    String key,
    @Nullable String variant,
    @Nullable JsonNode value,
    String reason,
    @Nullable ErrorCode errorCode,
    @Nullable String errorMessage,
    Map<String, Object> metadata) {
  /** Copies the metadata. */
  public FlagEvaluation {
    metadata = Map.copyOf(metadata);
  }
}
