package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.Collection;

/**
 * Makes effective configs out of profiles, as SPEC.md says. A pure function of what it is given;
 * immutable, so safe for any number of threads.
 */
public final class Resolver {
  private final Catalogue catalogue;
  private final Hierarchy hierarchy;
  private final Targeting targeting;

  /**
   * Profiles are read as {@code catalogue} declares them and ordered as {@code hierarchy} says. Entries
   * with conditions or variants hold nowhere.
   */
  public Resolver(Catalogue catalogue, Hierarchy hierarchy) {
    this(catalogue, hierarchy, Targeting.NONE);
  }

  /** As {@link #Resolver(Catalogue, Hierarchy)}, with conditions, variants and invariants. */
  public Resolver(Catalogue catalogue, Hierarchy hierarchy, Targeting targeting) {
    this.catalogue = catalogue;
    this.hierarchy = hierarchy;
    this.targeting = targeting;
  }

  /** What it reads profiles by. */
  public Catalogue catalogue() {
    return catalogue;
  }

  /** What it orders profiles by. */
  public Hierarchy hierarchy() {
    return hierarchy;
  }

  /** What it evaluates rules with. */
  public Targeting targeting() {
    return targeting;
  }

  /**
   * Resolves the profiles on one device's path, given in any order, for what the device says of itself
   * and as of an instant.
   *
   * @throws IllegalArgumentException if the profiles do not fit the hierarchy, see {@link
   *     Hierarchy#order}
   */
  public EffectiveConfig resolve(Collection<Profile> profiles, DeviceContext context, Instant at) {
    return EffectiveConfig.resolve(this, hierarchy.place(profiles), context, at);
  }
}
