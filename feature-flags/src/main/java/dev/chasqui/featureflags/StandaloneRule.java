package dev.chasqui.featureflags;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule that is of no flag (SPEC.md, 7): whether it holds depends on what it is asked about and nothing else, neither on the time
 * nor on a flag's key. For conditions elsewhere, such as those of {@code hierarchical-config}.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class StandaloneRule {
  private final Rule rule;

  private StandaloneRule(Rule rule) {
    this.rule = rule;
  }

  /**
   * Reads a rule and compiles it. What is made of it does not change with {@code rule}.
   *
   * @throws FlagFormatException if it is none, or would depend on the time or a flag; says where in it, and why
   */
  public static StandaloneRule of(JsonNode rule) {
    RuleReader reader = new RuleReader(
        Attributes.OF_CONTEXTS_ALONE,
        null,
        null,
        Bucketing.V2,
        JsonNodeFactory.instance.objectNode());
    return new StandaloneRule(Shortcuts.of(reader.read(rule, "")));
  }

  /**
   * Whether it holds: JsonLogic's truth of what it comes to.
   *
   * @param facts what {@code var} reads; not changed meanwhile
   * @throws IllegalArgumentException if it cannot be evaluated for these facts; says why
   */
  public boolean holds(ObjectNode facts) {
    try {
      return rule.holds(new JsonContext(facts), 0, null);
    } catch (RuleException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
