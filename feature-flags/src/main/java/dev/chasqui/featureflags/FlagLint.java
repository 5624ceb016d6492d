package dev.chasqui.featureflags;

import dev.chasqui.featureflags.LintFinding.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Looks for what is likely not meant in a document: branches that are never come to, variants that are never served, attributes
 * that no context has. What it says of reachability is so for every context, or it says nothing.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagLint {
  private static final int NEAR = 2;

  private final Set<String> attributes;
  private final Instant now;

  private FlagLint(Set<String> attributes, Instant now) {
    this.attributes = attributes;
    this.now = now;
  }

  /** One that knows of no attributes, and so asks of none whether there is such a one. */
  public static FlagLint at(Instant now) {
    return new FlagLint(Set.of(), now);
  }

  /** One that knows which attributes contexts have, by the first name of a path. */
  public FlagLint withAttributes(Set<String> known) {
    return new FlagLint(Set.copyOf(known), now);
  }

  /** What it finds, flag by flag in the document's order, then what is of several. */
  public List<LintFinding> check(FlagDocument document) {
    FlagSet set = FlagSet.of(document);
    return check(set, set.keys());
  }

  /** What it finds of some flags of a set that is compiled already, and of several of them together. */
  List<LintFinding> check(FlagSet set, Set<String> keys) {
    return new Run(set, keys).check();
  }

  private final class Run {
    private final FlagSet set;
    private final FlagDocument document;
    private final Set<String> keys;
    private final List<LintFinding> findings = new ArrayList<>();
    private final Map<String, String> numbers =
        new TreeMap<>(); // attribute → where it is compared as one
    private final Map<String, String> texts = new TreeMap<>();
    private final Map<String, String> seeds = new HashMap<>(); // → flag
    private final Set<String> usedEvaluators = new TreeSet<>();

    Run(FlagSet set, Set<String> keys) {
      this.set = set;
      this.keys = keys;
      this.document = set.document();
    }

    List<LintFinding> check() {
      for (FlagProblem problem : set.problems()) {
        if (!keys.contains(problem.flag())) {
          continue;
        }
        findings.add(new LintFinding(
            "wrong", Severity.ERROR, problem.flag(), problem.pointer(), problem.message()));
      }
      for (String key : document.keys()) {
        CompiledFlag flag = keys.contains(key) ? set.flag(key) : null;
        FlagDefinition definition = flag == null ? null : flag.definition();
        JsonNode source = document.plainFlag(key);
        boolean isAsWritten = flag != null
            && source != null
            && source.equals(flag.content().source()); // not what it was
        if (definition != null && source != null && isAsWritten) {
          check(definition, source, "/flags/" + RuleReader.escaped(key));
        }
      }
      numbers.forEach((attribute, pointer) -> {
        String other = texts.get(attribute);
        if (other != null) {
          findings.add(new LintFinding(
              "mixed-attribute",
              Severity.WARNING,
              "",
              pointer,
              "compares " + attribute + " as a number, where " + other + " takes it for a text"));
        }
      });
      document.plainEvaluators().propertyNames().forEach(name -> {
        if (keys.containsAll(document.keys()) && !usedEvaluators.contains(name)) {
          findings.add(new LintFinding(
              "unused-evaluator",
              Severity.NOTE,
              "",
              "/$evaluators/" + RuleReader.escaped(name),
              "nothing refers to evaluator " + name));
        }
      });
      layers();
      return findings;
    }

    private void found(
        String check, Severity severity, String flag, String pointer, String message) {
      findings.add(new LintFinding(check, severity, flag, pointer, message));
    }

    private void check(FlagDefinition flag, JsonNode source, String pointer) {
      usedEvaluators.addAll(flag.evaluators().keySet());
      if (flag.killed() && flag.off() == null) {
        found(
            "no-off",
            Severity.WARNING,
            flag.key(),
            pointer + "/x-killed",
            "is killed without x-off, so whoever asks gets the default of his code");
      }
      Set<String> types = new TreeSet<>();
      flag.variants()
          .values()
          .forEach(
              value -> types.add(value.getNodeType().name().toLowerCase(java.util.Locale.ROOT)));
      if (types.size() > 1) {
        found(
            "mixed-variants",
            Severity.WARNING,
            flag.key(),
            pointer + "/variants",
            "are of several types, " + types
                + ": whoever asks for one type gets an error for the others");
      }
      RuleLint results = new RuleLint(flag.key(), document.plainEvaluators(), findings);
      JsonNode targeting = source.get("targeting");
      if (flag.targeting() != null && targeting != null) {
        results.look(targeting, pointer + "/targeting");
        operators(targeting, pointer + "/targeting", flag);
      }
      schedule(flag, source, pointer, results);
      served(flag, pointer, results);
      JsonNode salt = source.get("x-salt");
      if (salt != null && salt.isString()) {
        seed("salt " + salt.stringValue(), flag.key(), pointer + "/x-salt");
      }
    }

    private void schedule(FlagDefinition flag, JsonNode source, String pointer, RuleLint results) {
      List<FlagDefinition.Step> steps = flag.schedule();
      for (int i = 0; i < steps.size(); i++) {
        JsonNode step = source.get("x-schedule").get(i);
        String where = pointer + "/x-schedule/" + i;
        if (step.has("targeting")) {
          results.look(step.get("targeting"), where + "/targeting");
          operators(step.get("targeting"), where + "/targeting", flag);
        } else {
          for (String member : List.of("variant", "ramp", "else")) {
            if (step.has(member)) {
              results.served().add(step.get(member).stringValue());
            }
          }
        }
      }
      if (!steps.isEmpty()
          && source.get("x-schedule").get(steps.size() - 1).has("variant")
          && steps.get(steps.size() - 1).at() <= now.getEpochSecond()) {
        found(
            "ended-schedule",
            Severity.NOTE,
            flag.key(),
            pointer + "/x-schedule",
            "is over since " + Instant.ofEpochSecond(steps.get(steps.size() - 1).at())
                + ": what it came to could stand in its place");
      }
    }

    private void served(FlagDefinition flag, String pointer, RuleLint results) {
      boolean fallback = !flag.hasRules()
          || results.servesDefault()
          || flag.targeting() == null
          || flag.layer() != null
          || flag.schedule().stream()
              .anyMatch(
                  step -> step.rule() instanceof Rule.Literal literal && literal.value() == null)
          || (!flag.prerequisites().isEmpty() && flag.off() == null);
      if (fallback
          && flag.defaultVariant() == null
          && flag.targeting() != null
          && !results.servesAnything()) {
        found(
            "no-default",
            Severity.NOTE,
            flag.key(),
            pointer,
            "has no defaultVariant, and rules that do not always say one: then whoever asks gets the default of his code");
      }
      if (results.servesAnything()) {
        return;
      }
      Set<String> served = new TreeSet<>(results.served());
      served.addAll(flag.targets().values());
      if (flag.off() != null) {
        served.add(flag.off());
      }
      if (fallback && flag.defaultVariant() != null) {
        served.add(flag.defaultVariant());
      }
      for (String variant : flag.variants().keySet()) {
        if (!served.contains(variant)) {
          found(
              "never-served",
              Severity.NOTE,
              flag.key(),
              pointer + "/variants/" + RuleReader.escaped(variant),
              "variant " + variant + " is never served");
        }
      }
      for (String variant : served) {
        if (!flag.variants().containsKey(variant)) {
          found(
              "no-variant",
              Severity.WARNING,
              flag.key(),
              pointer,
              "its rules say " + variant + ", which is none of its variants "
                  + flag.variants().keySet());
        }
      }
    }

    private void seed(String seed, String flag, String pointer) {
      String other = seeds.putIfAbsent(seed, flag);
      if (other != null && !other.equals(flag)) {
        found(
            "same-seed",
            Severity.WARNING,
            flag,
            pointer,
            "draws with the same seed as flag " + other + ": the same subjects come first in both");
      }
    }

    /** What single operators say, wherever they stand. */
    private void operators(JsonNode rule, String pointer, FlagDefinition flag) {
      if (rule.isArray()) {
        for (int i = 0; i < rule.size(); i++) {
          operators(rule.get(i), pointer + "/" + i, flag);
        }
        return;
      }
      if (!(rule instanceof ObjectNode) || rule.size() != 1) {
        return;
      }
      String operator = rule.propertyNames().iterator().next();
      JsonNode operands = rule.get(operator);
      String inside = pointer + "/" + RuleReader.escaped(operator);
      JsonNode first = operands.isArray() ? operands.get(0) : operands;
      JsonNode second = operands.isArray() ? operands.get(1) : null;
      String attribute = attribute(first);
      switch (operator) {
        case "var" -> known(first, inside, flag);
        case "<", "<=", ">", ">=" -> {
          if (attribute != null && second != null && second.isNumber()) {
            numbers.putIfAbsent(attribute, inside);
          }
        }
        case "starts_with", "ends_with", "sem_ver" -> {
          if (attribute != null) {
            texts.putIfAbsent(attribute, inside);
          }
        }
        case "==", "===" -> {
          if (attribute != null
              && second != null
              && second.isString()
              && Double.isNaN(Coercion.number(second.stringValue()))) {
            texts.putIfAbsent(attribute, inside);
          }
        }
        case "in" -> {
          if (attribute != null && second != null && second.isString()) {
            found(
                "in-text",
                Severity.WARNING,
                flag.key(),
                inside,
                "asks whether " + attribute + " is a part of the text " + second
                    + ": an array may be meant");
          }
        }
        case "fractional" -> {
          JsonNode parts = first == null ? null : first.get("cat");
          if (parts != null
              && parts.isArray()
              && parts.size() > 1
              && parts.get(0).isString()) {
            seed("cat " + parts, flag.key(), inside);
          }
        }
        default -> {}
      }
      boolean isIteration =
          Set.of("map", "filter", "reduce", "all", "none", "some").contains(operator);
      operators(
          isIteration && first != null ? first : operands,
          isIteration ? inside + "/0" : inside,
          flag);
    }

    private void known(@Nullable JsonNode path, String pointer, FlagDefinition flag) {
      if (attributes.isEmpty() || path == null || !path.isString()) {
        return;
      }
      String name = path.stringValue().replaceFirst("\\..*", "");
      if (name.isEmpty()
          || name.equals("$flagd")
          || name.equals("targetingKey")
          || attributes.contains(name)) {
        return;
      }
      String nearest = attributes.stream()
          .filter(known -> distance(known, name) <= NEAR)
          .min(Comparator.<String>comparingInt(known -> distance(known, name))
              .thenComparing(Comparator.naturalOrder()))
          .orElse(null);
      found(
          "unknown-attribute",
          Severity.WARNING,
          flag.key(),
          pointer,
          "no context has " + name + (nearest == null ? "" : "; " + nearest + " may be meant"));
    }

    private void layers() {
      List<FlagDefinition> inLayers = new ArrayList<>();
      for (String key : document.keys()) {
        CompiledFlag flag = keys.contains(key) ? set.flag(key) : null;
        FlagDefinition definition = flag == null ? null : flag.definition();
        FlagDefinition.Layer layer = definition == null ? null : definition.layer();
        if (definition == null || layer == null) {
          continue;
        }
        for (FlagDefinition other : inLayers) {
          FlagDefinition.Layer its = other.layer();
          if (its != null
              && its.name().equals(layer.name())
              && its.from() < layer.to()
              && layer.from() < its.to()) {
            found(
                "overlapping-layer",
                Severity.NOTE,
                key,
                "/flags/" + RuleReader.escaped(key) + "/x-layer",
                "shares a part of layer " + layer.name() + " with flag " + other.key());
          }
        }
        inLayers.add(definition);
      }
    }
  }

  private static @Nullable String attribute(@Nullable JsonNode rule) {
    JsonNode path = rule == null ? null : rule.get("var");
    if (path != null && path.isArray() && path.size() == 1) {
      path = path.get(0);
    }
    return path != null && path.isString() && !path.stringValue().isEmpty()
        ? path.stringValue()
        : null;
  }

  /** Letters to change, add or take away (Levenshtein). */
  private static int distance(String one, String other) {
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
