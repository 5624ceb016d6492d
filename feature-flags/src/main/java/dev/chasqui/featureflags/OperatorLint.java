package dev.chasqui.featureflags;

import dev.chasqui.featureflags.LintFinding.Severity;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Looks at single operations, wherever they stand in a rule. */
final class OperatorLint {
  private static final int NEAR = 2;
  private static final Set<String> ITERATIONS =
      Set.of("map", "filter", "reduce", "all", "none", "some");

  private final Set<String> known;
  private final ObjectNode evaluators;
  private final List<LintFinding> findings;

  private final Map<String, String> numbers = new TreeMap<>(); // attribute → where it is one
  private final Map<String, String> texts = new TreeMap<>();
  private final Set<String> seen = new HashSet<>(); // evaluators, and whether of an item

  /** Makes one. {@code known}: attributes that contexts have; empty: not known. */
  OperatorLint(Set<String> known, ObjectNode evaluators, List<LintFinding> findings) {
    this.known = known;
    this.evaluators = evaluators;
    this.findings = findings;
  }

  /** Looks through a rule of a flag, and the evaluators that it refers to. */
  void look(JsonNode rule, String pointer, String flag) {
    look(rule, pointer, flag, false);
  }

  /** What only shows once all rules were looked through. */
  void finish() {
    numbers.forEach((attribute, pointer) -> {
      String other = texts.get(attribute);
      if (other != null) {
        findings.add(new LintFinding(
            "mixed-attribute",
            Severity.WARNING,
            "",
            pointer,
            "compares " + attribute + " as a number, where " + other + " takes it for a text",
            "take it for one of them in all rules"));
      }
    });
  }

  private void look(JsonNode rule, String pointer, String flag, boolean ofItem) {
    if (rule.isArray()) {
      for (int i = 0; i < rule.size(); i++) {
        look(rule.get(i), pointer + "/" + i, flag, ofItem);
      }
      return;
    }
    if (!rule.isObject() || rule.size() != 1) {
      return;
    }
    String operator = rule.propertyNames().iterator().next();
    JsonNode operands = rule.get(operator);
    String inside = pointer + "/" + RuleReader.escaped(operator);
    if (operator.equals("$ref")) {
      String name = operands.stringValue("");
      JsonNode evaluator = evaluators.get(name);
      if (evaluator != null && seen.add(name + ofItem)) {
        look(evaluator, "/$evaluators/" + RuleReader.escaped(name), "", ofItem);
      }
      return;
    }
    constant(operator, operands, inside, flag);
    if (!ofItem) {
      attributes(operator, operands, inside, flag);
    }
    if (ITERATIONS.contains(operator) && operands.isArray()) {
      for (int i = 0; i < operands.size(); i++) {
        look(operands.get(i), inside + "/" + i, flag, ofItem || i == 1);
      }
    } else {
      look(operands, inside, flag, ofItem);
    }
  }

  private void constant(String operator, JsonNode operands, String pointer, String flag) {
    Boolean always = ConstantConditions.decide(operator, operands);
    if (always == null) {
      return;
    }
    boolean isOfConstants = ConstantConditions.isConstant(operands);
    boolean isEmptied =
        operator.equals("in") && operands.get(1).isArray() && operands.get(1).isEmpty();
    findings.add(new LintFinding(
        "constant-condition",
        isEmptied ? Severity.NOTE : Severity.WARNING,
        flag,
        pointer,
        "is always " + always + ": "
            + (isEmptied
                ? "nothing is in an empty list"
                : isOfConstants
                    ? "no operand depends on a context"
                    : "values of these types are never equal"),
        isOfConstants && operands.get(0).isString()
            ? "write {\"var\": " + operands.get(0) + "} if an attribute is meant"
            : isEmptied ? "take it out" : "compare with a value of the other type"));
  }

  private void attributes(String operator, JsonNode operands, String pointer, String flag) {
    JsonNode first = operands.isArray() ? operands.get(0) : operands;
    JsonNode second = operands.isArray() ? operands.get(1) : null;
    String attribute = Condition.attribute(first);
    switch (operator) {
      case "var" -> mustBeKnown(first, pointer, flag);
      case "missing" -> {
        for (JsonNode path : operands.isArray() ? operands : List.of(operands)) {
          mustBeKnown(path, pointer, flag);
        }
      }
      case "missing_some" -> {
        if (second != null && second.isArray()) {
          second.forEach(path -> mustBeKnown(path, pointer, flag));
        }
      }
      case "<", "<=", ">", ">=" -> {
        if (attribute != null && second != null && second.isNumber()) {
          numbers.putIfAbsent(attribute, pointer);
        }
      }
      case "starts_with", "ends_with" -> {
        if (attribute != null) {
          texts.putIfAbsent(attribute, pointer);
        }
      }
      case "==", "===" -> {
        if (attribute != null
            && second != null
            && second.isString()
            && Double.isNaN(Coercion.number(second.stringValue()))) {
          texts.putIfAbsent(attribute, pointer);
        }
      }
      case "in" -> {
        if (attribute != null && second != null && second.isString()) {
          findings.add(new LintFinding(
              "in-text",
              Severity.WARNING,
              flag,
              pointer,
              "asks whether " + attribute + " is a part of the text " + second,
              "write [" + second + "] if it shall be equal to it"));
        }
        String whole = Condition.attribute(second);
        if (whole != null && first != null && first.isArray()) {
          findings.add(new LintFinding(
              "in-swapped",
              Severity.WARNING,
              flag,
              pointer,
              "looks for the list in " + whole + ", where it never is one of several",
              "let the attribute be the first operand, and the list the second"));
        }
      }
      default -> {}
    }
  }

  private void mustBeKnown(@Nullable JsonNode path, String pointer, String flag) {
    if (known.isEmpty() || path == null || !path.isString()) {
      return;
    }
    String name = path.stringValue().replaceFirst("\\..*", "");
    if (name.isEmpty()
        || name.equals("$flagd")
        || name.equals("targetingKey")
        || known.contains(name)) {
      return;
    }
    String nearest = known.stream()
        .filter(other -> distance(other, name) <= NEAR)
        .min(Comparator.<String>comparingInt(other -> distance(other, name))
            .thenComparing(Comparator.naturalOrder()))
        .orElse(null);
    findings.add(new LintFinding(
        "unknown-attribute",
        Severity.WARNING,
        flag,
        pointer,
        "no context has " + name,
        nearest == null ? "read another, or have contexts give it" : nearest + " may be meant"));
  }

  /** Letters to change, add or take away (Levenshtein). */
  private static int distance(String one, String other) {
    if (Math.abs(one.length() - other.length()) > NEAR) {
      return NEAR + 1;
    }
    int[] before = new int[other.length() + 1];
    for (int j = 0; j < before.length; j++) {
      before[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int[] row = new int[before.length];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(changed, Math.min(before[j], row[j - 1]) + 1);
      }
      before = row;
    }
    return before[other.length()];
  }
}
