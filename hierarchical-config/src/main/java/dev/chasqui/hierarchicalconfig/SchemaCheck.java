package dev.chasqui.hierarchicalconfig;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks objects and lists against the JSON Schemas of their declarations. Kept apart, so that devices
 * need no validator. Called from any number of threads.
 */
@FunctionalInterface
public interface SchemaCheck {
  /** Finds every value good: for devices, whose values a server has checked. */
  SchemaCheck NONE = (schema, value) -> null;

  /**
   * What is wrong with {@code value}: the JSON pointer and the rule, in a sentence that follows "must
   * fit its schema, but"; null if nothing is. Must not change either.
   */
  @Nullable
  String problem(JsonNode schema, JsonNode value);
}
