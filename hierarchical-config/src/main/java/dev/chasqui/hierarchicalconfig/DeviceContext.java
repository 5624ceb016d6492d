package dev.chasqui.hierarchicalconfig;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a device reports of itself: model, firmware version, region. Conditions and variants of
 * entries go by it.
 *
 * @param facts by name; plain JSON
 */
public record DeviceContext(ObjectNode facts) {
  /** Nothing is known. */
  public static final DeviceContext NONE = new DeviceContext(JsonNodeFactory.instance.objectNode());

  /**
   * Copies the facts.
   *
   * @throws IllegalArgumentException if they are no plain JSON
   */
  public DeviceContext {
    facts = (ObjectNode) PlainJson.named("the facts of a device", facts);
  }

  /** A copy, so that a context never changes. */
  @Override
  public ObjectNode facts() {
    return facts.deepCopy();
  }

  /** Not copied: for reading only. */
  JsonNode plainFacts() {
    return facts;
  }
}
