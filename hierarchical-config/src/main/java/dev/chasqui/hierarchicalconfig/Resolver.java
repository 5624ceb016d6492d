package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Makes effective configs out of profiles: of the entries for one setting, the nearest that is valid
 * wins. A pure function of what it is given; immutable, so safe for any number of threads.
 */
public final class Resolver {
  private final Catalogue catalogue;
  private final Hierarchy hierarchy;

  /** Profiles are read as {@code catalogue} declares them and ordered as {@code hierarchy} says. */
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
    List<Profile> nearestFirst = new ArrayList<>(hierarchy.order(profiles));
    Collections.reverse(nearestFirst);
    return new EffectiveConfig(catalogue, nearestFirst);
  }
}
