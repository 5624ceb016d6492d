package dev.chasqui.featureflags;

import dev.chasqui.featureflags.LintFinding.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Looks for what is likely not meant in a document: branches that are never come to, variants that are never served, attributes
 * that no context has. What it says of reachability is so for every context, or it says nothing. Takes time in proportion to the
 * document; where conditions are so many, or so large, that it would not, it says that it left some out.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagLint {
  private static final long MOST_STEPS = 2_000_000; // a second or two; documents take thousands

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

  /** What it finds, flag by flag in the document's order, then what is of evaluators and of several flags. */
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
    private final Effort effort = new Effort(MOST_STEPS);
    private final OperatorLint operators;
    private final Seeds seeds = new Seeds(findings);
    private final Map<String, Set<Bucketing>> usedEvaluators = new TreeMap<>(); // by which buckets
    private final Map<String, List<FlagDefinition>> layers = new TreeMap<>();

    Run(FlagSet set, Set<String> keys) {
      this.set = set;
      this.keys = keys;
      this.document = set.document();
      this.operators = new OperatorLint(attributes, document.plainEvaluators(), findings);
    }

    List<LintFinding> check() {
      for (FlagProblem problem : set.problems()) {
        if (keys.contains(problem.flag())) {
          found(
              "wrong",
              Severity.ERROR,
              problem.flag(),
              problem.pointer(),
              problem.message(),
              "correct the flag; till then it is an error, or what it was before");
        }
      }
      for (String key : document.keys()) {
        CompiledFlag flag = keys.contains(key) ? set.flag(key) : null;
        FlagDefinition definition = flag == null ? null : flag.definition();
        JsonNode source = document.plainFlag(key);
        boolean isAsWritten = flag != null
            && source != null
            && source.equals(flag.content().source()); // not what it was
        if (definition != null && source != null && isAsWritten) {
          check(definition, source, FlagDocument.pointer(key));
        }
      }
      evaluators();
      operators.finish();
      layers.values().forEach(this::overlaps);
      if (effort.isSpent()) {
        found(
            "cut-short",
            Severity.NOTE,
            "",
            "",
            "has so many, or so large conditions that not all were held against one another",
            "look at parts of the document, one at a time");
      }
      return findings;
    }

    private void found(
        String check, Severity severity, String flag, String pointer, String message, String mend) {
      findings.add(new LintFinding(check, severity, flag, pointer, message, mend));
    }

    private void check(FlagDefinition flag, JsonNode source, String pointer) {
      flag.evaluators()
          .keySet()
          .forEach(name -> usedEvaluators
              .computeIfAbsent(name, key -> EnumSet.noneOf(Bucketing.class))
              .add(flag.bucketing()));
      if (flag.killed() && flag.off() == null) {
        found(
            "no-off",
            Severity.WARNING,
            flag.key(),
            pointer + "/x-killed",
            "is killed without x-off, so whoever asks gets the default of his code",
            "name a variant by x-off");
      }
      Set<String> types = new TreeSet<>();
      flag.variants()
          .values()
          .forEach(value -> types.add(value.getNodeType().name().toLowerCase(Locale.ROOT)));
      if (types.size() > 1) {
        found(
            "mixed-variants",
            Severity.WARNING,
            flag.key(),
            pointer + "/variants",
            "are of several types, " + types
                + ": whoever asks for one type gets an error for the others",
            "make them of one type");
      }
      RuleLint results = new RuleLint(
          flag.key(), pointer, flag.bucketing(), document.plainEvaluators(), effort, findings);
      JsonNode targeting = source.get("targeting");
      if (flag.targeting() != null && targeting != null) {
        results.look(targeting, pointer + "/targeting");
        operators.look(targeting, pointer + "/targeting", flag.key());
      }
      JsonNode steps = source.get("x-schedule");
      if (!flag.schedule().isEmpty() && steps != null) {
        schedule(flag, steps, targeting, pointer + "/x-schedule", results);
      }
      served(flag, pointer, results);
      seeds.look(flag, pointer);
      FlagDefinition.Layer layer = flag.layer();
      if (layer != null) {
        layers.computeIfAbsent(layer.name(), name -> new ArrayList<>()).add(flag);
      }
    }

    private void schedule(
        FlagDefinition flag,
        JsonNode steps,
        @Nullable JsonNode targeting,
        String pointer,
        RuleLint results) {
      JsonNode before = flag.targeting() == null ? null : targeting;
      for (int i = 0; i < steps.size(); i++) {
        JsonNode step = steps.get(i);
        String where = pointer + "/" + i;
        JsonNode rule = step.get("targeting");
        if (rule != null && rule.isObject() && !rule.isEmpty()) {
          results.look(rule, where + "/targeting");
          operators.look(rule, where + "/targeting", flag.key());
        } else if (!step.has("variant")) { // a ramp is null without a targeting key
          results.serveDefault();
        }
        for (String member : List.of("variant", "ramp", "else")) {
          if (step.has(member)) {
            results.served().add(step.get(member).stringValue(""));
          }
        }
        JsonNode says = step.has("variant") ? step.get("variant") : rule;
        boolean isNoRamp = step.has("ramp") && step.get("ramp").equals(step.get("else"));
        if (isNoRamp || (says != null && says.equals(before))) {
          found(
              "idle-step",
              Severity.NOTE,
              flag.key(),
              where,
              isNoRamp
                  ? "is a ramp of one variant and the same for the others"
                  : "says what is said before it already",
              "take it out, or say what shall change");
        }
        before = says;
      }
      ended(flag, steps.get(steps.size() - 1), pointer);
    }

    private void ended(FlagDefinition flag, JsonNode last, String pointer) {
      long at = last.has("ramp")
          ? Schedule.seconds(last.get("until"), pointer)
          : flag.schedule().get(flag.schedule().size() - 1).at();
      if (at <= now.getEpochSecond()) {
        found(
            "ended-schedule",
            Severity.NOTE,
            flag.key(),
            pointer,
            "is over since " + Instant.ofEpochSecond(at),
            "let what it came to stand in its place");
      }
    }

    private void served(FlagDefinition flag, String pointer, RuleLint results) {
      boolean fallback = results.servesDefault()
          || flag.targeting() == null
          || flag.layer() != null
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
            "has no defaultVariant, and rules that do not always say one: then whoever asks gets the default of his code",
            "name a defaultVariant, or end each if with what else it is");
      }
      for (String variant : results.served()) {
        if (!flag.variants().containsKey(variant)) {
          found(
              "no-variant",
              Severity.WARNING,
              flag.key(),
              pointer,
              "its rules say " + variant + ", which is none of its variants "
                  + flag.variants().keySet(),
              "add the variant, or say another");
        }
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
              "variant " + variant + " is never served",
              "take it out, unless it is for later");
        }
      }
    }

    /** Those that flags refer to, each by itself. */
    private void evaluators() {
      usedEvaluators.forEach((name, bucketings) -> {
        JsonNode evaluator = document.plainEvaluators().get(name);
        if (evaluator != null && bucketings.size() == 1) {
          String pointer = "/$evaluators/" + RuleReader.escaped(name);
          Bucketing bucketing = bucketings.iterator().next();
          new RuleLint("", pointer, bucketing, document.plainEvaluators(), effort, findings)
              .look(evaluator, pointer);
        }
      });
      if (keys.containsAll(document.keys())) {
        document.plainEvaluators().propertyNames().forEach(name -> {
          if (!usedEvaluators.containsKey(name)) {
            found(
                "unused-evaluator",
                Severity.NOTE,
                "",
                "/$evaluators/" + RuleReader.escaped(name),
                "nothing refers to evaluator " + name,
                "take it out");
          }
        });
      }
    }

    /** Each is held against the one that reaches furthest of those that begin before it. */
    private void overlaps(List<FlagDefinition> flags) {
      flags.sort(Comparator.comparingInt(Run::from));
      FlagDefinition furthest = flags.get(0);
      for (FlagDefinition flag : flags.subList(1, flags.size())) {
        if (from(flag) < to(furthest)) {
          found(
              "overlapping-layer",
              Severity.NOTE,
              flag.key(),
              FlagDocument.pointer(flag.key()) + "/x-layer",
              "shares a part of its layer with flag " + furthest.key(),
              "give it a part of its own, unless subjects may be in both");
        }
        furthest = to(flag) > to(furthest) ? flag : furthest;
      }
    }

    private static int from(FlagDefinition flag) {
      FlagDefinition.Layer layer = flag.layer();
      return layer == null ? 0 : layer.from();
    }

    private static int to(FlagDefinition flag) {
      FlagDefinition.Layer layer = flag.layer();
      return layer == null ? 0 : layer.to();
    }
  }
}
