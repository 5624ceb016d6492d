package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A flag that is ready to be asked.
 *
 * <p><b>Threads:</b> immutable.
 */
final class CompiledFlag {
  private final String key;
  private final Content content;
  private final Content good;
  private final @Nullable FlagDefinition definition; // null: it is an error
  private final List<CompiledFlag> prerequisites;
  private final Outcomes outcomes;
  private final Decision decision;
  private final boolean readsTime;
  private final int size;
  private final int height;

  /**
   * All that decides what it comes to: two of the same content come to the same.
   *
   * @param source as it is written
   */
  record Content(
      @Nullable JsonNode source,
      Map<String, JsonNode> evaluators,
      JsonNode documentMetadata,
      List<Content> prerequisites) {
    boolean equalsSource(@Nullable JsonNode other) {
      return source != null && source.equals(other);
    }
  }

  private CompiledFlag(
      String key,
      Content content,
      Content good,
      @Nullable FlagDefinition definition,
      List<CompiledFlag> prerequisites,
      Outcomes outcomes,
      Decision decision,
      boolean readsTime) {
    this.key = key;
    this.content = content;
    this.good = good;
    this.definition = definition;
    this.prerequisites = prerequisites;
    this.outcomes = outcomes;
    this.decision = decision;
    this.readsTime = readsTime;
    int flags = 1;
    int below = 0;
    for (CompiledFlag prerequisite : prerequisites) {
      flags += prerequisite.size;
      below = Math.max(below, prerequisite.height);
    }
    this.size = flags;
    this.height = 1 + below;
  }

  /**
   * Makes one ready.
   *
   * @param prerequisites the flags that it names, in its order
   * @param good what it was when it was right; null if it is right
   */
  static CompiledFlag of(
      FlagDefinition definition,
      JsonNode source,
      FlagMetadata documentMetadata,
      List<CompiledFlag> prerequisites,
      @Nullable Content good) {
    boolean isFixed = !definition.enabled() || definition.killed();
    Outcomes outcomes = new Outcomes(
        definition.key(),
        definition.variants(),
        definition.metadata(),
        !isFixed && definition.hasRules());
    List<Content> others = new ArrayList<>(prerequisites.size());
    prerequisites.forEach(flag -> others.add(flag.content));
    Content content =
        new Content(source, definition.evaluators(), documentMetadata.json(), List.copyOf(others));
    return new CompiledFlag(
        definition.key(),
        content,
        good == null ? content : good,
        definition,
        prerequisites,
        outcomes,
        decision(definition, outcomes, prerequisites),
        !isFixed
            && (!definition.schedule().isEmpty()
                || definition.rules().stream().anyMatch(Rule::readsTime)
                || prerequisites.stream().anyMatch(flag -> flag.readsTime)));
  }

  /** One that is an error for all who ask. */
  static CompiledFlag broken(
      String key, @Nullable JsonNode source, FlagMetadata documentMetadata, String problem) {
    Outcomes outcomes = new Outcomes(key, Map.of(), documentMetadata, false);
    Content content = new Content(source, Map.of(), documentMetadata.json(), List.of());
    return new CompiledFlag(
        key,
        content,
        content,
        null,
        List.of(),
        outcomes,
        new Decision.Constant(
            outcomes.error(ErrorCode.PARSE_ERROR, "flag " + key + " is wrong: " + problem)),
        false);
  }

