package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one device gets: a value for every setting of a catalogue. Immutable, so safe for any number
 * of threads, and what is read from one of them is of one state.
 */
public final class EffectiveConfig {
  private final Resolver resolver;
  private final DeviceContext context;
  private final Instant at;
  /** The widest first. */
  private final List<Placed> path;

  private final Content content;

  /** Of the content, here to be read fast: a {@link SettingTable}. */
  private final @Nullable Object[] values;

  /** Of the settings that are not in {@link #values}: a {@link SettingTable}. */
  private final @Nullable Object[] defaults;

  /** Of units, by their first key. */
  private final KeyMap<List<Violation>> unitViolations;

  private final WholeCheck whole;

  private EffectiveConfig(
      Resolver resolver,
      DeviceContext context,
      Instant at,
      List<Placed> path,
      Content content,
      KeyMap<List<Violation>> unitViolations,
      @Nullable WholeCheck whole) {
    this.resolver = resolver;
    this.context = context;
    this.at = at;
    this.path = path;
    this.content = content;
    this.values = content.values;
    this.defaults = resolver.catalogue().defaults;
    this.unitViolations = unitViolations;
    this.whole = whole == null ? WholeCheck.of(resolver, path, content, this::plainJson) : whole;
  }

  static EffectiveConfig resolve(
      Resolver resolver, List<Placed> path, DeviceContext context, Instant at) {
    return resolve(resolver, path, context, at, UnaryOperator.identity());
  }

  /**
   * @param sharing gives for a content one that is equal
   */
  static EffectiveConfig resolve(
      Resolver resolver,
      List<Placed> path,
      DeviceContext context,
      Instant at,
      UnaryOperator<Content> sharing) {
    // Each unit with the profiles that say anything of it, so that the work grows with the entries.
    Map<Unit, List<Placed>> units = new HashMap<>();
    for (Placed place : path) {
      KeyMap<Entry> entries = place.profile().plainEntries();
      for (int i = 0; i < entries.size(); i++) {
        List<Placed> places = units.computeIfAbsent(
            resolver.catalogue().unitOf(entries.key(i)), any -> new ArrayList<>(2));
        if (places.isEmpty() || places.get(places.size() - 1).position() != place.position()) {
          places.add(place);
        }
      }
    }
    ResolvedUnits resolved = new ResolvedUnits();
    units.forEach((unit, places) ->
        resolved.add(unit, new UnitResolution(resolver, unit, places, context, at)));
    KeyMap<List<Violation>> none = KeyMap.empty();
    return new EffectiveConfig(
        resolver,
        context,
        at,
        List.copyOf(path),
        sharing.apply(Content.of(resolver.catalogue(), resolved)),
        none.with(resolved.violations),
        null);
  }

  /**
   * The value of {@code setting}. Costs a few reads of memory and makes no object, but for settings of
   * {@link JsonNode}s, which are copied.
   *
   * @throws IllegalArgumentException if this very setting is not in the catalogue that was resolved
   */
  @SuppressWarnings("unchecked") // the value was read by this very setting
  public <T> T get(Setting<T> setting) {
    @Nullable Object[] pairs = values;
    int index = setting.hash & pairs.length - 2;
    T value = (T) (pairs[index] == setting ? pairs[index + 1] : search(setting));
    if (value == null) {
      throw notHere(setting);
    }
    return setting.handsOutCopies ? setting.type().copy(value) : value;
  }

  /** Not at its first place: it may be at another, or have its default. */
  private @Nullable Object search(Setting<?> setting) {
    Object value = SettingTable.find(values, setting);
    return value == null ? SettingTable.find(defaults, setting) : value;
  }

  private static IllegalArgumentException notHere(Setting<?> setting) {
    return new IllegalArgumentException(
        "setting \"" + setting.key() + "\" is not in the catalogue resolved");
  }

  /**
   * The value of the setting with this key as JSON, also of one that the catalogue does not know. A
   * copy: what is done to it changes nothing here.
   *
   * @return null if the key is neither declared nor set
   */
  public @Nullable JsonNode json(String key) {
    JsonNode plain = plainJson(key);
    return plain == null ? null : plain.deepCopy();
  }

