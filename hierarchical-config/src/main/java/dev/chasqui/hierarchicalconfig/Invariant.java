package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule that the resolved values of several settings must keep together.
 *
 * @param name of the rule, written like a setting's key
 * @param values which settings it is about: the name the rule knows each by, to its key
 * @param rule in the language of the {@link Targeting} it is resolved with; asked with the values
 * @param message what must be so, for people
 */
public record Invariant(String name, Map<String, String> values, JsonNode rule, String message) {
  /**
   * Copies the values and the rule.
   *
   * @throws IllegalArgumentException if the name is malformed, there are no values, or the rule is
   *     no plain JSON
   */
  public Invariant {
    Setting.requireKey(name, "name of an invariant");
    if (values.isEmpty()) {
      throw new IllegalArgumentException("invariant \"" + name + "\" must name at least one value");
    }
    values.values().forEach(key -> Setting.requireKey(key, "setting key in invariant " + name));
    values = Collections.unmodifiableMap(new TreeMap<>(values));
    rule = PlainJson.named("the rule of invariant \"" + name + '"', rule);
  }

  /** A copy, so that an invariant never changes. */
  @Override
  public JsonNode rule() {
    return rule.deepCopy();
  }

  /** Not copied: for reading only. */
  JsonNode plainRule() {
    return rule;
  }

  /**
   * The violation of the values that {@code resolved} has of keys, or null: SPEC.md, rule 9.2.
   */
  @Nullable
  Violation check(Targeting targeting, Function<String, @Nullable JsonNode> resolved) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode();
    values.forEach((alias, key) -> facts.set(alias, resolved.apply(key)));
    try {
      return targeting.matches(rule, facts)
          ? null
          : new Violation(
              Violation.Rule.INVARIANT,
              name,
              null,
              message + ", was " + Setting.cut(facts.toString()));
    } catch (IllegalArgumentException e) {
      return new Violation(
          Violation.Rule.BAD_RULE, name, null, "cannot be evaluated: " + e.getMessage());
    }
  }
}
