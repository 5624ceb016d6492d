package dev.chasqui.app.flags;

import dev.chasqui.app.store.Flags;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.featureflags.ofrep.Ofrep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of flags at one moment, and the events that bring a client there (SPEC.md of feature-flags, 6.2). Each is written once, by
 * whoever wants it first, however many clients get it.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagSnapshot {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MOST_STEPS = 200;

  private final String set;
  private final FlagDocument document;
  private final FlagSet flags;
  private final List<Step> steps;
  private final Map<String, Long> killed;
  private final Instant changedAt;
  private final Ofrep ofrep = Ofrep.of(this::flags);
  private final Supplier<String> documentJson = once(() -> document().toJson());
  private final Supplier<String> etag =
      once(() -> '"' + String.valueOf(revision()) + '-' + document().fingerprint() + '"');
  private final Supplier<String> wholeEvent = once(this::writeWhole);
  private final Supplier<Optional<String>> lastStep =
      once(() -> writeSince(revision() - 1)); // what all clients but slow ones get

  /**
   * What one change did.
   *
   * @param isWhole whether that is not all: it changed something besides flags
   */
  private record Step(long revision, boolean isWhole, Map<String, @Nullable JsonNode> flags) {}

  private FlagSnapshot(
      String set,
      FlagDocument document,
      FlagSet flags,
      List<Step> steps,
      Map<String, Long> killed,
      Instant changedAt) {
    this.set = set;
    this.document = document;
    this.flags = flags;
    this.steps = List.copyOf(steps);
    this.killed = Map.copyOf(killed);
    this.changedAt = changedAt;
  }

  /** A set that is read for the first time, or anew. */
  static FlagSnapshot of(
      String set, FlagDocument document, List<Flags.Delta> lately, Instant changedAt) {
    return new FlagSnapshot(
        set, document, FlagSet.of(document), steps(List.of(), lately), Map.of(), changedAt);
  }

  private static List<Step> steps(List<Step> before, List<Flags.Delta> deltas) {
    List<Step> steps = new ArrayList<>(before);
    deltas.forEach(delta ->
        steps.add(new Step(delta.change().revision(), delta.change().isWhole(), delta.flags())));
    return steps.subList(Math.max(0, steps.size() - MOST_STEPS), steps.size());
  }

  /** After changes that follow on this one; empty if they do not, or are not all of flags. */
  Optional<FlagSnapshot> after(List<Flags.Delta> deltas) {
    FlagDocument newer = document;
    for (Flags.Delta delta : deltas) {
      if (delta.change().isWhole() || delta.change().revision() != newer.revision() + 1) {
        return Optional.empty();
      }
      newer = newer.with(delta.flags(), delta.change().revision());
    }
    return Optional.of(moved(
        newer, steps(steps, deltas), deltas.get(deltas.size() - 1).change().committedAt()));
  }

  /** With another document, from which no steps lead. */
  FlagSnapshot replaced(FlagDocument newer, Instant at) {
    return moved(newer, List.of(), at);
  }

  private FlagSnapshot moved(FlagDocument newer, List<Step> newSteps, Instant at) {
    Map<String, Long> still = new HashMap<>(killed);
    still.values().removeIf(revision -> revision <= newer.revision());
    return new FlagSnapshot(
        set, newer, flags.next(newer.killed(still.keySet())), newSteps, still, at);
  }

  /** With flags killed of which the document is yet to come. */
  FlagSnapshot killed(Set<String> keys, long revision) {
    Map<String, Long> all = new HashMap<>(killed);
    keys.forEach(key -> all.merge(key, revision, Math::max));
    return new FlagSnapshot(
        set, document, flags.next(document.killed(all.keySet())), steps, all, Instant.now());
  }

  /** The set's name. */
  public String set() {
    return set;
  }

  /** As it was committed. */
  public FlagDocument document() {
    return document;
  }

  /** What it means, with flags killed that are killed since. */
  public FlagSet flags() {
    return flags;
  }

  /** Answers from {@link #flags()}, whose version is worked out once, however many ask after a change. */
  public Ofrep ofrep() {
    return ofrep;
  }

  /** Place of the document in the order of the set's documents. */
  public long revision() {
    return document.revision();
  }

  /** When it was last changed, by a document or a kill. */
  public Instant changedAt() {
    return changedAt;
  }

  /** The document. */
  public String documentJson() {
    return documentJson.get();
  }

  /** Validator of {@link #documentJson()}. */
  public String etag() {
    return etag.get();
  }

  /** The whole document, as an event. */
  public String wholeEvent() {
    return wholeEvent.get();
  }

  private String writeWhole() {
    return "id: " + revision() + "\nevent: flags\ndata: {\"revision\":" + revision()
        + ",\"document\":" + documentJson() + "}\n\n"; // JSON has no line breaks
  }

  /** What has changed since a revision, as an event; empty if that is not known, or is not all of flags. */
  public Optional<String> changeEvent(long since) {
    return since == revision() - 1 ? lastStep.get() : writeSince(since);
  }

  private Optional<String> writeSince(long since) {
    if (since >= revision() || steps.isEmpty() || steps.get(0).revision() > since + 1) {
      return Optional.empty();
    }
    Map<String, @Nullable JsonNode> changed = new LinkedHashMap<>();
    for (Step step : steps) {
      if (step.revision() > since) {
        if (step.isWhole()) {
          return Optional.empty();
        }
        changed.putAll(step.flags());
      }
    }
    ObjectNode json =
        JsonNodeFactory.instance.objectNode().put("from", since).put("revision", revision());
    ObjectNode written = json.putObject("flags");
    changed.forEach(written::set);
    return Optional.of(
        "id: " + revision() + "\nevent: change\ndata: " + JSON.writeValueAsString(json) + "\n\n");
  }

  /** That nothing is newer than what a client has. */
  public String currentEvent() {
    return "id: " + revision() + "\nevent: current\ndata: {\"revision\":" + revision() + "}\n\n";
  }

  /** Flags that are killed, and of which the document is yet to come; empty if there are none. */
  public Optional<String> killEvent() {
    return killed.isEmpty()
        ? Optional.empty()
        : Optional.of(killEvent(
            killed.keySet(),
            killed.values().stream().mapToLong(Long::longValue).max().orElse(0)));
  }

  static String killEvent(Set<String> keys, long revision) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("revision", revision);
    new TreeSet<>(keys).forEach(json.putArray("flags")::add);
    return "event: kill\ndata: " + JSON.writeValueAsString(json) + "\n\n";
  }

  /** Works it out when it is first asked for; two who ask at once may both. */
  private static <T> Supplier<T> once(Supplier<T> work) {
    return new Supplier<>() {
      private volatile @Nullable T known;

      @Override
      public T get() {
        T value = known;
        if (value == null) {
          value = work.get();
          known = value;
        }
        return value;
      }
    };
  }
}
