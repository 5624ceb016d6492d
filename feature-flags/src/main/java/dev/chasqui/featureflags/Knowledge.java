package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is known of a context at one place of a rule, from the conditions on the way there. Decides only what is so for every context: of
 * conditions it does not understand it knows no more than that the same one comes out the same again.
 *
 * <p><b>Threads:</b> immutable.
 */
final class Knowledge {
  static final Knowledge NOTHING = new Knowledge(Map.of(), Map.of());

  private final Map<JsonNode, Boolean> conditions;
  private final Map<String, Facts> attributes;

  /** Of one attribute: where its number lies, and what its text is. Null: anywhere. */
  private record Facts(
      List<Interval> in, List<Interval> notIn, @Nullable Set<String> texts, Set<String> notTexts) {
    static final Facts NONE = new Facts(List.of(), List.of(), null, Set.of());
  }

  /** Numbers from {@code least} to {@code most}; never NaN. */
  private record Interval(double least, boolean withLeast, double most, boolean withMost) {
    boolean isWithin(Interval other) {
      return (other.least < least || (other.least == least && (other.withLeast || !withLeast)))
          && (most < other.most || (most == other.most && (other.withMost || !withMost)));
    }

    boolean isApartFrom(Interval other) {
      return isBelow(other) || other.isBelow(this);
    }

    private boolean isBelow(Interval other) {
      return most < other.least || (most == other.least && !(withMost && other.withLeast));
    }
  }

  /**
   * A condition on one attribute: its number is in an interval, or its text is one of some. {@code exact}: and it is a text, not
   * something that is equal to it.
   */
  private record Test(
      String attribute, @Nullable Interval interval, Set<String> texts, boolean exact) {}

  private Knowledge(Map<JsonNode, Boolean> conditions, Map<String, Facts> attributes) {
    this.conditions = conditions;
    this.attributes = attributes;
  }

  /** Whether a condition holds; null if it may or may not. */
  @Nullable
  Boolean decide(JsonNode condition) {
    Boolean known = conditions.get(condition);
    if (known != null) {
      return known;
    }
    if (!condition.isObject()) {
      return truthOf(condition);
    }
    if (condition.size() != 1) {
      return null;
    }
    String operator = condition.propertyNames().iterator().next();
    JsonNode operands = condition.get(operator);
    return switch (operator) {
      case "and", "or" -> decideAll(operands, operator.equals("or"));
      case "!", "!!" -> decideNot(operands, operator.equals("!"));
      default -> decide(test(operator, operands));
    };
  }

  private static @Nullable Boolean truthOf(JsonNode literal) {
    return switch (literal.getNodeType()) {
      case NULL -> false;
      case BOOLEAN -> literal.booleanValue();
      case NUMBER -> Coercion.truth(literal.doubleValue());
      case STRING -> Coercion.truth(literal.stringValue());
      case ARRAY -> !literal.isEmpty(); // whatever its elements come to
      default -> null;
    };
  }

  private @Nullable Boolean decideAll(JsonNode operands, boolean decides) {
    Knowledge here = this;
    boolean all = true;
    for (JsonNode operand : operands.isArray() ? operands : List.of(operands)) {
      Boolean holds = here.decide(operand);
      if (holds != null && holds == decides) {
        return decides;
      }
      all &= holds != null;
      here = here.with(operand, !decides);
    }
    return all ? !decides : null;
  }

  private @Nullable Boolean decideNot(JsonNode operands, boolean negated) {
    JsonNode operand = operands.isArray() ? operands.get(0) : operands;
    Boolean holds = operand == null ? Boolean.FALSE : decide(operand);
    return holds == null ? null : holds != negated;
  }

  private @Nullable Boolean decide(@Nullable Test test) {
    Facts facts = test == null ? null : attributes.get(test.attribute);
    if (test == null || facts == null) {
      return null;
    }
    Interval interval = test.interval;
    if (interval != null) {
      if (facts.in.stream().anyMatch(known -> known.isWithin(interval))) {
        return true;
      }
      if (facts.in.stream().anyMatch(known -> known.isApartFrom(interval))
          || facts.notIn.stream().anyMatch(interval::isWithin)) {
        return false;
      }
      return null;
    }
    if (facts.notTexts.containsAll(test.texts)) {
      return false;
    }
    if (facts.texts == null) {
      return null;
    }
    if (facts.texts.stream().noneMatch(test.texts::contains)) {
      return false;
    }
    if (!test.exact && test.texts.containsAll(facts.texts)) {
      return true;
    }
    return null;
  }

