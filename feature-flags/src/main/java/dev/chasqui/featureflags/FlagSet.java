package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Reason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Flags that are compiled: what a {@link FlagDocument} means (SPEC.md, 2). A snapshot: whoever holds one sees the whole of one
 * document.
 *
 * <p><b>Threads:</b> immutable; evaluated by any number.
 */
public final class FlagSet {
  private final FlagDocument document;
  private final Attributes attributes;
  private final InstantSource clock;
  private final Map<String, CompiledFlag> flags;
  private final List<FlagProblem> problems;
  private volatile @Nullable String version; // once somebody asks

  FlagSet(
      FlagDocument document,
      Attributes attributes,
      InstantSource clock,
      Map<String, CompiledFlag> flags,
      List<FlagProblem> problems) {
    this.document = document;
    this.attributes = attributes;
    this.clock = clock;
    this.flags = Map.copyOf(flags);
    this.problems = List.copyOf(problems);
  }

  /** Compiles a document. Flags that are wrong are among its {@link #problems()}; they spoil no others. */
  public static FlagSet of(FlagDocument document) {
    return empty(InstantSource.system(), Attributes.OF_CONTEXTS_ALONE.fixed()).next(document);
  }

  /**
   * A set without a flag, of which others are made by {@link #next}.
   *
   * @param clock what rules that go by time read, in whole seconds
   * @param fixed attributes that are the same for all contexts of this process, and win over theirs, a structure whole: what rules
   *     say of them is worked out once. Not changed afterwards.
   * @throws IllegalArgumentException if it has a targeting key
   */
  public static FlagSet empty(InstantSource clock, EvaluationContext fixed) {
    return new FlagSet(FlagDocument.EMPTY, new Attributes(fixed), clock, Map.of(), List.of());
  }

  /**
   * Compiles what comes after this: what has not changed is taken over, and a flag that is wrong stays what it is here, if it is
   * here and right. Killed or disabled it is all the same, if the newer document says so.
   */
  public FlagSet next(FlagDocument newer) {
    FlagCompiler compiler = new FlagCompiler(newer, attributes, flags, document);
    Map<String, CompiledFlag> compiled = compiler.compile();
    return new FlagSet(newer, attributes, clock, compiled, compiler.problems());
  }

  /** What it was compiled from. */
  public FlagDocument document() {
    return document;
  }

  /**
   * Tells sets of different content apart: the document, and what flags that are wrong in it were kept as. Takes as long as writing
   * the document, the first time.
   */
  public String version() {
    String known = version;
    if (known == null) {
      Map<String, JsonNode> kept = kept();
      known = (kept.isEmpty() ? document : document.with(kept, document.revision())).fingerprint();
      version = known;
    }
    return known;
  }

  /** Flags that are wrong in the document, as they were written before. */
  private Map<String, JsonNode> kept() {
    Map<String, JsonNode> kept = new HashMap<>();
    for (FlagProblem problem : problems) {
      CompiledFlag flag = flags.get(problem.flag());
      JsonNode source = flag == null ? null : flag.content().source();
      if (problem.keptLastGood() && source != null) {
        kept.put(problem.flag(), source);
      }
    }
    return kept;
  }

  /** Keys of its flags, those that are wrong among them. */
  public Set<String> keys() {
    return document.keys();
  }

  /** What is wrong with the document. */
  public List<FlagProblem> problems() {
    return problems;
  }

  /** Keys that are here or in {@code other}, and do not come to the same for every context. */
  public Set<String> changedFrom(FlagSet other) {
    Set<String> changed = new HashSet<>();
    flags.forEach((key, flag) -> {
      CompiledFlag before = other.flags.get(key);
      if (before != flag && (before == null || !before.content().equals(flag.content()))) {
        changed.add(key);
      }
    });
    other.flags.keySet().stream().filter(key -> !flags.containsKey(key)).forEach(changed::add);
    return changed;
  }

  /**
   * Attributes of contexts, by the first name of their paths, that a flag may depend on: by its rules, and by those of its
   * prerequisites. Whoever leaves others out of a context gets the same. {@code targetingKey} is among them where it counts, and the
   * empty name, as {@code var} has it, where a rule reads them all or works a path out. Those that are fixed for this process are
   * not; nor are those of branches which they rule out. Takes as long as compiling the flag.
   *
   * @return in order; none if there is no such flag, or it is wrong, disabled or killed
   */
  public Set<String> attributesRead(String key) {
    CompiledFlag flag = flags.get(key);
    return flag == null ? Set.of() : Collections.unmodifiableSet(flag.reads());
  }

  /**
   * Whether a flag may be this for one context or at one time, and that for another, given what is fixed for this process. If not,
   * it may be asked once and kept as long as this set is.
   *
   * @return false if there is no such flag, or it is wrong, disabled or killed
   */
  public boolean canVary(String key) {
    CompiledFlag flag = flags.get(key);
    return flag != null && flag.canVary();
  }

  /** What the flag is for {@code context}, of whatever type. Never throws. */
  public FlagEvaluation evaluate(String key, EvaluationContext context) {
    return outcome(key, context).evaluation();
  }

  /** As {@link #evaluate(String, EvaluationContext)}, at another time than now. */
  public FlagEvaluation evaluate(String key, EvaluationContext context, Instant at) {
    CompiledFlag flag = flags.get(key);
    return (flag == null ? unknown(key) : flag.decide(context, at.getEpochSecond())).evaluation();
  }

  /** How the flag comes to what it is for {@code context}, by its rules as they are written. Never throws. */
  public Explanation explain(String key, EvaluationContext context) {
    return explain(key, context, clock.instant());
  }

  /**
   * As {@link #explain(String, EvaluationContext)}, at another time than now: with the set and the context of then, it is what was
   * decided then.
   */
  public Explanation explain(String key, EvaluationContext context, Instant at) {
    CompiledFlag flag = flags.get(key);
    long now = at.getEpochSecond();
    return new Explanation(
        evaluate(key, context, at),
        document.revision(),
        now,
        flag == null ? List.of() : flag.explain(attributes.all(context), now));
  }

  <T> ProviderEvaluation<T> evaluate(
      FlagType<T> type, String key, @Nullable T otherwise, EvaluationContext context) {
    return outcome(key, context).as(type, otherwise);
  }

  ProviderEvaluation<Boolean> evaluateBoolean(
      String key, @Nullable Boolean otherwise, EvaluationContext context) {
    return outcome(key, context).asBoolean(otherwise);
  }

  private Outcome outcome(String key, EvaluationContext context) {
    CompiledFlag flag = flags.get(key);
    if (flag == null) {
      return unknown(key);
    }
    return flag.decide(context, flag.readsTime() ? Math.floorDiv(clock.millis(), 1000L) : 0);
  }

  /** Null where there is none of that key. */
  @Nullable
  CompiledFlag flag(String key) {
    return flags.get(key);
  }

  private Outcome unknown(String key) {
    return new Outcome(
        new FlagEvaluation(
            key,
            null,
            null,
            Reason.ERROR.name(),
            ErrorCode.FLAG_NOT_FOUND,
            "there is no flag " + key,
            Map.of()),
        ImmutableMetadata.EMPTY);
  }
}