  private static Decision decision(
      FlagDefinition definition, Outcomes outcomes, List<CompiledFlag> prerequisites) {
    if (!definition.enabled()) {
      return new Decision.Constant(outcomes.nothing(Reason.DISABLED));
    }
    if (definition.killed()) {
      return new Decision.Constant(
          definition.off() == null
              ? outcomes.nothing(Reason.DISABLED)
              : outcomes.constant(definition.off()));
    }
    if (!definition.hasRules()) {
      return new Decision.Constant(outcomes.constant(definition.defaultVariant()));
    }
    Outcome fallback = outcomes.fallback(definition.defaultVariant());
    Decision decision = definition.targeting() == null
        ? new Decision.Constant(fallback)
        : Decision.of(Shortcuts.of(definition.targeting()), outcomes, fallback);
    decision = scheduled(definition, outcomes, fallback, decision);
    if (!definition.targets().isEmpty()) {
      Map<String, Outcome> byKey = new HashMap<>();
      definition.targets().forEach((target, variant) -> byKey.put(target, outcomes.match(variant)));
      decision = new Decision.Named(byKey, decision);
    }
    FlagDefinition.Layer layer = definition.layer();
    if (layer != null) {
      decision = new Decision.Gated((context, now) -> isIn(layer, context), fallback, decision);
    }
    if (!prerequisites.isEmpty()) {
      decision = new Decision.Gated(
          (context, now) -> firstUnmet(definition, prerequisites, context, now) < 0,
          closed(definition, outcomes),
          decision);
    }
    return decision;
  }

  private static Outcome closed(FlagDefinition definition, Outcomes outcomes) {
    return definition.off() == null
        ? outcomes.fallback(definition.defaultVariant())
        : outcomes.match(definition.off());
  }

  private static Decision scheduled(
      FlagDefinition definition, Outcomes outcomes, Outcome fallback, Decision before) {
    List<FlagDefinition.Step> schedule = definition.schedule();
    if (schedule.isEmpty()) {
      return before;
    }
    return new Decision.Scheduled(
        schedule.stream().mapToLong(FlagDefinition.Step::at).toArray(),
        schedule.stream()
            .map(step -> Decision.of(Shortcuts.of(step.rule()), outcomes, fallback))
            .toArray(Decision[]::new),
        before);
  }

  private static boolean isIn(FlagDefinition.Layer layer, EvaluationContext context) {
    String key = context.getTargetingKey();
    return key != null && !key.isEmpty() && layer.has(key);
  }

  /** Index of the first prerequisite that does not hold, or -1. */
  private static int firstUnmet(
      FlagDefinition definition,
      List<CompiledFlag> prerequisites,
      EvaluationContext context,
      long now) {
    for (int i = 0; i < prerequisites.size(); i++) {
      String variant = prerequisites.get(i).decide(context, now).evaluation().variant();
      if (variant == null || !definition.prerequisites().get(i).variants().contains(variant)) {
        return i;
      }
    }
    return -1;
  }

  /** What it comes to. */
  Outcome decide(EvaluationContext context, long now) {
    try {
      return decision.decide(context, now);
    } catch (RuleException e) {
      return outcomes.error(
          ErrorCode.GENERAL, "the targeting of flag " + key + " has no value: " + e.getMessage());
    }
  }

  boolean readsTime() {
    return readsTime;
  }

  /** Attributes of contexts that it may depend on; {@code ""} among them if it may be any. */
  Set<String> reads() {
    Set<String> attributes = new TreeSet<>();
    if (definition == null || !definition.enabled() || definition.killed()) {
      return attributes;
    }
    if (definition.layer() != null || !definition.targets().isEmpty()) {
      attributes.add(EvaluationContext.TARGETING_KEY);
    }
    definition.rules().forEach(rule -> Shortcuts.of(rule).reads(attributes::add));
    prerequisites.forEach(flag -> attributes.addAll(flag.reads()));
    return attributes;
  }

  /** Whether a context, or the time, may make a difference. */
  boolean canVary() {
    if (definition == null || !definition.enabled() || definition.killed()) {
      return false;
    }
    boolean varies = definition.layer() != null
        || !definition.targets().isEmpty()
        || !definition.schedule().isEmpty()
        || (definition.targeting() != null
            && !(Shortcuts.of(definition.targeting()) instanceof Rule.Literal));
    for (int i = 0; i < prerequisites.size(); i++) {
      CompiledFlag other = prerequisites.get(i);
      if (other.canVary()) {
        varies = true;
      } else {
        String variant = other.decide(FlagContext.EMPTY, 0).evaluation().variant();
        if (variant == null || !definition.prerequisites().get(i).variants().contains(variant)) {
          return false; // it never holds
        }
      }
    }
    return varies;
  }