  /** What is known where a condition holds, or does not. */
  Knowledge with(JsonNode condition, boolean holds) {
    Map<JsonNode, Boolean> more = new HashMap<>(conditions);
    Map<String, Facts> facts = new HashMap<>(attributes);
    note(condition, holds, more, facts);
    return new Knowledge(more, facts);
  }

  private static void note(
      JsonNode condition, boolean holds, Map<JsonNode, Boolean> more, Map<String, Facts> facts) {
    more.put(condition, holds);
    if (!condition.isObject() || condition.size() != 1) {
      return;
    }
    String operator = condition.propertyNames().iterator().next();
    JsonNode operands = condition.get(operator);
    switch (operator) {
      case "and", "or" -> {
        if (holds == operator.equals("and")) {
          for (JsonNode operand : operands.isArray() ? operands : List.of(operands)) {
            note(operand, holds, more, facts);
          }
        }
      }
      case "!", "!!" -> {
        JsonNode operand = operands.isArray() ? operands.get(0) : operands;
        if (operand != null) {
          note(operand, holds != operator.equals("!"), more, facts);
        }
      }
      default -> {
        Test test = test(operator, operands);
        if (test != null) {
          facts.put(
              test.attribute, noted(facts.getOrDefault(test.attribute, Facts.NONE), test, holds));
        }
      }
    }
  }

  private static Facts noted(Facts facts, Test test, boolean holds) {
    if (test.interval != null) {
      return holds
          ? new Facts(plus(facts.in, test.interval), facts.notIn, facts.texts, facts.notTexts)
          : new Facts(facts.in, plus(facts.notIn, test.interval), facts.texts, facts.notTexts);
    }
    if (!holds) {
      // What is not exactly a text may still be equal to it, as a list of one is.
      if (test.exact) {
        return facts;
      }
      Set<String> not = new HashSet<>(facts.notTexts);
      not.addAll(test.texts);
      return new Facts(facts.in, facts.notIn, facts.texts, not);
    }
    Set<String> texts = new HashSet<>(test.texts);
    if (facts.texts != null) {
      texts.retainAll(facts.texts);
    }
    return new Facts(facts.in, facts.notIn, texts, facts.notTexts);
  }

  private static List<Interval> plus(List<Interval> intervals, Interval more) {
    List<Interval> all = new ArrayList<>(intervals);
    all.add(more);
    return all;
  }

  /** Null if it is none that is understood. */
  private static @Nullable Test test(String operator, JsonNode operands) {
    if (!operands.isArray() || operands.size() != 2) {
      return null;
    }
    String attribute = attribute(operands.get(0));
    JsonNode constant = operands.get(1);
    if (attribute == null) {
      attribute = attribute(constant);
      constant = operands.get(0);
      if (attribute == null || !(operator.equals("==") || operator.equals("==="))) {
        return null;
      }
    }
    return switch (operator) {
      case "==", "===" ->
        constant.isString() && isNoNumber(constant.stringValue())
            ? new Test(attribute, null, Set.of(constant.stringValue()), operator.equals("==="))
            : null;
      case "in" -> texts(attribute, constant);
      case "<", "<=" ->
        number(constant) == null
            ? null
            : interval(
                attribute,
                Double.NEGATIVE_INFINITY,
                true,
                constant.doubleValue(),
                operator.equals("<="));
      case ">", ">=" ->
        number(constant) == null
            ? null
            : interval(
                attribute,
                constant.doubleValue(),
                operator.equals(">="),
                Double.POSITIVE_INFINITY,
                true);
      default -> null;
    };
  }

  private static @Nullable JsonNode number(JsonNode constant) {
    return constant.isNumber() ? constant : null;
  }

  private static Test interval(
      String attribute, double least, boolean withLeast, double most, boolean withMost) {
    return new Test(attribute, new Interval(least, withLeast, most, withMost), Set.of(), false);
  }

  private static @Nullable Test texts(String attribute, JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      return null;
    }
    Set<String> texts = new HashSet<>();
    for (JsonNode element : list) {
      if (!element.isString()) {
        return null;
      }
      texts.add(element.stringValue());
    }
    return new Test(attribute, null, texts, true);
  }

  /** Otherwise numbers and booleans may be equal to it. */
  private static boolean isNoNumber(String text) {
    return Double.isNaN(Coercion.number(text));
  }

  private static @Nullable String attribute(@Nullable JsonNode rule) {
    if (rule == null || !rule.isObject() || rule.size() != 1) {
      return null;
    }
    JsonNode path = rule.get("var");
    if (path != null && path.isArray() && path.size() == 1) {
      path = path.get(0);
    }
    return path != null && path.isString() && !path.stringValue().isEmpty()
        ? path.stringValue()
        : null;
  }
}
