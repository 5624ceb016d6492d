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
  private final Flags.Version version;
  private final String id; // asked for by each client, at each change
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
      once(() -> writeAfter(lastButOne())); // what all clients but slow ones get

  /**
   * What one change did.
   *
   * @param id of the document that it led to
   * @param isWhole whether that is not all: it changed something besides flags
   */
  private record Step(
      String id, long revision, boolean isWhole, Map<String, @Nullable JsonNode> flags) {}

  /** {@code steps} end with the one that led to the document. */
  private FlagSnapshot(
      String set,
      FlagDocument document,
      Flags.Version version,
      FlagSet flags,
      List<Step> steps,
      Map<String, Long> killed,
      Instant changedAt) {
    this.set = set;
    this.document = document;
    this.version = version;
    this.id = version.id();
    this.flags = flags;
    this.steps = List.copyOf(steps);
    this.killed = Map.copyOf(killed);
    this.changedAt = changedAt;
  }

  /**
   * A set that is read for the first time, or anew.
   *
   * @param lately what led to it, as far as that is known
   */
  static FlagSnapshot of(String set, Flags.Newest newest, List<Flags.Delta> lately) {
    return new FlagSnapshot(
        set,
        newest.document(),
        newest.change().version(),
        FlagSet.of(newest.document()),
        lately.isEmpty() ? steps(newest.change()) : steps(List.of(), lately),
        Map.of(),
        newest.change().committedAt());
  }

  private static List<Step> steps(List<Step> before, List<Flags.Delta> deltas) {
    List<Step> steps = new ArrayList<>(before);
    deltas.forEach(
        delta -> steps.add(step(delta.change(), delta.change().isWhole(), delta.flags())));
    return steps.subList(Math.max(0, steps.size() - MOST_STEPS), steps.size());
  }

  private static Step step(
      Flags.Change change, boolean isWhole, Map<String, @Nullable JsonNode> flags) {
    return new Step(change.version().id(), change.revision(), isWhole, flags);
  }

  /** One of which only is known where it led. */
  private static List<Step> steps(Flags.Change change) {
    return List.of(step(change, true, Map.of()));
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
    return Optional.of(moved(newer, deltas.get(deltas.size() - 1).change(), steps(steps, deltas)));
  }

  /** With another document, to which no steps are known. */
  FlagSnapshot replaced(Flags.Newest newest) {
    return moved(newest.document(), newest.change(), steps(newest.change()));
  }

  private FlagSnapshot moved(FlagDocument newer, Flags.Change by, List<Step> newSteps) {
    Map<String, Long> still = new HashMap<>(killed);
    still.values().removeIf(revision -> revision <= newer.revision());
    return new FlagSnapshot(
        set,
        newer,
        by.version(),
        flags.next(newer.killed(still.keySet())),
        newSteps,
        still,
        by.committedAt());
  }

  /** With flags killed of which the document is yet to come. */
  FlagSnapshot killed(Set<String> keys, long revision) {
    Map<String, Long> all = new HashMap<>(killed);
    keys.forEach(key -> all.merge(key, revision, Math::max));
    return new FlagSnapshot(
        set,
        document,
        version,
        flags.next(document.killed(all.keySet())),
        steps,
        all,
        Instant.now());
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

  /** Which document it is. */
  public Flags.Version version() {
    return version;
  }

  /** What events that lead here have for an id, and clients that are here send. */
  public String id() {
    return id;
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
    return "id: " + id() + "\nevent: flags\ndata: {\"revision\":" + revision() + ",\"document\":"
        + documentJson() + "}\n\n"; // JSON has no line breaks
  }

  /**
   * What has changed since the document of an id, as an event; empty if that is not known, or is not all of flags.
   *
   * @param id as a client sends it, which may be anything
   */
  public Optional<String> changeEvent(String id) {
    for (int at = lastButOne(); at >= 0; at--) { // which is what it mostly is
      if (steps.get(at).id().equals(id)) {
        return at == lastButOne() ? lastStep.get() : writeAfter(at);
      }
    }
    return Optional.empty();
  }

  private int lastButOne() {
    return steps.size() - 2;
  }

  private Optional<String> writeAfter(int at) {
    Map<String, @Nullable JsonNode> changed = new LinkedHashMap<>();
    for (Step step : steps.subList(at + 1, steps.size())) {
      if (step.isWhole()) {
        return Optional.empty();
      }
      changed.putAll(step.flags());
    }
    ObjectNode json = JsonNodeFactory.instance
        .objectNode()
        .put("from", steps.get(at).revision())
        .put("revision", revision());
    ObjectNode written = json.putObject("flags");
    changed.forEach(written::set);
    return Optional.of(
        "id: " + id() + "\nevent: change\ndata: " + JSON.writeValueAsString(json) + "\n\n");
  }

  /** That nothing is newer than what a client has. */
  public String currentEvent() {
    return "id: " + id() + "\nevent: current\ndata: {\"revision\":" + revision() + "}\n\n";
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
