package dev.chasqui.featureflags;

import dev.chasqui.featureflags.LintFinding.Severity;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds flags that split their subjects by the same keys, so that the same subjects come first in both. */
final class Seeds {
  private final List<LintFinding> findings;
  private final Map<Seed, FlagDefinition> first = new HashMap<>();

  /**
   * What buckets are drawn by.
   *
   * @param text what all keys begin with
   * @param attribute what comes after it
   * @param isArray whether they are arrays of both, as those of revision 3 without a key are
   */
  private record Seed(Bucketing bucketing, String text, String attribute, boolean isArray) {}

  Seeds(List<LintFinding> findings) {
    this.findings = findings;
  }

  void look(FlagDefinition flag, String pointer) {
    Map<String, Seed> seeds = new TreeMap<>();
    Set<Rule> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    flag.rules().forEach(rule -> collect(rule, seen, seeds));
    seeds.values().forEach(seed -> look(flag, pointer, seed));
  }

  private void look(FlagDefinition flag, String pointer, Seed seed) {
    FlagDefinition other = first.putIfAbsent(seed, flag);
    if (other != null) {
      boolean isMeant = isSalt(other, seed) && isSalt(flag, seed);
      findings.add(new LintFinding(
          "same-seed",
          isMeant ? Severity.NOTE : Severity.WARNING,
          flag.key(),
          pointer,
          "draws with the seed \"" + seed.text + "\", as flag " + other.key()
              + " does: the same subjects come first in both",
          isMeant ? "give it an x-salt of its own, unless that is meant" : "give it another seed"));
    }
    FlagDefinition.Layer layer = flag.layer();
    if (layer != null
        && layer.name().equals(seed.text)
        && seed.attribute.equals("targetingKey")
        && seed.bucketing != Bucketing.V3) {
      findings.add(new LintFinding(
          "same-seed",
          Severity.WARNING,
          flag.key(),
          pointer + "/x-layer",
          "draws with the name of its layer, " + layer.name()
              + ", so its part of the layer falls into the same of its own parts",
          "give it an x-salt"));
    }
  }

  private static boolean isSalt(FlagDefinition flag, Seed seed) {
    return seed.text.equals(flag.salt());
  }

  private static void collect(Rule rule, Set<Rule> seen, Map<String, Seed> seeds) {
    if (!seen.add(rule)) {
      return;
    }
    Seed seed = rule instanceof Rules.Fractional fractional ? seed(fractional) : null;
    if (seed != null) {
      seeds.put(seed.toString(), seed);
    }
    rule.operands().forEach(operand -> collect(operand, seen, seeds));
  }

  /** Null if it is none, cannot be told, or nothing is split. */
  private static @Nullable Seed seed(Rules.Fractional fractional) {
    List<Rule> operands = fractional.operands();
    Rule first = operands.get(0);
    boolean isArray = fractional.bucketing() == Bucketing.V3;
    if (first instanceof Rule.Elements
        || (first instanceof Rule.Literal literal && literal.value() instanceof List)) {
      return fractional.seed() == null || !isSplit(operands)
          ? null
          : new Seed(fractional.bucketing(), fractional.seed(), "targetingKey", isArray);
    }
    if (!(first instanceof Rules.Operation cat)
        || cat.operator() != Operator.CAT
        || !isSplit(operands.subList(1, operands.size()))) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    List<Rule> parts = cat.operands();
    for (int i = 0; i + 1 < parts.size(); i++) {
      if (!(parts.get(i) instanceof Rule.Literal part)) {
        return null;
      }
      text.append(Coercion.join(Collections.singletonList(part.value()), ""));
    }
    return parts.size() > 1
            && parts.get(parts.size() - 1) instanceof Rules.Variable last
            && last.attribute() != null
        ? new Seed(fractional.bucketing(), text.toString(), last.path(), false)
        : null;
  }

  /** Whether more than one has, or may have, a weight. */
  private static boolean isSplit(List<Rule> shares) {
    if (!shares.stream().allMatch(Rule.Literal.class::isInstance)) {
      return shares.size() > 1;
    }
    Split split =
        Split.of(shares.stream().map(share -> ((Rule.Literal) share).value()).toArray(), 0);
    if (split == null) {
      return false;
    }
    int[] ends = split.ends();
    int last = ends[ends.length - 1];
    for (int end : ends) {
      if (end > 0 && end < last) {
        return true;
      }
    }
    return false;
  }
}
