package dev.chasqui.hierarchicalconfig;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

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
}
