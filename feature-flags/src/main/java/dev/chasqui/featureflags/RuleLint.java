package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Looks through rules in the place of {@code targeting}: which results can come out, and which branches cannot be come to. */
final class RuleLint {
  private static final int LONGEST_SHOWN = 120;
  private static final JsonNode NOTHING = JsonNodeFactory.instance.nullNode();

  private final String flag;
  private final String root;
  private final Bucketing bucketing;
  private final ObjectNode evaluators;
  private final Effort effort;
  private final List<LintFinding> findings;
  private final Knowledge known;

  private final Set<String> served = new TreeSet<>();
  private boolean servesAnything;
  private boolean servesDefault;

  /**
   * Makes one.
   *
   * @param root JSON pointer; nothing is found outside of it: what a {@code $ref} stands for is looked at by itself
   */
  RuleLint(
      String flag,
      String root,
      Bucketing bucketing,
      ObjectNode evaluators,
      Effort effort,
      List<LintFinding> findings) {
    this.flag = flag;
    this.root = root + "/";
    this.bucketing = bucketing;
    this.evaluators = evaluators;
    this.effort = effort;
    this.findings = findings;
    this.known = new Knowledge(effort);
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

  /** Null may come out by something else than a rule that was looked at. */
  void serveDefault() {
    servesDefault = true;
  }

  void look(JsonNode rule, String pointer) {
    result(rule, pointer);
  }

  private void found(
      String check, LintFinding.Severity severity, String pointer, String message, String mend) {
    if (pointer.startsWith(root)) {
      findings.add(new LintFinding(check, severity, flag, pointer, message, mend));
    }
  }

  private void serveAnything() {
    servesAnything = true;
    servesDefault = true;
  }

  private void result(JsonNode rule, String pointer) {
    if (!effort.spend(1)) {
      serveAnything();
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
      case "if", "?:" -> choice(operands, inside);
      case "fractional" -> fractional(operands, inside);
      case "$ref" -> {
        String name = operands.stringValue("");
        JsonNode evaluator = evaluators.get(name);
        if (evaluator != null) {
          result(evaluator, "/$evaluators/" + RuleReader.escaped(name));
        }
      }
      default -> serveAnything();
    }
  }

  private void literal(JsonNode literal) {
    Object value = ConstantConditions.scalar(literal);
    if (literal.isNull()) {
      servesDefault = true;
    } else if (value != null) {
      served.add(Coercion.text(value));
    } else {
      servesAnything = true;
    }
  }

  private void choice(JsonNode operands, String pointer) {
    if (!operands.isArray()) {
      result(operands, pointer);
      return;
    }
    int before = known.mark();
    int i = 0;
    for (; i + 1 < operands.size(); i += 2) {
      JsonNode condition = resolved(operands.get(i));
      Boolean holds = known.decide(condition);
      if (holds != null && !holds) {
        unreachable(pointer + "/" + (i + 1), condition, "its condition never holds here");
      } else {
        int outside = known.mark();
        known.learn(condition, true);
        result(operands.get(i + 1), pointer + "/" + (i + 1));
        known.forget(outside);
      }
      if (holds != null && holds) {
        if (i + 2 < operands.size()) {
          unreachable(
              pointer + "/" + (i + 2), condition, "the condition before it always holds here");
        }
        known.forget(before);
        return;
      }
      known.learn(condition, false);
    }
    if (i < operands.size()) {
      result(operands.get(i), pointer + "/" + i);
    } else {
      servesDefault = true;
    }
    known.forget(before);
  }

  /** A condition that is nothing but a reference is what that stands for. */
  private JsonNode resolved(JsonNode condition) {
    JsonNode found = condition;
    while (found.isObject() && found.size() == 1 && found.has("$ref")) { // they lead in no circle
      JsonNode evaluator = evaluators.get(found.get("$ref").stringValue(""));
      if (evaluator == null) {
        return found;
      }
      found = evaluator;
    }
    return found;
  }

  private void unreachable(String pointer, JsonNode condition, String why) {
    if (pointer.startsWith(root)) {
      String shown = condition.toString();
      found(
          "unreachable",
          LintFinding.Severity.WARNING,
          pointer,
          "is never come to: " + why + ", "
              + (shown.length() <= LONGEST_SHOWN ? shown : shown.substring(0, LONGEST_SHOWN) + "…"),
          "take it out, or correct the conditions");
    }
  }

  private void fractional(JsonNode operands, String pointer) {
    JsonNode first = operands.isArray() ? operands.get(0) : operands;
    int from = keys(first == null ? NOTHING : first);
    List<JsonNode> shares = new ArrayList<>();
    if (operands.isArray()) {
      for (int i = Math.max(from, 0); i < operands.size(); i++) {
        shares.add(operands.get(i));
      }
    }
    boolean isCertain = from >= 0;
    if (!isCertain) { // a key, or one more share, or neither
      serveAnything();
      shares = shares.isEmpty() ? shares : shares.subList(1, shares.size());
      from = 1;
    } else if (from == 0 || bucketing == Bucketing.V1) {
      servesDefault = true; // without a targeting key; where rounding leaves a key behind all
    }
    if (shares.stream().anyMatch(RuleLint::isMalformed)) {
      servesDefault = true;
      found(
          "bad-weight",
          LintFinding.Severity.WARNING,
          pointer,
          "is always null: each share must be an array of a variant and an integer",
          "multiply the weights until they are integers");
      return;
    }
    if (!weights(shares, pointer, isCertain)) {
      return;
    }
    for (int i = 0; i < shares.size(); i++) {
      JsonNode share = shares.get(i);
      if (!share.isArray()) {
        serveAnything();
      } else if (!(share.size() == 2
          && ConstantConditions.scalar(share.get(1)) instanceof Double weight
          && weight <= 0)) {
        servesDefault |= !ConstantConditions.isConstant(share); // a weight that comes to none
        result(share.get(0), pointer + "/" + (from + i) + "/0");
      }
    }
  }

  /** 1 if the first operand is a key, 0 if it is a share, or neither; -1 if that depends. */
  private int keys(JsonNode first) {
    if (first.isArray()) {
      return 0;
    }
    if (first.isString() || ConstantConditions.isText(first)) {
      return 1;
    }
    boolean wantsText = bucketing != Bucketing.V3;
    if (ConstantConditions.isConstant(first)) {
      servesDefault = true; // as null does
      return wantsText ? 0 : 1;
    }
    if ("targetingKey".equals(Condition.attribute(first))) {
      servesDefault = true; // it is a text, or null: then so is the whole
      return 1;
    }
    return -1;
  }

  /** Whether there are shares to look at. */
  private boolean weights(List<JsonNode> shares, String pointer, boolean isCertain) {
    if (!shares.stream().allMatch(ConstantConditions::isConstant)) {
      return true;
    }
    @Nullable Object[] values = shares.stream().map(ConstantConditions::value).toArray();
    Split split = Split.of(values, 0);
    if (split == null) {
      servesDefault = true;
      boolean isTooMuch = shares.stream().anyMatch(share -> share.size() < 2 || isPositive(share));
      if (isCertain || isTooMuch) {
        found(
            isTooMuch ? "bad-weight" : "no-weight",
            LintFinding.Severity.WARNING,
            pointer,
            isTooMuch
                ? "is always null: its weights are together above 2147483647"
                : "has no weight above 0, so it is always null",
            isTooMuch ? "divide the weights" : "give one a weight, or take it out");
      }
      return false;
    }
    int[] ends = split.ends();
    long weighted = Arrays.stream(ends).filter(end -> end > 0).distinct().count();
    if (weighted == 1 && shares.size() > 1 && isCertain) {
      int only = 0;
      while (ends[only] == 0) {
        only++;
      }
      found(
          "ended-rollout",
          LintFinding.Severity.NOTE,
          pointer,
          "gives all of the weight to " + shares.get(only).get(0) + ": the roll-out has ended",
          "let " + shares.get(only).get(0) + " stand in its place");
    }
    return true;
  }

  private static boolean isPositive(JsonNode share) {
    return ConstantConditions.scalar(share.get(1)) instanceof Double weight && weight > 0;
  }

  /** Whether a share spoils all, whatever what is worked out in it comes to. */
  private static boolean isMalformed(JsonNode share) {
    if (!share.isArray()) {
      return ConstantConditions.isConstant(share);
    }
    if (share.isEmpty() || share.size() > 2) {
      return true;
    }
    JsonNode result = share.get(0);
    if (ConstantConditions.isConstant(result)
        && !result.isNull()
        && ConstantConditions.scalar(result) == null) {
      return true;
    }
    JsonNode weight = share.get(1);
    return weight != null
        && ConstantConditions.isConstant(weight)
        && !(ConstantConditions.scalar(weight) instanceof Double number
            && number == Math.rint(number)
            && !Double.isInfinite(number));
  }
}
