package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ordered levels of a configuration, from the widest to the nearest.
 *
 * @param levels at least one, with distinct names
 */
public record Hierarchy(List<Level> levels) {
  /** {@code global → company → group → vehicle → device}; a device may be in several groups. */
  public static final Hierarchy DEFAULT = new Hierarchy(List.of(
      Level.one("global"),
      Level.one("company"),
      Level.many("group"),
      Level.one("vehicle"),
      Level.one("device")));

  /**
   * Checks the levels.
   *
   * @throws IllegalArgumentException if there are none, or two of one name
   */
  public Hierarchy {
    levels = List.copyOf(levels);
    if (levels.isEmpty()) {
      throw new IllegalArgumentException("a hierarchy must have at least one level");
    }
    Set<String> names = new HashSet<>();
    for (Level level : levels) {
      if (!names.add(level.name())) {
        throw new IllegalArgumentException("level \"" + level.name() + "\" is there twice");
      }
    }
  }

  /**
   * The level that {@code scope} is of.
   *
   * @throws IllegalArgumentException if this hierarchy has no such level
   */
  public Level levelOf(Scope scope) {
    return levels.get(indexOf(scope));
  }

  /**
   * Sorts the profiles of one device from the widest to the nearest: by level, then by ascending
   * priority, then, of equal priority, so that the key that sorts first stands nearest.
   *
   * @throws IllegalArgumentException if a profile's level is not of this hierarchy, two profiles
   *     have the same scope, or a level that allows one scope has two
   */
  public List<Profile> order(Collection<Profile> profiles) {
    Map<String, Scope> seen = new HashMap<>();
    for (Profile profile : profiles) {
      Scope scope = profile.scope();
      Level level = levelOf(scope);
      Scope other = seen.putIfAbsent(level.many() ? scope.toString() : level.name(), scope);
      if (other != null) {
        throw new IllegalArgumentException(
            other.equals(scope)
                ? "two profiles of " + scope
                : "a device has one scope of level \"" + level.name() + "\", got " + other + " and "
                    + scope);
      }
    }
    return profiles.stream()
        .sorted(Comparator.comparingInt((Profile profile) -> indexOf(profile.scope()))
            .thenComparingInt(Profile::priority)
            .thenComparing(profile -> profile.scope().key(), Comparator.reverseOrder()))
        .toList();
  }

  /** As {@link #order}, with their places. */
  List<Placed> place(Collection<Profile> profiles) {
    List<Placed> path = new ArrayList<>(profiles.size());
    for (Profile profile : order(profiles)) {
      path.add(new Placed(profile, indexOf(profile.scope()), path.size()));
    }
    return path;
  }

  /** Of the scope's level, the widest being 0. */
  int indexOf(Scope scope) {
    for (int i = 0; i < levels.size(); i++) {
      if (levels.get(i).name().equals(scope.level())) {
        return i;
      }
    }
    throw new IllegalArgumentException("no level \"" + scope.level() + "\" (of " + scope
        + "), levels are " + levels.stream().map(Level::name).toList());
  }
}
