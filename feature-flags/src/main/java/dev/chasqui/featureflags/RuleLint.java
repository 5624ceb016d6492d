package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Looks through one rule in the place of {@code targeting}: which results can come out, and which branches cannot be come to. */
final class RuleLint {
  private static final int DEEPEST = 60;

  private final String flag;
  private final ObjectNode evaluators;
  private final List<LintFinding> findings;

  private final Set<String> served = new TreeSet<>();
  private boolean servesAnything;
  private boolean servesDefault;

  RuleLint(String flag, ObjectNode evaluators, List<LintFinding> findings) {
    this.flag = flag;
    this.evaluators = evaluators;
    this.findings = findings;
  }

  /** Variants that may come out. */
  Set<String> served() {
    return served;
  }

  /** Whether any may, for all that can be told. */
  boolean servesAnything() {
    return servesAnything;
  }

  /** Whether null may come out. */
  boolean servesDefault() {
    return servesDefault;
  }

  void look(JsonNode rule, String pointer) {
    result(rule, pointer, Knowledge.NOTHING, 0);
  }

  private void found(String check, LintFinding.Severity severity, String pointer, String message) {
    findings.add(new LintFinding(check, severity, flag, pointer, message));
  }

  /** Without $ref, which would be looked at for each that refers to it. */
  private static boolean isOfThisFlag(String pointer) {
    return pointer.startsWith("/flags/");
  }

  private void result(JsonNode rule, String pointer, Knowledge known, int depth) {
    if (depth > DEEPEST) {
      servesAnything = true;
      servesDefault = true;
      return;
    }
    if (!rule.isObject() || rule.size() != 1) {
      literal(rule);
      return;
    }
    String operator = rule.propertyNames().iterator().next();
    JsonNode operands = rule.get(operator);
    String inside = pointer + "/" + RuleReader.escaped(operator);
    switch (operator) {
      case "if", "?:" -> choice(operands, inside, known, depth);
      case "fractional" -> fractional(operands, inside, known, depth);
      case "$ref" -> {
        JsonNode evaluator = evaluators.get(operands.stringValue(""));
        if (evaluator != null) {
          result(
              evaluator,
              "/$evaluators/" + RuleReader.escaped(operands.stringValue("")),
              known,
              depth + 1);
        }
      }
      default -> {
        servesAnything = true;
        servesDefault = true;
      }
    }
  }

  private void literal(JsonNode literal) {
    if (literal.isNull()) {
      servesDefault = true;
    } else if (literal.isString() || literal.isBoolean()) {
      served.add(literal.asString());
    } else if (literal.isNumber()) {
      served.add(Coercion.text(literal.doubleValue()));
    } else {
      servesAnything = true;
    }
  }

  private void choice(JsonNode operands, String pointer, Knowledge known, int depth) {
    if (!operands.isArray()) {
      result(operands, pointer, known, depth + 1);
      return;
    }
    Knowledge here = known;
    int i = 0;
    for (; i + 1 < operands.size(); i += 2) {
      JsonNode condition = resolved(operands.get(i), 0);
      Boolean holds = here.decide(condition);
      if (holds != null && !holds) {
        unreachable(pointer + "/" + (i + 1), condition, "its condition never holds here");
      } else {
        result(operands.get(i + 1), pointer + "/" + (i + 1), here.with(condition, true), depth + 1);
      }
      if (holds != null && holds) {
        if (i + 2 < operands.size()) {
          unreachable(
              pointer + "/" + (i + 2), condition, "the condition before it always holds here");
        }
        return;
      }
      here = here.with(condition, false);
    }
    if (i < operands.size()) {
      result(operands.get(i), pointer + "/" + i, here, depth + 1);
    } else {
      servesDefault = true;
    }
  }

  /** A condition that is nothing but a reference is what that stands for. */
  private JsonNode resolved(JsonNode condition, int depth) {
    JsonNode name = condition.get("$ref");
    JsonNode evaluator =
        name == null || depth > DEEPEST ? null : evaluators.get(name.stringValue(""));
    return evaluator == null ? condition : resolved(evaluator, depth + 1);
  }

  private void unreachable(String pointer, JsonNode condition, String why) {
    if (isOfThisFlag(pointer)) {
      found(
          "unreachable",
          LintFinding.Severity.WARNING,
          pointer,
          "is never come to: " + why + ", " + cut(condition.toString()));
    }
  }

  private static String cut(String text) {
    return text.length() <= 120 ? text : text.substring(0, 120) + "…";
  }

  private void fractional(JsonNode operands, String pointer, Knowledge known, int depth) {
    servesDefault = true; // without a key
    if (!operands.isArray()) {
      servesAnything = true;
      return;
    }
    List<JsonNode> shares = new ArrayList<>();
    operands.forEach(shares::add);
    boolean keyed = !operands.get(0).isArray();
    int first = keyed ? 1 : 0;
    int weighted = 0;
    int lastWeighted = -1;
    boolean fixed = shares.size() > first;
    for (int i = first; i < shares.size(); i++) {
      JsonNode share = shares.get(i);
      if (!share.isArray() || share.isEmpty()) {
        servesAnything = true;
        return;
      }
      JsonNode weight = share.get(1);
      boolean none = weight != null && weight.isNumber() && weight.doubleValue() <= 0;
      fixed &= weight == null || weight.isNumber();
      if (!none) {
        weighted++;
        lastWeighted = i;
        result(share.get(0), pointer + "/" + i + "/0", known, depth + 1);
      }
    }
    if (fixed && isOfThisFlag(pointer)) {
      if (weighted == 0) {
        found(
            "no-weight",
            LintFinding.Severity.WARNING,
            pointer,
            "has no weight above 0, so it is always null");
      } else if (weighted == 1 && shares.size() > first + 1) {
        found(
            "ended-rollout",
            LintFinding.Severity.NOTE,
            pointer,
            "gives all of the weight to " + shares.get(lastWeighted).get(0)
                + ": the roll-out has ended, and that could stand here");
      }
    }
  }
}
