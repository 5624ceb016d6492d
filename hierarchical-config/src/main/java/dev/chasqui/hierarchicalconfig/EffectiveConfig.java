package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one device gets: a value for every setting of a catalogue. Immutable, so safe for any number
 * of threads, and what is read from one of them is of one state.
 */
public final class EffectiveConfig {
  private final Catalogue catalogue;
  private final Hierarchy hierarchy;
  private final Map<String, List<Explanation.Candidate>> candidates;
  /** Values that differ from "not set"; settings that no profile sets are not here. */
  private final Map<String, Object> values = new HashMap<>();

  private final SortedMap<String, JsonNode> entries = new TreeMap<>();
  private final SortedSet<String> unknownKeys = new TreeSet<>();
  private final List<Violation> violations = new ArrayList<>();

  /** {@code candidates}: for each key, never empty, the nearest first. Not copied. */
  EffectiveConfig(
      Catalogue catalogue,
      Hierarchy hierarchy,
      Map<String, List<Explanation.Candidate>> candidates) {
    this.catalogue = catalogue;
    this.hierarchy = hierarchy;
    this.candidates = candidates;
    candidates.forEach(this::choose);
  }

  private void choose(String key, List<Explanation.Candidate> nearestFirst) {
    Setting<?> setting = catalogue.find(key);
    if (setting == null) {
      unknownKeys.add(key);
      entries.put(key, nearestFirst.get(0).entry().value());
      return;
    }
    for (Explanation.Candidate candidate : nearestFirst) {
      JsonNode json = candidate.entry().value();
      Violation violation = setting.check(json);
      if (violation == null) {
        values.put(key, setting.read(json));
        entries.put(key, json);
        return;
      }
      violations.add(violation.at(candidate.scope()));
    }
  }

  /**
   * The value of {@code setting}.
   *
   * @throws IllegalArgumentException if this very setting is not in the catalogue that was resolved
   */
  @SuppressWarnings("unchecked") // the value was read by this very setting
  public <T> T get(Setting<T> setting) {
    if (!catalogue.contains(setting)) {
      throw new IllegalArgumentException(
          "setting \"" + setting.key() + "\" is not in the catalogue resolved");
    }
    Object value = values.get(setting.key());
    return value == null ? setting.defaultValue() : (T) value;
  }

  /**
   * The value of the setting with this key as JSON, also of one that the catalogue does not know.
   *
   * @return null if the key is neither declared nor set
   */
  public @Nullable JsonNode json(String key) {
    JsonNode entry = entries.get(key);
    if (entry != null) {
      return entry.deepCopy();
    }
    Setting<?> setting = catalogue.find(key);
    return setting == null ? null : setting.defaultJson();
  }

  /** Keys set on the path that the catalogue does not know: carried, so that newer software can use them. */
  public SortedSet<String> unknownKeys() {
    return new TreeSet<>(unknownKeys);
  }

  /** Entries that the catalogue does not allow and that therefore lost; empty if all is well. */
  public List<Violation> violations() {
    return List.copyOf(violations);
  }

  /** Keys whose value differs between this and {@code other}, both of the same catalogue. */
  public SortedSet<String> differingKeys(EffectiveConfig other) {
    SortedSet<String> keys = new TreeSet<>(entries.keySet());
    keys.addAll(other.entries.keySet());
    keys.removeIf(key -> sameValue(key, other));
    return keys;
  }

  private boolean sameValue(String key, EffectiveConfig other) {
    Setting<?> setting = catalogue.find(key);
    if (setting == null || !other.catalogue.contains(setting)) {
      return Objects.equals(entries.get(key), other.entries.get(key));
    }
    return get(setting).equals(other.get(setting));
  }

  /**
   * Where the value of a setting comes from.
   *
   * @throws IllegalArgumentException if the key is neither declared nor set
   */
  public Explanation explain(String key) {
    JsonNode value = json(key);
    if (value == null) {
      throw new IllegalArgumentException("setting \"" + key + "\" is neither declared nor set");
    }
    Setting<?> setting = catalogue.find(key);
    Explanation.Candidate winner = null;
    List<Explanation.Loser> losers = new ArrayList<>();
    for (Explanation.Candidate candidate : candidates.getOrDefault(key, List.of())) {
      Violation violation =
          setting == null ? null : setting.check(candidate.entry().value());
      if (violation != null) {
        losers.add(
            new Explanation.Loser(candidate, Explanation.Reason.INVALID, violation.message()));
      } else if (winner == null) {
        winner = candidate;
      } else {
        losers.add(lostTo(winner, candidate));
      }
    }
    return new Explanation(key, value, winner, losers);
  }

  private Explanation.Loser lostTo(Explanation.Candidate winner, Explanation.Candidate loser) {
    boolean sameLevel = hierarchy.levelOf(winner.scope()).equals(hierarchy.levelOf(loser.scope()));
    return sameLevel
        ? new Explanation.Loser(
            loser, Explanation.Reason.PRIORITY, "priority of " + winner.scope() + " is higher")
        : new Explanation.Loser(
            loser, Explanation.Reason.OVERRIDDEN, "overridden by " + winner.scope());
  }

  /**
   * Hash of the content: of the key and value of every entry that won. Defaults are not part of it,
   * so that software of different ages agrees on it.
   *
   * @return lower-case hex of the SHA-256 of the RFC 8785 form
   */
  public String fingerprint() {
    return CanonicalJson.sha256(entries);
  }
}
