package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Plan} knows of a fleet: its devices, where each stands, what it says of itself, and
 * the profiles. A device is a scope of the nearest level of the hierarchy.
 *
 * <p>A snapshot: immutable, so safe for any number of threads. {@link #with} makes the next one in
 * microseconds. A fleet whose devices have changed is built anew.
 *
 * <p><b>Memory</b>: of a device its key and 12 bytes; scopes above devices, sets of them, facts and
 * profiles once each, however many devices share them. Besides, the 10,000 configs asked for last, with
 * what they were made of.
 */
public final class FleetIndex {
  private final Hierarchy hierarchy;
  private final FleetDevices devices;
  private final ProfileTable profiles;
  /** Of scopes without number: no device stands below them. */
  private final Map<Scope, Profile> idle;
  /** Right for all snapshots: it goes by the profiles themselves. */
  private final ConfigCache configs;

  private FleetIndex(
      Hierarchy hierarchy,
      FleetDevices devices,
      ProfileTable profiles,
      Map<Scope, Profile> idle,
      ConfigCache configs) {
    this.hierarchy = hierarchy;
    this.devices = devices;
    this.profiles = profiles;
    this.idle = idle;
    this.configs = configs;
  }

  /** For a fleet that stands in this hierarchy. */
  public static Builder builder(Hierarchy hierarchy) {
    return new Builder(hierarchy);
  }

  /** Where its devices stand. */
  public Hierarchy hierarchy() {
    return hierarchy;
  }

  /** How many devices there are. */
  public int size() {
    return devices.size();
  }

  /** The profile of a scope; an empty one at revision 0 if nobody has edited it. */
  public Profile profile(Scope scope) {
    int number = devices.number(scope);
    Profile profile = number < 0 ? idle.get(scope) : profiles.get(number);
    return profile == null ? Profile.empty(scope) : profile;
  }

  /**
   * This fleet with {@code edits} made.
   *
   * @throws IllegalArgumentException if the edits do not follow the revision of the profile here, or
   *     the hierarchy has no such level
   */
  public FleetIndex with(ProfileEdits edits) {
    Scope scope = edits.scope();
    hierarchy.levelOf(scope);
    Profile edited = profile(scope).with(edits);
    int number = devices.number(scope);
    if (number >= 0) {
      return new FleetIndex(hierarchy, devices, profiles.with(number, edited), idle, configs);
    }
    Map<Scope, Profile> more = new HashMap<>(idle);
    more.put(scope, edited);
    return new FleetIndex(hierarchy, devices, profiles, Collections.unmodifiableMap(more), configs);
  }

  /**
   * What one device gets. Profiles without entries take no part. Devices below the same profiles
   * that say the same of themselves share one object, as long as it is among those used lately:
   * round {@code at} if you want that over time. Configs that come to the same content, whatever
   * profiles it is from, share it and its fingerprint.
   *
   * @throws IllegalArgumentException if there is no such device, or it does not fit the resolver's
   *     hierarchy
   */
  public EffectiveConfig config(Resolver resolver, String device, Instant at) {
    int index = devices.device(device);
    if (index < 0) {
      throw new IllegalArgumentException(
          "no device \"" + Setting.cut(device) + "\" is in the fleet");
    }
    List<Profile> path = new ArrayList<>();
    for (int number : devices.path(devices.pathOf(index))) {
      addIfSet(path, profiles.get(number));
    }
    addIfSet(path, profiles.get(devices.own(index)));
    return configs.get(resolver, path, devices.facts(index), at);
  }

  private static void addIfSet(List<Profile> path, @Nullable Profile profile) {
    if (profile != null && !profile.plainEntries().isEmpty()) {
      path.add(profile);
    }
  }

  FleetDevices devices() {
    return devices;
  }

  /** The profile of the scope with this number, or null if it never had one. */
  @Nullable
  Profile profileAt(int number) {
    return profiles.get(number);
  }

  /** Whether the scope with this number has entries. */
  boolean isSet(int number) {
    Profile profile = profiles.get(number);
    return profile != null && !profile.plainEntries().isEmpty();
  }

  /** Of some scopes the profiles there are, in path order. */
  List<Placed> path(Hierarchy order, int[] numbers) {
    List<Profile> found = new ArrayList<>(numbers.length);
    for (int number : numbers) {
      Profile profile = profiles.get(number);
      if (profile != null) {
        found.add(profile);
      }
    }
    return order.place(found);
  }

  /** Collects devices and profiles, in any order. Not safe for threads. */
  public static final class Builder {
    private final Hierarchy hierarchy;
    private final FleetDevices.Collector devices;
    private final Map<Scope, Profile> profiles = new HashMap<>();

    private Builder(Hierarchy hierarchy) {
      this.hierarchy = hierarchy;
      this.devices = new FleetDevices.Collector(hierarchy);
    }

    /**
     * Adds a device.
     *
     * @param key of the device, and of its scope in the nearest level
     * @param facts what it says of itself
     * @param above the scopes that it stands below, in any order; its own may be among them
     * @throws IllegalArgumentException if the hierarchy lacks a level, a level that allows one scope
     *     has two, a scope is there twice, or one of the nearest level is not the device's own
     */
    public Builder device(String key, DeviceContext facts, Collection<Scope> above) {
      devices.add(key, facts, above);
      return this;
    }

    /**
     * Adds a profile. Scopes without one need none.
     *
     * @throws IllegalArgumentException if the hierarchy lacks its level, or its scope has one already
     */
    public Builder profile(Profile profile) {
      devices.keep(profile.scope());
      if (profiles.putIfAbsent(profile.scope(), profile) != null) {
        throw new IllegalArgumentException("two profiles of " + profile.scope());
      }
      return this;
    }

    /**
     * Makes the index. The builder is not to be used any more.
     *
     * @throws IllegalArgumentException if a device is there twice
     */
    public FleetIndex build() {
      FleetDevices collected = devices.collected();
      ProfileTable table = ProfileTable.empty(collected.numbers());
      Map<Scope, Profile> idle = new HashMap<>();
      profiles.forEach((scope, profile) -> {
        int number = collected.number(scope);
        if (number < 0) {
          idle.put(scope, profile);
        } else {
          table.fill(number, profile);
        }
      });
      return new FleetIndex(
          hierarchy, collected, table, Collections.unmodifiableMap(idle), new ConfigCache());
    }
  }
}
