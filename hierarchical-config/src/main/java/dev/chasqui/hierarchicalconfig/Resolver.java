package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes effective configs out of profiles: of the entries for one setting, the nearest that is valid
 * wins. A pure function of what it is given; immutable, so safe for any number of threads.
 */
public final class Resolver {
  private final Catalogue catalogue;
  private final Hierarchy hierarchy;

  public Resolver(Catalogue catalogue, Hierarchy hierarchy) {
    this.catalogue = catalogue;
    this.hierarchy = hierarchy;
  }

  /**
   * Resolves the profiles on one device's path, given in any order.
   *
   * @throws IllegalArgumentException if the profiles do not fit the hierarchy, see {@link
   *     Hierarchy#order}
   */
  public EffectiveConfig resolve(Collection<Profile> profiles) {
    List<Profile> widestFirst = hierarchy.order(profiles);
    Map<String, List<Explanation.Candidate>> nearestFirst = new HashMap<>();
    for (int i = widestFirst.size() - 1; i >= 0; i--) {
      Profile profile = widestFirst.get(i);
      profile
          .entries()
          .forEach((key, entry) -> nearestFirst
              .computeIfAbsent(key, unused -> new ArrayList<>(2))
              .add(new Explanation.Candidate(profile.scope(), entry)));
    }
    return new EffectiveConfig(catalogue, hierarchy, nearestFirst);
  }
}
