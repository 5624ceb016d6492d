package dev.chasqui.hierarchicalconfig;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What units came to, put together to be taken over at once. For one thread. */
final class ResolvedUnits {
  /** By key; null where no entry is accepted. */
  final Map<String, @Nullable JsonNode> json = new HashMap<>();
  /** What the values of declared keys stand for; null where no entry is accepted. */
  final Map<Setting<?>, @Nullable Object> read = new HashMap<>();
  /** By first key of the unit; null where nothing is wrong. */
  final Map<String, @Nullable List<Violation>> violations = new HashMap<>();

  void add(Unit unit, UnitResolution resolution) {
    for (int i = 0; i < unit.keys.length; i++) {
      json.put(unit.keys[i], resolution.value(i));
      Setting<?> setting = unit.settings[i];
      if (setting != null) {
        read.put(setting, resolution.read(i));
      }
    }
    List<Violation> found = resolution.violations();
    violations.put(unit.keys[0], found.isEmpty() ? null : found);
  }
}
