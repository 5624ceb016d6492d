package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a fleet and where they stand; shared by all snapshots of a {@link FleetIndex}.
 * Scopes have numbers: first those above devices, in no order, then each device's own, in the order
 * of the devices' keys. Immutable.
 */
final class FleetDevices {
  /** Name of the level that each device is a scope of. */
  private final String ownLevel;
  /** Sorted. */
  private final String[] keys;

  private final DeviceContext[] facts;
  /** Of each device, an index into {@link #paths}. */
  private final int[] pathOf;
  /** Distinct sets of scopes above devices, each ascending. */
  private final int[][] paths;

  /** By number, without those of devices. */
  private final Scope[] above;

  private final Map<Scope, Integer> numbers;

  private FleetDevices(
      String ownLevel,
      List<Row> rows,
      List<int[]> paths,
      List<Scope> above,
      Map<Scope, Integer> numbers) {
    this.ownLevel = ownLevel;
    this.keys = new String[rows.size()];
    this.facts = new DeviceContext[rows.size()];
    this.pathOf = new int[rows.size()];
    for (int i = 0; i < keys.length; i++) {
      Row row = rows.get(i);
      keys[i] = row.key;
      facts[i] = row.facts;
      pathOf[i] = row.path;
      if (i > 0 && keys[i - 1].equals(row.key)) {
        throw new IllegalArgumentException("device \"" + row.key + "\" is there twice");
      }
    }
    this.paths = paths.toArray(new int[0][]);
    this.above = above.toArray(new Scope[0]);
    this.numbers = numbers;
  }

  int size() {
    return keys.length;
  }

  String key(int device) {
    return keys[device];
  }

  DeviceContext facts(int device) {
    return facts[device];
  }

  int pathOf(int device) {
    return pathOf[device];
  }

  int paths() {
    return paths.length;
  }

  /** Numbers of the scopes, for reading only. */
  int[] path(int path) {
    return paths[path];
  }

  /** How many scopes above devices there are; their numbers are below this. */
  int above() {
    return above.length;
  }

  /** How many numbers there are. */
  int numbers() {
    return above.length + keys.length;
  }

  /** Number of the device's own scope. */
  int own(int device) {
    return above.length + device;
  }

  /** Number of the scope; negative if no device stands below it and it had no profile at first. */
  int number(Scope scope) {
    if (scope.level().equals(ownLevel)) {
      int device = device(scope.key());
      return device < 0 ? -1 : own(device);
    }
    return numbers.getOrDefault(scope, -1);
  }

  /** Index of the device, negative if there is none. */
  int device(String key) {
    return Arrays.binarySearch(keys, key);
  }

  /**
   * Refuses a hierarchy that lacks a level of the fleet, or allows one scope where a device has
   * several.
   */
  void requireFits(Hierarchy hierarchy) {
    hierarchy.indexOf(new Scope(ownLevel, "any"));
    for (int[] path : paths) {
      requireFits(hierarchy, path, number -> above[number]);
    }
  }

  private static void requireFits(Hierarchy hierarchy, int[] path, IntFunction<Scope> scopes) {
    @Nullable Scope[] one = new Scope[hierarchy.levels().size()];
    for (int number : path) {
      Scope scope = scopes.apply(number);
      int level = hierarchy.indexOf(scope);
      if (!hierarchy.levels().get(level).many()) {
        if (one[level] != null) {
          throw new IllegalArgumentException("a device has one scope of level \"" + scope.level()
              + "\", got " + one[level] + " and " + scope);
        }
        one[level] = scope;
      }
    }
  }

  private record Row(String key, int path, DeviceContext facts) {}

  /** Collects devices. Not safe for threads. */
  static final class Collector {
    private final Hierarchy hierarchy;
    private final String ownLevel;
    private final List<Row> rows = new ArrayList<>();
    private final Map<DeviceContext, DeviceContext> contexts = new HashMap<>();
    private final Map<Numbers, Integer> pathNumbers = new HashMap<>();
    private final List<int[]> paths = new ArrayList<>();
    private final Map<Scope, Integer> numbers = new HashMap<>();
    private final List<Scope> above = new ArrayList<>();

    Collector(Hierarchy hierarchy) {
      this.hierarchy = hierarchy;
      this.ownLevel = hierarchy.levels().get(hierarchy.levels().size() - 1).name();
    }

    void add(String key, DeviceContext context, Collection<Scope> scopes) {
      Scope own = new Scope(ownLevel, key);
      int[] path = scopes.stream()
          .filter(scope -> !scope.equals(own))
          .mapToInt(this::number)
          .sorted()
          .toArray();
      DeviceContext shared = contexts.putIfAbsent(context, context);
      try {
        rows.add(new Row(key, pathNumber(path), shared == null ? context : shared));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("device \"" + key + "\": " + e.getMessage(), e);
      }
    }

    private int pathNumber(int[] path) {
      Integer known = pathNumbers.get(new Numbers(path));
      if (known != null) {
        return known;
      }
      for (int i = 0; i < path.length; i++) {
        Scope scope = above.get(path[i]);
        if (scope.level().equals(ownLevel)) {
          throw new IllegalArgumentException("level \"" + ownLevel
              + "\" is that of devices: the only scope of it is the device's own, got " + scope);
        }
        if (i > 0 && path[i] == path[i - 1]) {
          throw new IllegalArgumentException(scope + " is on the path twice");
        }
      }
      requireFits(hierarchy, path, above::get);
      pathNumbers.put(new Numbers(path), paths.size());
      paths.add(path);
      return paths.size() - 1;
    }

    /** Gives the scope a number if it has none. */
    private int number(Scope scope) {
      Integer known = numbers.putIfAbsent(scope, above.size());
      if (known != null) {
        return known;
      }
      above.add(scope);
      return above.size() - 1;
    }

    /** Gives the scope of a profile a number, unless it is a device's. */
    void keep(Scope scope) {
      hierarchy.indexOf(scope);
      if (!scope.level().equals(ownLevel)) {
        number(scope);
      }
    }

    FleetDevices collected() {
      rows.sort((one, other) -> one.key.compareTo(other.key));
      return new FleetDevices(ownLevel, rows, paths, above, Map.copyOf(numbers));
    }
  }

  /** Numbers that are equal if all are. */
  static final class Numbers {
    private final int[] numbers;

    Numbers(int[] numbers) {
      this.numbers = numbers;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Numbers same && Arrays.equals(numbers, same.numbers);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(numbers);
    }
  }
}
