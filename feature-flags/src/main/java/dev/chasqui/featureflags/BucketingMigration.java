package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes documents to another revision of buckets without anybody moving (SPEC.md, 4.6). What would move is told by {@link #shifts}
 * and {@link #moves}; {@link #pinned} changes the revision for what is to come, while flags that split their subjects now keep
 * theirs; {@link #released} lets go of those whose split has ended, whenever it is called.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class BucketingMigration {
  private static final String BUCKETING = "bucketing";

  private final Instant now;

  private BucketingMigration(Instant now) {
    this.now = now;
  }

  /**
   * To look at documents as of {@code now}: a ramp that has ended is no split any more, and what schedules have left behind does
   * not count. What is yet to come does.
   */
  public static BucketingMigration at(Instant now) {
    return new BucketingMigration(now);
  }

  /**
   * A {@code fractional} that comes to something else for some subjects once the revision changes.
   *
   * @param flag key of the flag that has it
   * @param pointer JSON pointer (RFC 6901) into the document of it, or of a ramp
   * @param from the revision that it is drawn by now
   * @param share of all subjects that come to this split and have a key, how many come to something else, 0 to 1; empty where
   *     weights or results are worked out for each context. Of a ramp, as of now.
   * @param isExact whether {@code share} counts each of the 2^32 hashes; else the revisions have hashes that know nothing of each
   *     other, and it is what is to be expected
   */
  public record Shift(
      String flag, String pointer, Bucketing from, OptionalDouble share, boolean isExact) {}

  /**
   * A subject that would be given something else.
   *
   * @param before variant, null for the default of who asks or an error
   * @param after likewise
   */
  public record Move(
      String flag,
      EvaluationContext context,
      @Nullable String before,
      @Nullable String after) {}

  /**
   * Which splits would shift if the document's revision were changed, and nothing else. Flags that have a revision of their own are
   * not touched by that; flags that are wrong are left out. A flag that has one that shifts among its prerequisites may move with
   * it: {@link #moves} sees that.
   */
  public List<Shift> shifts(FlagDocument document, Bucketing to) {
    List<Shift> shifts = new ArrayList<>();
    Set<String> wrong = wrong(document);
    document.keys().forEach(key -> {
      Bucketing from =
          wrong.contains(key) || own(document, key) != null ? null : revision(document, key);
      if (from != null && from != to) {
        for (Place place : places(document, key)) {
          OptionalDouble share = place.share(from, to);
          if (share.isEmpty() || share.getAsDouble() > 0) {
            boolean isExact =
                (from != Bucketing.V3 && to != Bucketing.V3) || place.constantKey() != null;
            shifts.add(new Shift(key, place.pointer, from, share, isExact));
          }
        }
      }
    });
    return shifts;
  }

  /** Who of these contexts would be given something else if the document's revision were changed, and nothing else. */
  public List<Move> moves(
      FlagDocument document, Bucketing to, List<? extends EvaluationContext> contexts) {
    FlagSet before = FlagSet.of(document);
    FlagSet after = FlagSet.of(written(document, to, Map.of()));
    List<Move> moves = new ArrayList<>();
    for (String key : document.keys()) {
      for (EvaluationContext context : contexts) {
        String one = before.evaluate(key, context, now).variant();
        String other = after.evaluate(key, context, now).variant();
        if (!Objects.equals(one, other)) {
          moves.add(new Move(key, context, one, other));
        }
      }
    }
    return moves;
  }

  /**
   * The document at another revision, in which nobody is given anything else than before: a flag whose buckets are not all for the
   * same has the revision that it had as its own ({@code bucketing} of its metadata), and so has one that is wrong.
   *
   * <p>Under revision 1, three of the 2^32 hashes are in no bucket at all. Subjects of these come to the same as all others once a
   * split that is over is drawn by another revision.
   *
   * @return at the revision of the original in its source's order
   */
  public FlagDocument pinned(FlagDocument document, Bucketing to) {
    Map<String, JsonNode> changes = new LinkedHashMap<>();
    Set<String> wrong = wrong(document);
    for (String key : document.keys()) {
      Bucketing from = own(document, key) == null ? revision(document, key) : null;
      if (from != null
          && from != to
          && document.plainFlag(key) instanceof ObjectNode flag
          && (wrong.contains(key) || splits(document, key, from, to))) {
        ObjectNode pinned = flag.deepCopy();
        JsonNode metadata = pinned.get("metadata");
        if (metadata == null) {
          pinned.putObject("metadata").put(BUCKETING, from.text());
        } else if (metadata instanceof ObjectNode object) {
          object.put(BUCKETING, from.text());
        }
        changes.put(key, pinned);
      }
    }
    return written(document, to, changes);
  }

  /**
   * The document, in which flags that split their subjects no longer have no revision of their own: the next split is drawn by the
   * document's. Flags that are wrong are left as they are.
   *
   * @return at the revision of the original in its source's order; the same document if there is nothing to release
   */
  public FlagDocument released(FlagDocument document) {
    Map<String, JsonNode> changes = new LinkedHashMap<>();
    Set<String> wrong = wrong(document);
    Bucketing common = ofSet(document);
    for (String key : document.keys()) {
      Bucketing own = own(document, key);
      if (own != null
          && common != null
          && own != common
          && !wrong.contains(key)
          && !splits(document, key, own, common)) {
        ObjectNode released =
            ((ObjectNode) Objects.requireNonNull(document.plainFlag(key))).deepCopy();
        ObjectNode metadata = (ObjectNode) released.required("metadata");
        metadata.remove(BUCKETING);
        if (metadata.isEmpty()) {
          released.remove("metadata");
        }
        changes.put(key, released);
      }
    }
    return changes.isEmpty() ? document : document.with(changes, document.revision());
  }

  private static Set<String> wrong(FlagDocument document) {
    Set<String> wrong = new HashSet<>();
    FlagSet.of(document).problems().forEach(problem -> wrong.add(problem.flag()));
    return wrong;
  }

  private static FlagDocument written(
      FlagDocument document, Bucketing to, Map<String, JsonNode> changes) {
    ObjectNode json = document.plainRest().deepCopy();
    if (json.get("metadata") instanceof ObjectNode metadata) {
      metadata.put(BUCKETING, to.text());
    } else {
      json.putObject("metadata").put(BUCKETING, to.text());
    }
    ObjectNode flags = json.putObject("flags");
    document
        .keys()
        .forEach(key -> flags.set(
            key, changes.getOrDefault(key, Objects.requireNonNull(document.plainFlag(key)))));
    if (!document.plainEvaluators().isEmpty()) {
      json.set("$evaluators", document.plainEvaluators());
    }
    return FlagDocument.of(json, document.revision());
  }

  /** Null where it is none that is known. */
  private static @Nullable Bucketing ofSet(FlagDocument document) {
    JsonNode common = document.plainMetadata().get(BUCKETING);
    return common == null ? Bucketing.V2 : Bucketing.of(common.asString(""));
  }

  private static @Nullable Bucketing own(FlagDocument document, String key) {
    JsonNode own =
        Objects.requireNonNull(document.plainFlag(key)).path("metadata").get(BUCKETING);
    return own == null ? null : Bucketing.of(own.asString(""));
  }

  private static @Nullable Bucketing revision(FlagDocument document, String key) {
    Bucketing own = own(document, key);
    return own != null ? own : ofSet(document);
  }

  private boolean splits(FlagDocument document, String key, Bucketing from, Bucketing to) {
    return places(document, key).stream().anyMatch(place -> place.splits(from, to));
  }

  /** All places at which a flag that is right puts subjects into buckets, now or later. */
  private List<Place> places(FlagDocument document, String key) {
    JsonNode flag = Objects.requireNonNull(document.plainFlag(key));
    JsonNode salt = flag.get("x-salt");
    Places places =
        new Places(document, salt != null && salt.isString() ? salt.stringValue() : key);
    String pointer = FlagDocument.pointer(key);
    JsonNode steps = flag.path("x-schedule");
    int inForce = -1;
    for (int i = 0; i < steps.size(); i++) {
      String at = pointer + "/x-schedule/" + i + "/at";
      if (Schedule.seconds(steps.get(i).get("at"), at) <= now.getEpochSecond()) {
        inForce = i;
      }
    }
    if (inForce < 0) {
      places.addAll(flag.path("targeting"), pointer + "/targeting");
    }
    for (int i = Math.max(0, inForce); i < steps.size(); i++) {
      places.addStep(steps.get(i), pointer + "/x-schedule/" + i);
    }
    return places.found;
  }

  /** Looks for places, references followed. */
  private final class Places {
    final List<Place> found = new ArrayList<>();
    private final FlagDocument document;
    private final String seed;
    private final Set<String> seen = new HashSet<>();

    Places(FlagDocument document, String seed) {
      this.document = document;
      this.seed = seed;
    }

    void addStep(JsonNode step, String pointer) {
      if (step.path("ramp").isString()) {
        found.add(Place.ramp(step, pointer, seed, now.getEpochSecond()));
      } else {
        addAll(step.path("targeting"), pointer + "/targeting");
      }
    }

    void addAll(JsonNode rule, String pointer) {
      if (rule.isArray()) {
        for (int i = 0; i < rule.size(); i++) {
          addAll(rule.get(i), pointer + "/" + i);
        }
      } else if (Lowering.isOperation(rule)) {
        String operator = Lowering.operator(rule);
        JsonNode operands = rule.get(operator);
        if (operator.equals("$ref")) {
          String name = operands.stringValue();
          if (seen.add(name)) {
            addAll(
                document.plainEvaluators().path(name), "/$evaluators/" + RuleReader.escaped(name));
          }
          return;
        }
        String inside = pointer + "/" + RuleReader.escaped(operator);
        if (operator.equals("fractional")) {
          found.add(Place.of(operands, inside, seed));
        }
        addAll(operands, inside);
      }
    }
  }

  /**
   * A place that puts subjects into buckets.
   *
   * @param seed stands before the targeting key where there is no key
   * @param key null where there is none
   * @param isText whether the key, if there is one, is a string for all contexts
   * @param shares as they are written; null where they are not known
   * @param isOver whether all subjects come to the same, by any revision
   */
  private record Place(
      String pointer,
      String seed,
      @Nullable JsonNode key,
      boolean isText,
      @Nullable List<Object> shares,
      boolean isOver) {

    static Place of(JsonNode operands, String pointer, String seed) {
      JsonNode first = operands.isArray() ? operands.get(0) : operands;
      boolean hasKey = !first.isArray();
      List<Object> shares = new ArrayList<>();
      for (int i = hasKey ? 1 : 0; i < operands.size() && operands.isArray(); i++) {
        Object share = share(operands.get(i));
        if (share == null) {
          return new Place(
              pointer, seed, hasKey ? first : null, Lowering.isText(first), null, false);
        }
        shares.add(share);
      }
      Split split = Split.of(shares.toArray(), 0);
      return new Place(
          pointer,
          seed,
          hasKey ? first : null,
          Lowering.isText(first),
          shares,
          split == null || isAllOne(split));
    }

    static Place ramp(JsonNode step, String pointer, String seed, long now) {
      long at = Schedule.seconds(step.get("at"), pointer + "/at");
      long until = Schedule.seconds(step.get("until"), pointer + "/until");
      int from = step.required("from").intValue();
      int to = step.required("to").intValue();
      long time = Math.max(at, Math.min(now, until));
      double weight = (double) from * (until - time) + (double) to * (time - at);
      String one = step.required("ramp").stringValue();
      String other = step.required("else").stringValue();
      List<Object> shares =
          List.of(List.of(one, weight), List.of(other, 100.0 * (until - at) - weight));
      boolean isOver =
          one.equals(other) || ((now >= until || from == to) && (to == 0 || to == 100));
      return new Place(pointer, seed, null, false, shares, isOver);
    }

    /** As {@link Split} reads it; null where it is not known. */
    private static @Nullable Object share(JsonNode share) {
      if (!share.isArray()) {
        return share.isContainer() ? null : (Object) "malformed";
      }
      List<@Nullable Object> elements = new ArrayList<>();
      for (JsonNode element : share) {
        if (element.isContainer()) {
          return null;
        }
        elements.add(
            element.isString()
                ? element.stringValue()
                : element.isNumber()
                    ? (Object) element.doubleValue()
                    : element.isBoolean() ? element.booleanValue() : null);
      }
      return elements;
    }

    private static boolean isAllOne(Split split) {
      Set<@Nullable Object> results = new HashSet<>();
      int before = 0;
      for (int i = 0; i < split.ends().length; i++) {
        if (split.ends()[i] > before) {
          results.add(split.results().get(i));
        }
        before = split.ends()[i];
      }
      return results.size() == 1;
    }

    /** Whether a change of the revision may move subjects. */
    boolean splits(Bucketing from, Bucketing to) {
      boolean otherKeys = from == Bucketing.V3 || to == Bucketing.V3;
      return !isOver || (key != null && !isText && otherKeys);
    }

    /** The key of all subjects; null where they differ. */
    @Nullable
    String constantKey() {
      return key != null && key.isString() ? key.stringValue() : null;
    }

    OptionalDouble share(Bucketing from, Bucketing to) {
      if (shares == null || (key != null && !isText && splits(from, to) && isOver)) {
        return OptionalDouble.empty();
      }
      Split split = Split.of(shares.toArray(), 0);
      if (split == null) {
        return OptionalDouble.of(0);
      }
      String constant = constantKey();
      if (constant != null) {
        boolean same = Objects.equals(
            HashSpace.result(split, from, from.hash(constant)),
            HashSpace.result(split, to, to.hash(constant)));
        return OptionalDouble.of(same ? 0 : 1);
      }
      return OptionalDouble.of(
          from == Bucketing.V3 || to == Bucketing.V3
              ? HashSpace.expectedShift(split, from, to)
              : HashSpace.exactShift(split, from, to));
    }
  }
}
