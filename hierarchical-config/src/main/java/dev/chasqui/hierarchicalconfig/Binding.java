package dev.chasqui.hierarchicalconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How far an entry binds what stands nearer. All but {@link Recommended} are locks; SPEC.md, section
 * 5, says what each refuses.
 */
public sealed interface Binding {
  /** Nearer entries may say otherwise. */
  static Binding recommended() {
    return new Recommended();
  }

  /** Nearer entries are refused. */
  static Binding mandatory() {
    return new Mandatory();
  }

  /** Nearer entries may only be stricter, see {@link Setting#stricter()}. */
  static Binding narrowOnly() {
    return new NarrowOnly();
  }

  /** Both bounds are allowed values. */
  static Binding between(JsonNode least, JsonNode greatest) {
    return new Bounded(least, greatest, List.of());
  }

  /** Nearer entries must have one of these values. */
  static Binding oneOf(List<JsonNode> choices) {
    return new Bounded(null, null, choices);
  }

  /** Whether it can refuse anything. */
  default boolean isLock() {
    return !(this instanceof Recommended);
  }

  /** Nearer entries may say otherwise. */
  record Recommended() implements Binding {}

  /** Nearer entries are refused. */
  record Mandatory() implements Binding {}

  /** Nearer entries may only be stricter. */
  record NarrowOnly() implements Binding {}

  /**
   * Nearer entries may move within bounds.
   *
   * @param min the least value allowed, or null
   * @param max the greatest value allowed, or null
   * @param choices the values allowed, at most 1,000; empty if there are {@code min} or {@code max}
   */
  record Bounded(@Nullable JsonNode min, @Nullable JsonNode max, List<JsonNode> choices)
      implements Binding {
    private static final int MOST_CHOICES = 1_000;

    /**
     * Copies the bounds.
     *
     * @throws IllegalArgumentException if there are neither bounds nor choices, or both, or too many
     */
    public Bounded {
      boolean range = min != null || max != null;
      if (range != choices.isEmpty()) {
        throw new IllegalArgumentException(
            "bounds must have \"min\" or \"max\" or both, or else \"choices\"");
      }
      if (choices.size() > MOST_CHOICES) {
        throw new IllegalArgumentException("\"choices\" of a binding must be at most "
            + MOST_CHOICES + ", were " + choices.size());
      }
      min = min == null ? null : bound("min", min);
      max = max == null ? null : bound("max", max);
      choices = choices.stream().map(choice -> bound("choices", choice)).toList();
    }

    private static JsonNode bound(String name, JsonNode json) {
      return PlainJson.named('"' + name + "\" of a binding", json);
    }

    /** A copy for objects and lists. */
    @Override
    public @Nullable JsonNode min() {
      return min == null ? null : min.deepCopy();
    }

    /** A copy for objects and lists. */
    @Override
    public @Nullable JsonNode max() {
      return max == null ? null : max.deepCopy();
    }

    /** Copies for objects and lists. */
    @Override
    public List<JsonNode> choices() {
      return choices.stream().<JsonNode>map(JsonNode::deepCopy).toList();
    }
  }
}