  /** How many flags one evaluation may look at: itself and all that it stands on, each as often as it is come to. */
  int size() {
    return size;
  }

  /** How many flags the longest chain of prerequisites has that begins with it. */
  int height() {
    return height;
  }

  boolean isBroken() {
    return definition == null;
  }

  /** Whether it is wrong where it is written now, and stays what it was. */
  @SuppressWarnings("ReferenceEquality") // it is the same one, or another was given
  boolean isKept() {
    return good != content;
  }

  /** What it was when it was last right: without what it is told besides while it is wrong. */
  Content good() {
    return good;
  }

  List<CompiledFlag> prerequisites() {
    return prerequisites;
  }

  Content content() {
    return content;
  }

  @Nullable
  FlagDefinition definition() {
    return definition;
  }

  /** How it comes to it, by its rules as they are written. */
  List<Explanation.Step> explain(EvaluationContext context, long now) {
    List<Explanation.Step> steps = new ArrayList<>();
    explain(context, now, steps);
    return steps;
  }

  private void explain(EvaluationContext context, long now, List<Explanation.Step> steps) {
    if (definition == null) {
      steps.add(Explanation.step(
          "error", String.valueOf(decide(context, now).evaluation().errorMessage())));
      return;
    }
    if (!definition.enabled()) {
      steps.add(Explanation.step("state", "DISABLED"));
      return;
    }
    if (definition.killed()) {
      steps.add(Explanation.step("x-killed", "true"));
      steps.add(Explanation.step("x-off", String.valueOf(definition.off())));
      return;
    }
    int unmet = firstUnmet(definition, prerequisites, context, now);
    int looked = unmet < 0 ? prerequisites.size() : unmet + 1;
    for (int i = 0; i < looked; i++) {
      CompiledFlag other = prerequisites.get(i);
      steps.add(new Explanation.Step(
          "x-prerequisites: " + other.key + " must be one of "
              + definition.prerequisites().get(i).variants(),
          String.valueOf(other.decide(context, now).evaluation().variant()),
          other.explain(context, now)));
    }
    if (unmet >= 0) {
      steps.add(Explanation.step(
          definition.off() == null ? "defaultVariant" : "x-off",
          String.valueOf(
              definition.off() == null ? definition.defaultVariant() : definition.off())));
      return;
    }
    FlagDefinition.Layer layer = definition.layer();
    if (layer != null) {
      boolean in = isIn(layer, context);
      steps.add(Explanation.step(
          "x-layer: in " + layer.name() + " from " + layer.from() + " to " + layer.to(),
          String.valueOf(in)));
      if (!in) {
        steps.add(Explanation.step("defaultVariant", String.valueOf(definition.defaultVariant())));
        return;
      }
    }
    String target = context.getTargetingKey() == null
        ? null
        : definition.targets().get(context.getTargetingKey());
    if (!definition.targets().isEmpty()) {
      steps.add(Explanation.step("x-targets", String.valueOf(target)));
      if (target != null) {
        return;
      }
    }
    Rule inForce = definition.targeting();
    String name = "targeting";
    for (FlagDefinition.Step step : definition.schedule()) {
      if (step.at() <= now) {
        inForce = step.rule();
        name = "x-schedule: since " + java.time.Instant.ofEpochSecond(step.at());
      }
    }
    boolean decided = false;
    if (inForce != null) {
      Rule rule = inForce;
      Explanation.Step step = rule.explain(context, now, null);
      steps.add(new Explanation.Step(name, step.value(), List.of(step)));
      decided = !step.value().equals("null");
    }
    if (!decided) {
      steps.add(Explanation.step("defaultVariant", String.valueOf(definition.defaultVariant())));
    }
  }
}
