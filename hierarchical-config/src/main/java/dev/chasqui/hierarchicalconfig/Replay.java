package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/**
 * What a fleet would get from another resolver: with a changed catalogue, other merge strategies or
 * another hierarchy. All values of all devices are compared, so that no difference is proof.
 *
 * <p>A key that both catalogues declare is compared on every device; one that only one declares, or
 * none, where an entry gives it under one of them: SPEC.md, rule 13.7.
 *
 * <p>Immutable, so safe for any number of threads. It holds counts, not devices: {@link #forEach}
 * finds each device's part again.
 */
public final class Replay {
  private final FleetIndex fleet;
  private final Resolver first;
  private final Resolver second;
  private final Instant at;
  /** Declared by both. */
  private final Set<String> shared = new TreeSet<>();
  /** Those of them whose defaults differ. */
  private final Set<String> sharedButDefault = new TreeSet<>();

  private int devicesDiffering;
  private long valuesCompared;
  private final SortedMap<String, Integer> differingByKey = new TreeMap<>();

  /** What comes out below some profiles. */
  record Comparison(List<ChangedValue> differences, int compared) {}

  private Replay(FleetIndex fleet, Resolver first, Resolver second, Instant at) {
    fleet.devices().requireFits(first.hierarchy());
    fleet.devices().requireFits(second.hierarchy());
    this.fleet = fleet;
    this.first = first;
    this.second = second;
    this.at = at;
    for (Setting<?> setting : first.catalogue().settings()) {
      Setting<?> other = second.catalogue().find(setting.key());
      if (other != null) {
        shared.add(setting.key());
        if (!Setting.isSame(setting, setting.plainDefaultJson(), other, other.plainDefaultJson())) {
          sharedButDefault.add(setting.key());
        }
      }
    }
    walk((device, comparison) -> {
      valuesCompared += comparison.compared;
      devicesDiffering += comparison.differences.isEmpty() ? 0 : 1;
      for (ChangedValue difference : comparison.differences) {
        differingByKey.merge(difference.key(), 1, Integer::sum);
      }
    });
  }

  /**
   * Compares what two resolvers make of a fleet.
   *
   * @throws IllegalArgumentException if a resolver's hierarchy lacks a level of the fleet, or allows
   *     one scope where a device has several
   */
  public static Replay of(FleetIndex fleet, Resolver first, Resolver second, Instant at) {
    return new Replay(fleet, first, second, at);
  }

  /** How many values were compared, over all devices. */
  public long valuesCompared() {
    return valuesCompared;
  }

  /** How many devices have a value that differs; 0 is the proof that none does. */
  public int devicesDiffering() {
    return devicesDiffering;
  }

  /** On how many devices the value of the key differs, by key; without those of no device. */
  public SortedMap<String, Integer> differingByKey() {
    return Collections.unmodifiableSortedMap(differingByKey);
  }

  /**
   * Hands over every device that has a value that differs, in the order of their keys, with those
   * values in the order of theirs: {@code before} is under the first resolver, {@code after} under the
   * second. Holds a bounded number.
   */
  public void forEach(BiConsumer<String, List<ChangedValue>> taker) {
    walk((device, comparison) -> {
      if (!comparison.differences.isEmpty()) {
        taker.accept(device, comparison.differences);
      }
    });
  }

  private void walk(FleetWalk.Visitor<Comparison> visitor) {
    new FleetWalk<>(fleet.devices(), new AllKeys(), null).forEach(visitor);
  }

  private Comparison compare(EffectiveConfig one, EffectiveConfig other) {
    Set<String> set = new TreeSet<>(one.plainContent().keySet());
    set.addAll(other.plainContent().keySet());
    int compared = shared.size();
    for (String key : set) {
      compared += shared.contains(key) ? 0 : 1;
    }
    set.addAll(sharedButDefault);
    List<ChangedValue> differences = new ArrayList<>();
    for (String key : set) {
      JsonNode before = one.plainJson(key);
      JsonNode after = other.plainJson(key);
      if (!Setting.isSame(
          first.catalogue().find(key), before, second.catalogue().find(key), after)) {
        differences.add(new ChangedValue(key, before, after));
      }
    }
    return new Comparison(List.copyOf(differences), compared);
  }

  /** Every profile with entries has a say. */
  private final class AllKeys implements FleetWalk.Question<Comparison> {
    @Override
    public boolean concerns(int scope) {
      return fleet.isSet(scope);
    }

    @Override
    public boolean asksFacts(int[] scopes) {
      for (int scope : scopes) {
        Profile profile = fleet.profileAt(scope);
        if (profile != null
            && profile.plainEntries().values().stream().anyMatch(Entry::asksFacts)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public Comparison answer(int[] scopes, DeviceContext facts) {
      return compare(resolve(first, scopes, facts), resolve(second, scopes, facts));
    }

    private EffectiveConfig resolve(Resolver resolver, int[] scopes, DeviceContext facts) {
      return EffectiveConfig.resolve(resolver, fleet.path(resolver.hierarchy(), scopes), facts, at);
    }
  }
}
