package dev.chasqui.benchmarks.hierarchicalconfig.index;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values in maps, unchecked: the maps of a device's scopes are put into one, or that one is found by
 * the device's key. An edit changes the index itself: the map of one scope is copied and put in its place.
 */
public class Floor extends IndexBenchmark<Map<String, Number>, Map<Scope, Map<String, Number>>> {
  private final Map<String, List<Scope>> paths = new HashMap<>();
  private final Map<Scope, Map<String, Number>> profiles = new HashMap<>();
  private final Map<String, Map<String, Number>> configs = new HashMap<>();
  private Map<String, Number> defaults = Map.of();

  @Override
  void index(Fleet fleet) {
    defaults = fleet.defaults();
    fleet.devices().forEach(device -> paths.put(device.key(), device.path()));
    fleet.profiles().keySet().forEach(scope -> profiles.put(scope, fleet.values(scope)));
  }

  @Override
  Map<String, Number> made(String device) {
    Map<String, Number> merged = new HashMap<>(defaults);
    for (Scope scope : requireNonNull(paths.get(device))) {
      merged.putAll(profiles.getOrDefault(scope, Map.of()));
    }
    return merged;
  }

  @Override
  Map<String, Number> kept(String device) {
    return configs.computeIfAbsent(device, this::made);
  }

  @Override
  Number value(Map<String, Number> config, String key) {
    return requireNonNull(config.get(key));
  }

  @Override
  Map<Scope, Map<String, Number>> edited(ProfileEdits edits) {
    Map<String, Number> profile = new HashMap<>(profiles.getOrDefault(edits.scope(), Map.of()));
    edits.set().forEach((key, entry) -> profile.put(key, entry.value().numberValue()));
    profiles.put(edits.scope(), profile);
    return profiles;
  }
}