  /** As {@link #json}, not copied: for reading only. */
  @Nullable
  JsonNode plainJson(String key) {
    return valueIn(content, key);
  }

  private @Nullable JsonNode valueIn(Content of, String key) {
    JsonNode entry = of.json.get(key);
    if (entry != null) {
      return entry;
    }
    Setting<?> setting = resolver.catalogue().find(key);
    return setting == null ? null : setting.plainDefaultJson();
  }

  /** The instant it is of. */
  public Instant at() {
    return at;
  }

  /**
   * The greatest revision of the profiles on its path, 0 if there are none: that of the last change that
   * edited one of them. It goes back where such a profile leaves the path.
   */
  public long revision() {
    long revision = 0;
    for (Placed place : path) {
      revision = Math.max(revision, place.profile().revision());
    }
    return revision;
  }

  /**
   * What entries came to, by key, of declared and unknown keys, without defaults: what {@link
   * #fingerprint()} is of. A copy.
   */
  public ObjectNode content() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    content.json.forEach((key, value) -> json.set(key, value.deepCopy()));
    return json;
  }

  /** As {@link #content()}, not copied: for reading only. */
  KeyMap<JsonNode> plainContent() {
    return content.json;
  }

  /** Keys set on the path that the catalogue does not know: carried, so that newer software can use them. */
  public SortedSet<String> unknownKeys() {
    SortedSet<String> unknown = new TreeSet<>();
    for (String key : content.json.keySet()) {
      if (resolver.catalogue().find(key) == null) {
        unknown.add(key);
      }
    }
    return unknown;
  }

  /**
   * What is wrong on the path: entries that were refused though they might have had a say, by key (those
   * of an atomic group together), the
   * nearest first; rules that cannot be evaluated; then broken invariants and limits of the whole.
   * Empty if all is well. Entries that a nearer one overrides anyway are not here; {@link #explain}
   * names them.
   */
  public List<Violation> violations() {
    List<Violation> all = new ArrayList<>();
    unitViolations.values().forEach(all::addAll);
    all.addAll(whole.violations(this::levelOf));
    return all;
  }

  /** Name of the level that the value of a key of the content comes from. */
  private String levelOf(String key) {
    Explanation.Candidate winner = explain(key).winner();
    return winner == null ? "" : winner.scope().level();
  }

  /**
   * Keys, declared or not, whose value differs between this and {@code other}. A default and an entry
   * that says the same do not differ.
   */
  public SortedSet<String> differingKeys(EffectiveConfig other) {
    SortedSet<String> keys = new TreeSet<>();
    for (String key : content.json.keySet()) {
      if (!sameValue(key, other)) {
        keys.add(key);
      }
    }
    for (String key : other.content.json.keySet()) {
      if (!content.json.containsKey(key) && !sameValue(key, other)) {
        keys.add(key);
      }
    }
    if (resolver.catalogue() != other.resolver.catalogue()) { // defaults may differ
      addDiffering(keys, resolver.catalogue(), other);
      addDiffering(keys, other.resolver.catalogue(), other);
    }
    return keys;
  }

  private void addDiffering(SortedSet<String> keys, Catalogue catalogue, EffectiveConfig other) {
    for (Setting<?> setting : catalogue.settings()) {
      if (!sameValue(setting.key(), other)) {
        keys.add(setting.key());
      }
    }
  }

  private boolean sameValue(String key, EffectiveConfig other) {
    return Setting.isSame(
        resolver.catalogue().find(key),
        plainJson(key),
        other.resolver.catalogue().find(key),
        other.plainJson(key));
  }

  /**
   * Where the value of a setting comes from. The value of a key that is not declared, and whose
   * entries all lost, is JSON {@code null}.
   *
   * @throws IllegalArgumentException if the key is neither declared nor set
   */
  public Explanation explain(String key) {
    Unit unit = unitOf(key);
    UnitResolution resolution = new UnitResolution(resolver, unit, path, context, at);
    JsonNode value = plainJson(key);
    if (value == null) {
      if (path.stream().noneMatch(place -> place.profile().plainEntries().containsKey(key))) {
        throw new IllegalArgumentException("setting \"" + key + "\" is neither declared nor set");
      }
      value = JsonNodeFactory.instance.nullNode();
    }
    return resolution.explain(unit.indexOf(key), value);
  }

  /**
   * When the value of a key, or whether an entry gives it, will next differ from now if nothing but
   * time changes: the instant to resolve again at.
   *
   * @return after {@link #at()}; null if it stays as it is for ever
   */
  public @Nullable Instant nextChange() {
    SortedMap<Instant, Set<Unit>> turns = new TreeMap<>();
    for (Placed place : path) {
      place.profile().plainEntries().forEach((key, entry) -> {
        addTurn(turns, key, entry.term().from());
        addTurn(turns, key, entry.term().until());
      });
    }
    for (Map.Entry<Instant, Set<Unit>> turn : turns.entrySet()) {
      for (Unit unit : turn.getValue()) {
        if (differs(new UnitResolution(resolver, unit, path, context, turn.getKey()), unit)) {
          return turn.getKey();
        }
      }
    }
    return null;
  }

  private void addTurn(SortedMap<Instant, Set<Unit>> turns, String key, @Nullable Instant instant) {
    if (instant != null && instant.isAfter(at)) {
      turns.computeIfAbsent(instant, any -> new HashSet<>()).add(unitOf(key));
    }
  }

  private boolean differs(UnitResolution then, Unit unit) {
    for (int i = 0; i < unit.keys.length; i++) {
      if (!Objects.equals(then.value(i), content.json.get(unit.keys[i]))) {
        return true;
      }
    }
    return false;
  }

  /** The same profiles and device at another instant. */
  public EffectiveConfig at(Instant instant) {
    return resolve(resolver, path, context, instant);
  }

  /**
   * This config with {@code edits} made to a profile of its path; only what they touch is resolved
   * again.
   *
   * @throws IllegalArgumentException if no profile of this path is at the scope of the edits and the
   *     revision they were made to
   */
  public EffectiveConfig with(ProfileEdits edits) {
    List<Placed> edited = new ArrayList<>(path);
    for (int i = 0; i < edited.size(); i++) {
      Placed place = edited.get(i);
      if (place.scope().equals(edits.scope())) {
        if (edits.priority() != null) {
          List<Profile> profiles = new ArrayList<>();
          edited.forEach(each -> profiles.add(each.profile()));
          profiles.set(i, place.profile().with(edits));
          return resolver.resolve(profiles, context, at); // they may stand in another order
        }
        edited.set(i, new Placed(place.profile().with(edits), place.level(), place.position()));
        Set<Unit> units = new HashSet<>();
        edits.set().keySet().forEach(key -> units.add(unitOf(key)));
        edits.removed().forEach(key -> units.add(unitOf(key)));
        return resolveAgain(units, List.copyOf(edited));
      }
    }
    throw new IllegalArgumentException("no profile of " + edits.scope() + " is on the path");
  }

  private EffectiveConfig resolveAgain(Set<Unit> units, List<Placed> edited) {
    ResolvedUnits resolved = new ResolvedUnits();
    for (Unit unit : units) {
      resolved.add(unit, new UnitResolution(resolver, unit, edited, context, at));
    }
    Content changed = content.with(resolved);
    return new EffectiveConfig(
        resolver,
        context,
        at,
        edited,
        changed,
        unitViolations.with(resolved.violations),
        whole.with(edited, changed, resolved.json.keySet(), key -> valueIn(changed, key)));
  }

  private Unit unitOf(String key) {
    return resolver.catalogue().unitOf(key);
  }

  /**
   * Hash of the content: of the key and value of every entry that won, with those of unknown keys.
   * Defaults are not part of it, so that software of different ages agrees on it. Whole numbers
   * beyond 2<sup>53</sup> are hashed as the nearest 64-bit floating point number, as RFC 8785 says.
   *
   * @return the {@linkplain FingerprintTree#root() root} of {@link #fingerprintTree()}
   */
  public String fingerprint() {
    return fingerprintTree().root();
  }

  /** The content as a tree of hashes. Made when it is first asked for. */
  public FingerprintTree fingerprintTree() {
    return content.fingerprintTree();
  }
}
