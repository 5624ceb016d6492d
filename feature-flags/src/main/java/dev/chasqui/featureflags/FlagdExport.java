package dev.chasqui.featureflags;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a document so that any evaluator of flagd's format understands it: what is ours becomes {@code targeting}, {@code
 * defaultVariant} and {@code state} (SPEC.md, 5). Each flag has the same variant as before for every context and time; a flag for
 * which that cannot be is refused, and says why.
 *
 * <p>What is written has no {@code $evaluators}, no targeting where a flag is disabled, and one revision of buckets.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagdExport {
  private static final String BUCKETING = "bucketing";

  private final Bucketing bucketing;
  private final Predicate<String> offInstead;
  private final boolean keepExtensions;

  private FlagdExport(Builder builder) {
    this.bucketing = builder.bucketing;
    this.offInstead = builder.offInstead;
    this.keepExtensions = builder.keepExtensions;
  }

  /** To say how it is written. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What was written.
   *
   * @param document at the revision of the original
   * @param refusals flags that are not in it as they are, in the order of the original
   */
  public record Exported(FlagDocument document, List<Refusal> refusals) {
    /** Copies the list. */
    public Exported {
      refusals = List.copyOf(refusals);
    }
  }

  /**
   * A flag that cannot be written so that others evaluate it as we do.
   *
   * @param flag its key
   * @param pointer JSON pointer (RFC 6901) into the original of what stands against it
   * @param rule why
   * @param isOff whether it is written as if it were killed: always its {@code x-off}, or disabled; else it is left out
   */
  public record Refusal(String flag, String pointer, String rule, boolean isOff) {}

  /** Writes a document. Flags that are wrong (SPEC.md, 1.3) are refused and left out. */
  public Exported export(FlagDocument document) {
    FlagSet set = FlagSet.of(document);
    Map<String, FlagProblem> problems = new HashMap<>();
    set.problems().forEach(problem -> problems.put(problem.flag(), problem));
    Lowering lowering = new Lowering(document, set, bucketing);
    Map<String, Refusal> refusals = new HashMap<>();
    Map<String, ObjectNode> written = new HashMap<>();
    for (String key : document.keys()) {
      FlagProblem problem = problems.get(key);
      if (problem != null) {
        refusals.put(key, new Refusal(key, problem.pointer(), problem.message(), false));
        continue;
      }
      try {
        written.put(key, finished(document, key, lowering.lowered(key), keepExtensions));
      } catch (FlagFormatException e) {
        refusals.put(key, refused(document, key, lowering, e, written));
      }
    }
    FlagDocument exported = document(document, written);
    for (FlagProblem problem : FlagSet.of(exported).problems()) { // too deep or large, now
      FlagFormatException reason = new FlagFormatException(
          FlagDocument.pointer(problem.flag()), "lowered, " + problem.message(), null);
      refusals.put(problem.flag(), refused(document, problem.flag(), lowering, reason, written));
    }
    List<Refusal> inOrder = document.keys().stream()
        .filter(refusals::containsKey)
        .map(key -> Objects.requireNonNull(refusals.get(key)))
        .toList();
    return new Exported(inOrder.isEmpty() ? exported : document(document, written), inOrder);
  }

  private Refusal refused(
      FlagDocument document,
      String key,
      Lowering lowering,
      FlagFormatException reason,
      Map<String, ObjectNode> written) {
    boolean isOff = offInstead.test(key);
    if (isOff) {
      written.put(key, finished(document, key, lowering.off(key), false));
    } else {
      written.remove(key);
    }
    String pointer = reason.pointer().isEmpty() ? FlagDocument.pointer(key) : reason.pointer();
    return new Refusal(key, pointer, reason.problem(), isOff);
  }

  /** {@code lowered} without what others do not know, or with it where that is asked for. */
  private static ObjectNode finished(
      FlagDocument document, String key, ObjectNode lowered, boolean keepExtensions) {
    for (Iterator<String> names = lowered.propertyNames().iterator(); names.hasNext(); ) {
      if (names.next().startsWith("x-")) {
        names.remove();
      }
    }
    if (keepExtensions && document.plainFlag(key) instanceof ObjectNode original) {
      original.properties().forEach(member -> {
        if (member.getKey().startsWith("x-")) {
          lowered.set(member.getKey(), member.getValue());
        }
      });
    }
    if (lowered.get("metadata") instanceof ObjectNode metadata && metadata.has(BUCKETING)) {
      ObjectNode rest = metadata.deepCopy();
      rest.remove(BUCKETING);
      lowered.set("metadata", rest);
    }
    return lowered;
  }

  private FlagDocument document(FlagDocument original, Map<String, ObjectNode> written) {
    ObjectNode json = original.plainRest().deepCopy();
    if (bucketing != Bucketing.V2 || original.plainMetadata().has(BUCKETING)) {
      JsonNode metadata = json.get("metadata");
      (metadata instanceof ObjectNode object ? object : json.putObject("metadata"))
          .put(BUCKETING, bucketing.text());
    }
    ObjectNode flags = JsonNodeFactory.instance.objectNode();
    for (String key : original.keys()) {
      @Nullable ObjectNode flag = written.get(key);
      if (flag != null) {
        flags.set(key, flag);
      }
    }
    json.set("flags", flags);
    return FlagDocument.of(json, original.revision());
  }

  /** How it is written. */
  public static final class Builder {
    private Bucketing bucketing = Bucketing.V2;
    private Predicate<String> offInstead = key -> false;
    private boolean keepExtensions;

    private Builder() {}

    /**
     * The revision of buckets that who reads it has built in, by default 2. Flags that draw by another are refused.
     */
    public Builder bucketing(Bucketing readers) {
      this.bucketing = readers;
      return this;
    }

    /**
     * Which flags, by key, are written as if they were killed where they are refused. By default none: they are left out, and who
     * asks for one gets the default of the code. Flags that are wrong are left out in any case.
     */
    public Builder offInstead(Predicate<String> keys) {
      this.offInstead = keys;
      return this;
    }

    /** Leaves the extensions where they are, for people to read; ours evaluates such a document to the same. By default they go. */
    public Builder keepExtensions() {
      this.keepExtensions = true;
      return this;
    }

    /** Makes it. */
    public FlagdExport build() {
      return new FlagdExport(this);
    }
  }
}
