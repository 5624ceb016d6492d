package dev.chasqui.hierarchicalconfig;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The rule language and the bucketing that entries and invariants are resolved with. Both must be
 * pure functions, the same in every process and language that resolves, or devices and servers will
 * disagree. Called from any number of threads.
 */
public interface Targeting {
  /** Evaluates no rule: what has a condition holds nowhere, and is reported. */
  Targeting NONE = new Targeting() {
    @Override
    public boolean matches(JsonNode rule, JsonNode facts) {
      throw new IllegalArgumentException("there is no rule language here");
    }

    @Override
    public int bucket(String seed, String unit, List<Integer> weights) {
      throw new IllegalArgumentException("there is no bucketing here");
    }
  };

  /**
   * Whether {@code rule} holds of {@code facts}. Must not change either.
   *
   * @param facts an object: of a device, or the values of an invariant
   * @throws IllegalArgumentException if the rule cannot be evaluated; says why
   */
  boolean matches(JsonNode rule, JsonNode facts);

  /**
   * Where {@code unit} falls.
   *
   * @param seed of the experiment
   * @param unit what is drawn by, not empty
   * @param weights of the arms, each at least 1
   * @return index of an arm
   * @throws IllegalArgumentException if there is no bucketing
   */
  int bucket(String seed, String unit, List<Integer> weights);
}
