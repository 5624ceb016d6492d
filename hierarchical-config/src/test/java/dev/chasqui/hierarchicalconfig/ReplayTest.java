package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.RandomFleet.Device;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class ReplayTest {
  private static final Hierarchy GROUPS_FIRST = new Hierarchy(List.of(
      Level.many("group"),
      Level.one("global"),
      Level.one("company"),
      Level.one("vehicle"),
      Level.one("device")));

  @Test
  void of_randomFleetsAndResolvers_isWhatResolvingEveryDeviceSays() {
    int differing = 0;
    for (long seed = 0; seed < 150; seed++) {
      RandomFleet fleet = new RandomFleet(seed);
      Resolver other = other(new Random(seed), fleet.resolver);
      Map<String, String> expected = new LinkedHashMap<>();
      Map<String, Integer> byKey = new TreeMap<>();
      long compared = 0;
      for (Device device : fleet.devices.values()) {
        List<Profile> path = fleet.path(device);
        EffectiveConfig one = fleet.resolver.resolve(path, device.facts(), RandomFleet.AT);
        EffectiveConfig two = other.resolve(path, device.facts(), RandomFleet.AT);
        List<ChangedValue> differences = new ArrayList<>();
        for (String key : keys(one, fleet.resolver.catalogue(), two, other.catalogue())) {
          compared++;
          if (!isSame(key, one.json(key), two.json(key))) {
            differences.add(new ChangedValue(key, one.json(key), two.json(key)));
            byKey.merge(key, 1, Integer::sum);
          }
        }
        if (!differences.isEmpty()) {
          expected.put(device.key(), differences.toString());
        }
      }

      Replay replay = Replay.of(fleet.index(), fleet.resolver, other, RandomFleet.AT);
      Map<String, String> replayed = new LinkedHashMap<>();
      replay.forEach((device, differences) -> replayed.put(device, differences.toString()));

      assertThat(replayed).as("seed %d", seed).isEqualTo(expected);
      assertThat(List.copyOf(replayed.keySet())).isEqualTo(List.copyOf(expected.keySet()));
      assertThat(replay.differingByKey()).as("seed %d", seed).isEqualTo(byKey);
      assertThat(replay.devicesDiffering()).as("seed %d", seed).isEqualTo(expected.size());
      assertThat(replay.valuesCompared()).as("seed %d", seed).isEqualTo(compared);
      differing += expected.size();
    }
    assertThat(differing).isPositive();
  }

  /** Rule 13.7. */
  private static Set<String> keys(
      EffectiveConfig one, Catalogue ofOne, EffectiveConfig two, Catalogue ofTwo) {
    Set<String> keys = new TreeSet<>();
    one.content().propertyNames().forEach(keys::add);
    two.content().propertyNames().forEach(keys::add);
    for (Setting<?> setting : ofOne.settings()) {
      if (ofTwo.find(setting.key()) != null) {
        keys.add(setting.key());
      }
    }
    return keys;
  }

  private static boolean isSame(String key, @Nullable JsonNode one, @Nullable JsonNode two) {
    return Objects.equals(one, two)
        || (key.equals("d") // PT60S and PT1M
            && one != null
            && two != null
            && Duration.parse(one.stringValue()).equals(Duration.parse(two.stringValue())));
  }

  /** Changes settings, keys or levels, or nothing. */
  private static Resolver other(Random random, Resolver resolver) {
    Catalogue catalogue = resolver.catalogue();
    return switch (random.nextInt(4)) {
      case 0 -> new Resolver(catalogue, GROUPS_FIRST, RandomFleet.TARGETING);
      case 1 ->
        new Resolver(
            RandomFleet.catalogue(random, Merge.APPEND), Hierarchy.DEFAULT, RandomFleet.TARGETING);
      case 2 -> {
        List<Setting<?>> settings = new ArrayList<>(catalogue.settings());
        settings.removeIf(setting -> Set.of("a", "l", "g1").contains(setting.key()));
        settings.add(Setting.ofInt("u").between(0, 5).withDefault(3));
        settings.add(Setting.ofInt("a").between(0, 8).withDefault(random.nextInt(5)));
        settings.add(Setting.ofInt("nobody.has.this").withDefault(3));
        yield new Resolver(Catalogue.of(settings), Hierarchy.DEFAULT, RandomFleet.TARGETING);
      }
      default -> new Resolver(catalogue, Hierarchy.DEFAULT, RandomFleet.TARGETING);
    };
  }

  @Test
  void of_theSameRules_provesThatNothingDiffers() {
    FleetIndex fleet = new RealisticFleet(2, 3, 20, 5, 1).index();
    Replay replay = Replay.of(
        fleet,
        new Resolver(RealisticFleet.catalogue(), Hierarchy.DEFAULT),
        new Resolver(RealisticFleet.catalogue(), Hierarchy.DEFAULT),
        RandomFleet.AT);

    assertThat(replay.devicesDiffering()).isZero();
    assertThat(replay.differingByKey()).isEmpty();
    assertThat(replay.valuesCompared()).isEqualTo(600L * 40);
  }

  @Test
  void of_sameDefaultOfAnotherType_doesNotDiffer() {
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .device("d1", DeviceContext.NONE, List.of(Scope.GLOBAL))
        .build();
    Replay replay = Replay.of(
        fleet,
        new Resolver(Catalogue.of(Setting.ofInt("a").withDefault(30)), Hierarchy.DEFAULT),
        new Resolver(Catalogue.of(Setting.ofDouble("a").withDefault(30.0)), Hierarchy.DEFAULT),
        RandomFleet.AT);

    assertThat(replay.devicesDiffering()).isZero();
    assertThat(replay.valuesCompared()).isEqualTo(1);
  }

  /** Whoever does not know the setting reads another text. */
  @Test
  void of_sameDurationThatOnlyOneDeclares_differs() {
    Scope global = Scope.GLOBAL;
    Scope group = new Scope("group", "g");
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .profile(new Profile(global, 1, 0, Map.of("d", Entry.of(json("'PT1M'")))))
        .profile(new Profile(group, 1, 0, Map.of("d", Entry.of(json("'PT60S'")))))
        .device("d1", DeviceContext.NONE, List.of(global, group))
        .build();
    Catalogue declared = Catalogue.of(Setting.ofDuration("d").withDefault(Duration.ZERO));
    Resolver knows = new Resolver(declared, Hierarchy.DEFAULT);
    Resolver knowsToo = new Resolver(declared, GROUPS_FIRST);
    Resolver carries = new Resolver(Catalogue.of(), GROUPS_FIRST);

    assertThat(Replay.of(fleet, knows, knowsToo, RandomFleet.AT).devicesDiffering())
        .isZero();
    assertThat(Replay.of(fleet, knows, carries, RandomFleet.AT).devicesDiffering())
        .isEqualTo(1);
  }

  @Test
  void of_hierarchyWithoutALevelOfTheFleet_isRefused() {
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .device("d1", DeviceContext.NONE, List.of(new Scope("vehicle", "v1")))
        .build();
    Resolver resolver = new Resolver(Catalogue.of(), Hierarchy.DEFAULT);
    Hierarchy flat = new Hierarchy(List.of(Level.one("global"), Level.one("device")));

    assertThatThrownBy(
            () -> Replay.of(fleet, resolver, new Resolver(Catalogue.of(), flat), RandomFleet.AT))
        .hasMessageContaining("no level \"vehicle\" (of vehicle:v1)");
  }
}
