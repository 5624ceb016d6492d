package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is needed to explain later what a flag was: a line of a log, as JSON. The context is in it, with whatever it says of people.
 *
 * @param flag its key
 * @param version {@link FlagSet#version() of the set} that decided
 * @param at when; whole seconds count
 * @param variant what it was; null if the default of who asked counted
 * @param context for whom
 */
public record FlagDecision(
    String flag, String version, Instant at, @Nullable String variant, FlagContext context) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** What a set decides for a context at a time. */
  public static FlagDecision of(FlagSet set, String flag, EvaluationContext context, Instant at) {
    return new FlagDecision(
        flag,
        set.version(),
        at,
        set.evaluate(flag, context, at).variant(),
        FlagContext.copyOf(context));
  }

  /** On one line. */
  public String toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("flag", flag);
    json.put("version", version);
    json.put("at", at.toString());
    if (variant != null) {
      json.put("variant", variant);
    }
    json.set("context", JSON.valueToTree(Explanation.plain(context)));
    return JSON.writeValueAsString(json);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws FlagFormatException if it is none
   */
  public static FlagDecision parse(String json) {
    try {
      JsonNode read = JSON.readTree(json);
      JsonNode variant = read.get("variant");
      return new FlagDecision(
          text(read, "flag"),
          text(read, "version"),
          Instant.parse(text(read, "at")),
          variant == null ? null : text(read, "variant"),
          context(read.get("context")));
    } catch (JacksonException e) {
      throw new FlagFormatException("", "is no JSON: " + e.getOriginalMessage(), e);
    } catch (DateTimeException e) {
      throw new FlagFormatException("/at", "must be a time such as 2026-12-01T08:00:00Z", e);
    }
  }

  private static String text(JsonNode json, String member) {
    JsonNode value = json.get(member);
    if (value == null || !value.isString()) {
      throw new FlagFormatException("/" + member, "must be a string", null);
    }
    return value.stringValue();
  }

  /**
   * A context out of an object.
   *
   * @throws FlagFormatException if it is none
   */
  @SuppressWarnings("unchecked") // an object's members have names
  static FlagContext context(@Nullable JsonNode json) {
    if (json == null || !json.isObject()) {
      throw new FlagFormatException("/context", "must be an object", null);
    }
    Map<String, Object> members = JSON.treeToValue(json, Map.class);
    Object key = members.get(EvaluationContext.TARGETING_KEY);
    if (key != null && !(key instanceof String)) {
      throw new FlagFormatException("/context/targetingKey", "must be a string", null);
    }
    try {
      return FlagContext.EMPTY.withAll(members);
    } catch (IllegalArgumentException e) { // a number beyond all that it holds
      throw new FlagFormatException("/context", String.valueOf(e.getMessage()), e);
    }
  }
}
