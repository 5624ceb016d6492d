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
  private final List<Profile> nearestFirst;

  /** Entries that won, of declared and unknown keys. */
  private final SortedMap<String, JsonNode> entries = new TreeMap<>();
  /** What the entries of declared keys stand for; settings that no profile sets are not here. */
  private final Map<String, Object> values = new HashMap<>();

  private final SortedSet<String> unknownKeys = new TreeSet<>();
  private final List<Violation> violations = new ArrayList<>();

  EffectiveConfig(Catalogue catalogue, List<Profile> nearestFirst) {
    this.catalogue = catalogue;
    this.nearestFirst = List.copyOf(nearestFirst);
    for (Profile profile : nearestFirst) {
      profile.entries().forEach((key, entry) -> {
        if (!entries.containsKey(key)) {
          take(profile.scope(), key, entry.value());
        }
      });
    }
  }

  private void take(Scope scope, String key, JsonNode json) {
    Setting<?> setting = catalogue.find(key);
    if (setting == null) {
      unknownKeys.add(key);
    } else {
      Setting.Reading<?> reading = setting.tryRead(json);
      if (reading instanceof Setting.Reading.Refused<?> refused) {
        violations.add(refused.violation().at(scope));
        return;
      }
      values.put(key, ((Setting.Reading.Valid<?>) reading).value());
    }
    entries.put(key, json);
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
    return value == null ? setting.defaultValue() : setting.type().copy((T) value);
  }

  /**
   * The value of the setting with this key as JSON, also of one that the catalogue does not know. A
   * copy: what is done to it changes nothing here.
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

  /**
   * Entries that would have won if the catalogue allowed them, the nearest scope first, then by key;
   * empty if all is well. Entries that a nearer one overrides anyway are not here; {@link #explain}
   * names them.
   */
  public List<Violation> violations() {
    return List.copyOf(violations);
  }

  /**
   * Keys, declared or not, whose value differs between this and {@code other}. A default and an entry
   * that says the same do not differ.
   */
  public SortedSet<String> differingKeys(EffectiveConfig other) {
    SortedSet<String> keys = new TreeSet<>(entries.keySet());
    keys.addAll(other.entries.keySet());
    keys.removeIf(key -> sameValue(key, other));
    return keys;
  }

  private boolean sameValue(String key, EffectiveConfig other) {
    return Objects.equals(entries.get(key), other.entries.get(key))
        || Objects.equals(meaning(key), other.meaning(key));
  }

  /** As {@link #json}, but equal for all spellings of one value: PT60S and PT1M, for example. */
  private @Nullable JsonNode meaning(String key) {
    Setting<?> setting = catalogue.find(key);
    return setting == null ? entries.get(key) : encoded(setting);
  }

  private <T> JsonNode encoded(Setting<T> setting) {
    return setting.type().encode(get(setting));
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
    Profile winner = null;
    List<Explanation.Loser> losers = new ArrayList<>();
    for (Profile profile : nearestFirst) {
      Entry entry = profile.entries().get(key);
      if (entry == null) {
        continue;
      }
      Violation violation = setting == null ? null : setting.check(entry.value());
      if (violation != null) {
        losers.add(new Explanation.Loser(
            new Explanation.Candidate(profile.scope(), entry),
            Explanation.Reason.INVALID,
            violation.message()));
      } else if (winner == null) {
        winner = profile;
      } else {
        losers.add(lostTo(winner, profile, entry));
      }
    }
    return new Explanation(key, value, candidate(winner, key), losers);
  }

  private static Explanation.@Nullable Candidate candidate(@Nullable Profile profile, String key) {
    Entry entry = profile == null ? null : profile.entries().get(key);
    return profile == null || entry == null
        ? null
        : new Explanation.Candidate(profile.scope(), entry);
  }

  private static Explanation.Loser lostTo(Profile winner, Profile loser, Entry entry) {
    Explanation.Candidate lost = new Explanation.Candidate(loser.scope(), entry);
    if (!winner.scope().level().equals(loser.scope().level())) {
      return new Explanation.Loser(
          lost, Explanation.Reason.OVERRIDDEN, "overridden by " + winner.scope());
    }
    String detail = winner.priority() == loser.priority()
        ? winner.scope() + " of the same priority sorts first"
        : winner.scope() + " has a higher priority: " + winner.priority() + ", not "
            + loser.priority();
    return new Explanation.Loser(lost, Explanation.Reason.PRIORITY, detail);
  }

  /**
   * Hash of the content: of the key and value of every entry that won, with those of unknown keys.
   * Defaults are not part of it, so that software of different ages agrees on it. Whole numbers
   * beyond 2<sup>53</sup> are hashed as the nearest 64-bit floating point number, as the RFC says.
   *
   * @return lower-case hex of the SHA-256 of the RFC 8785 form
   */
  public String fingerprint() {
    return CanonicalJson.sha256(entries);
  }
}
