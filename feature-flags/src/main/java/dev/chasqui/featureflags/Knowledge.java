package dev.chasqui.featureflags;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is known of a context at one place of a rule, from the conditions on the way there. Decides only what is so for every context: of
 * conditions it does not understand it knows no more than that the same one comes out the same again. What is learnt on the way into a
 * branch is taken back on the way out.
 *
 * <p><b>Threads:</b> one.
 */
final class Knowledge {
  private static final int LARGEST_REMEMBERED =
      100; // nodes; larger conditions take long to compare

  private final Effort effort;
  private final Map<JsonNode, Boolean> conditions = new HashMap<>();
  private final Map<String, Facts> attributes = new HashMap<>();
  private final Map<Excluded, Boolean> excluded = new HashMap<>(); // true: nothing == it, either
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /** What an attribute is not. */
  private record Excluded(String attribute, Object value) {}

  Knowledge(Effort effort) {
    this.effort = effort;
  }

  /** To come back to by {@link #forget}. */
  int mark() {
    return undo.size();
  }

  /** Takes back what was learnt since. */
  void forget(int mark) {
    while (undo.size() > mark) {
      undo.pop().run();
    }
  }

  /** Whether a condition holds; null if it may or may not. */
  @Nullable
  Boolean decide(JsonNode condition) {
    if (!effort.spend(1)) {
      return null;
    }
    if (!condition.isObject()) {
      return truthOf(condition);
    }
    Boolean known = isRemembered(condition) ? conditions.get(condition) : null;
    if (known != null || condition.size() != 1) {
      return known;
    }
    String operator = condition.propertyNames().iterator().next();
    JsonNode operands = condition.get(operator);
    return switch (operator) {
      case "and", "or" -> decideAll(operands, operator.equals("or"));
      case "!", "!!" -> decideNot(operands, operator.equals("!"));
      default -> {
        Boolean always = ConstantConditions.decide(operator, operands);
        yield always != null ? always : decide(Condition.of(operator, operands));
      }
    };
  }

  private static @Nullable Boolean truthOf(JsonNode literal) {
    return switch (literal.getNodeType()) {
      case NULL, BOOLEAN, NUMBER, STRING -> Coercion.truth(ConstantConditions.scalar(literal));
      case ARRAY -> !literal.isEmpty(); // whatever its elements come to
      default -> null;
    };
  }

  private @Nullable Boolean decideAll(JsonNode operands, boolean decides) {
    int mark = mark();
    boolean all = true;
    try {
      for (JsonNode operand : operands.isArray() ? operands : List.of(operands)) {
        Boolean holds = decide(operand);
        if (holds != null && holds == decides) {
          return decides;
        }
        all &= holds != null;
        learn(operand, !decides);
      }
      return all ? !decides : null;
    } finally {
      forget(mark);
    }
  }

  private @Nullable Boolean decideNot(JsonNode operands, boolean negated) {
    JsonNode operand = operands.isArray() ? operands.get(0) : operands;
    Boolean holds = operand == null ? Boolean.FALSE : decide(operand);
    return holds == null ? null : holds != negated;
  }

  private @Nullable Boolean decide(@Nullable Condition condition) {
    if (condition == null) {
      return null;
    }
    Facts facts = attributes.getOrDefault(condition.attribute(), Facts.NONE);
    Boolean holds;
    if (condition instanceof Condition.Within within) {
      holds = facts.decide(within.interval());
    } else if (condition instanceof Condition.Affix affix) {
      holds = facts.decide(affix);
    } else {
      Condition.OneOf oneOf = (Condition.OneOf) condition;
      if (!effort.spend(facts.work(oneOf))) {
        return null;
      }
      holds = facts.decide(oneOf);
      if (holds == null
          && oneOf.values().stream()
              .allMatch(value -> isExcluded(oneOf.attribute(), value, oneOf.exact())
                  || !facts.mayBe(value, oneOf.exact()))) {
        holds = false;
      }
    }
    return holds == null ? null : holds != condition.negated();
  }

  private boolean isExcluded(String attribute, Object value, boolean exact) {
    Boolean loosely = excluded.get(new Excluded(attribute, value));
    return loosely != null && (exact || loosely);
  }

  /** From here on a condition holds, or does not. */
  void learn(JsonNode condition, boolean holds) {
    if (!effort.spend(1) || !condition.isObject() || condition.size() != 1) {
      return;
    }
    if (isRemembered(condition)) {
      put(conditions, condition, holds);
    }
    String operator = condition.propertyNames().iterator().next();
    JsonNode operands = condition.get(operator);
    switch (operator) {
      case "and", "or" -> {
        if (holds == operator.equals("and")) {
          for (JsonNode operand : operands.isArray() ? operands : List.of(operands)) {
            learn(operand, holds);
          }
        }
      }
      case "!", "!!" -> {
        JsonNode operand = operands.isArray() ? operands.get(0) : operands;
        if (operand != null) {
          learn(operand, holds != operator.equals("!"));
        }
      }
      default -> {
        Condition understood = Condition.of(operator, operands);
        if (understood != null) {
          learn(understood, holds != understood.negated());
        }
      }
    }
  }

  private void learn(Condition condition, boolean holds) {
    Facts facts = attributes.getOrDefault(condition.attribute(), Facts.NONE);
    if (condition instanceof Condition.Within within) {
      facts = facts.with(within.interval(), holds);
    } else if (condition instanceof Condition.Affix affix) {
      facts = facts.with(affix, holds);
    } else {
      Condition.OneOf oneOf = (Condition.OneOf) condition;
      if (!effort.spend(oneOf.values().size() + facts.work(oneOf))) {
        return;
      }
      if (!holds) {
        for (Object value : oneOf.values()) {
          if (!isExcluded(oneOf.attribute(), value, oneOf.exact())) {
            put(excluded, new Excluded(oneOf.attribute(), value), !oneOf.exact());
          }
        }
      }
      facts = facts.with(oneOf, holds);
    }
    put(
        attributes,
        condition.attribute(),
        facts.without((value, exact) -> isExcluded(condition.attribute(), value, exact)));
  }

  private <K, V> void put(Map<K, V> map, K key, V value) {
    V before = map.put(key, value);
    undo.push(before == null ? () -> map.remove(key) : () -> map.put(key, before));
  }

  private static boolean isRemembered(JsonNode condition) {
    return left(condition, LARGEST_REMEMBERED) > 0;
  }

  /** Of so many nodes; stops at 0. */
  private static int left(JsonNode node, int nodes) {
    int left = nodes - 1;
    for (JsonNode below : node) {
      if (left <= 0) {
        return 0;
      }
      left = left(below, left);
    }
    return left;
  }
}
