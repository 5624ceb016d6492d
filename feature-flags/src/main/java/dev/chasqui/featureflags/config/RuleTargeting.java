package dev.chasqui.featureflags.config;

import dev.chasqui.featureflags.Bucketing;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.StandaloneRule;
import dev.chasqui.featureflags.internal.WeakIdentityMap;
import dev.chasqui.hierarchicalconfig.Targeting;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Conditions, invariants and variants of profiles in the language of flags' rules (SPEC.md, 7): give one to the resolver of the
 * server and to that of each device. They agree whatever time it is and whichever process asks.
 *
 * <p>A rule is read when it is first asked about, and what was made of it is kept as long as the rule itself. So a rule must not be
 * changed once it was asked about; those of an {@code Entry} and of an {@code Invariant} never are.
 *
 * <p><b>Threads:</b> safe for any number.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class RuleTargeting implements Targeting {
  private final WeakIdentityMap<JsonNode, Known> rules = new WeakIdentityMap<>();

  /** Makes one that knows of no rule yet. One for all resolvers of a process reads each rule once. */
  public RuleTargeting() {}

  /** Of a rule: what was made of it, or why it is none. It refers to nothing of the rule's JSON. */
  private record Known(
      @Nullable StandaloneRule rule, @Nullable String problem) {
    static Known of(JsonNode json) {
      try {
        return new Known(StandaloneRule.of(json), null);
      } catch (FlagFormatException e) {
        return new Known(null, e.getMessage());
      }
    }

    StandaloneRule orThrow() {
      if (rule == null) {
        throw new IllegalArgumentException(problem);
      }
      return rule;
    }
  }

  /**
   * Refuses a rule that cannot be evaluated whatever the facts, so that whoever writes it hears of it before devices do. One that
   * passes may still fail for some facts, if it has {@code missing_some}.
   *
   * @throws IllegalArgumentException if the rule is wrong; says where in it, and why
   */
  public void check(JsonNode rule) {
    Known.of(rule).orThrow();
  }

  @Override
  public boolean matches(JsonNode rule, JsonNode facts) {
    if (!(facts instanceof ObjectNode object)) {
      throw new IllegalArgumentException("facts must be an object, were " + facts.getNodeType());
    }
    return rules.get(rule, Known::of).orThrow().holds(object);
  }

  @Override
  public int bucket(String seed, String unit, List<Integer> weights) {
    return Bucketing.V2.draw(seed + unit, weights);
  }
}
