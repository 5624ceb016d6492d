package dev.chasqui.hierarchicalconfig;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Several values of one entry, of which a device keeps one: an experiment. A device stays with its
 * arm as long as seed, weights and its own fact stay.
 *
 * @param seed keeps experiments apart: two of one seed put the same devices together
 * @param by name of the fact that is drawn by: all devices that share it share the arm
 * @param arms at least one, at most 100, with distinct names
 */
public record Variants(String seed, String by, List<Arm> arms) {
  private static final int MOST_ARMS = 100;
  private static final int GREATEST_WEIGHT = 1_000_000;

  /**
   * Checks and copies the arms.
   *
   * @throws IllegalArgumentException if there are none or too many, or two of one name
   */
  public Variants {
    arms = List.copyOf(arms);
    if (arms.isEmpty() || arms.size() > MOST_ARMS) {
      throw new IllegalArgumentException(
          "variants must have 1 to " + MOST_ARMS + " arms, had " + arms.size());
    }
    Set<String> names = new HashSet<>();
    for (Arm arm : arms) {
      if (!names.add(arm.name())) {
        throw new IllegalArgumentException(
            "variants have arm \"" + Setting.cut(arm.name()) + "\" twice");
      }
    }
  }

  List<Integer> weights() {
    return arms.stream().map(Arm::weight).toList();
  }

  /**
   * One of the values.
   *
   * @param name of the arm, for people
   * @param weight its share among the weights of all arms, 1 to 1,000,000
   * @param value what the entry offers there
   */
  public record Arm(String name, int weight, JsonNode value) {
    /**
     * Copies the value.
     *
     * @throws IllegalArgumentException if the weight is out of range, or the value no plain JSON
     */
    public Arm {
      if (weight < 1 || weight > GREATEST_WEIGHT) {
        throw new IllegalArgumentException("weight of arm \"" + Setting.cut(name)
            + "\" must be 1 to " + GREATEST_WEIGHT + ", was " + weight);
      }
      value = PlainJson.named("the value of arm \"" + Setting.cut(name) + '"', value);
    }

    /** A copy for objects and lists. */
    @Override
    public JsonNode value() {
      return value.deepCopy();
    }

    /** Not copied: for reading only. */
    JsonNode plainValue() {
      return value;
    }
  }
}
