package dev.chasqui.hierarchicalconfig;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a change would do to a fleet at an instant, exactly: which devices get which values, which do
 * not and why, and what it would break. SPEC.md, section 13, says it in rules.
 *
 * <p>Immutable, so safe for any number of threads. It holds counts, not devices: {@link #forEach}
 * finds each device's part again.
 */
public final class Plan {
  private static final int MOST_LISTED = 1_000;

  private final FleetIndex fleet;
  private final Planner planner;
  private final String digest;

  private int devicesBelow;
  private int devicesChanged;
  private int devicesInConflict;
  private int devicesBroken;
  private final SortedMap<String, Integer> changedByKey = new TreeMap<>();
  private final Map<Reason, Long> unchangedByReason = new EnumMap<>(Reason.class);
  private final List<Found<Conflict>> conflicts;
  private final List<Found<Violation>> broken;

  private Plan(FleetIndex fleet, Planner planner) {
    this.fleet = fleet;
    this.planner = planner;
    MessageDigest sha = planner.digest();
    Listing<Conflict> conflictsFound = new Listing<>();
    Listing<Violation> brokenFound = new Listing<>();
    planner.walk((device, verdict) -> {
      Outcome outcome = verdict.outcome();
      devicesBelow++;
      devicesChanged += outcome.effects.isEmpty() ? 0 : 1;
      devicesInConflict += outcome.conflicts.isEmpty() ? 0 : 1;
      devicesBroken += outcome.broken.isEmpty() ? 0 : 1;
      for (ChangedValue effect : outcome.effects) {
        changedByKey.merge(effect.key(), 1, Integer::sum);
      }
      for (Unchanged unchanged : outcome.unchanged) {
        unchangedByReason.merge(unchanged.reason, 1L, Long::sum);
      }
      for (Conflict conflict : outcome.conflicts) {
        conflictsFound.add(conflict, conflict, device);
      }
      for (Violation violation : outcome.broken) {
        brokenFound.add(Planner.identity(violation), violation, device);
      }
      if (!outcome.effects.isEmpty() || !outcome.broken.isEmpty()) {
        sha.update(device.getBytes(StandardCharsets.US_ASCII));
        sha.update((byte) '\n');
        sha.update(verdict.hash());
      }
    });
    this.conflicts = conflictsFound.listed();
    this.broken = brokenFound.listed();
    this.digest = HexFormat.of().formatHex(sha.digest());
  }

  /**
   * Finds out what {@code change} would do.
   *
   * @param change edits of distinct scopes, at least one
   * @throws IllegalArgumentException if edits do not follow the revisions of the fleet's profiles,
   *     two are of one scope, there are none, or the fleet stands in another hierarchy than the
   *     resolver's
   */
  public static Plan of(
      Resolver resolver, FleetIndex fleet, List<ProfileEdits> change, Instant at) {
    return new Plan(fleet, new Planner(resolver, fleet, change, at));
  }

  /** The fleet that it is of. */
  public FleetIndex before() {
    return fleet;
  }

  /** The fleet with the change made. */
  public FleetIndex after() {
    return planner.after();
  }

  /** How many devices stand below the scopes that are edited. */
  public int devicesBelow() {
    return devicesBelow;
  }

  /** How many devices get another value of some key. */
  public int devicesChanged() {
    return devicesChanged;
  }

  /** How many devices get another value of the key, by key; without those of no device. */
  public SortedMap<String, Integer> changedByKey() {
    return Collections.unmodifiableSortedMap(changedByKey);
  }

  /** How many pairs of a device and an edited key do not change, by reason; without zeros. */
  public Map<Reason, Long> unchangedByReason() {
    return Collections.unmodifiableMap(unchangedByReason);
  }

  /** How many devices have a conflict. */
  public int devicesInConflict() {
    return devicesInConflict;
  }

  /** What locks refuse, in the order it is found in; of more than 1,000 the first. */
  public List<Found<Conflict>> conflicts() {
    return conflicts;
  }

  /** How many devices get a violation that they do not have now. */
  public int devicesBroken() {
    return devicesBroken;
  }

  /**
   * Violations that devices get and do not have now, in the order they are found in; of more than
   * 1,000 the first. Two are one if rule, setting and scope are; the message is that of the first.
   */
  public List<Found<Violation>> broken() {
    return broken;
  }

  /**
   * What an approval is bound to: equal for plans of the same edits, from the same revisions, with the
   * same effects and newly broken violations. Revisions that the edits lead to, which are known only
   * at commit, take no part; nor does the rest of the fleet.
   *
   * @return lower-case hex of SHA-256
   */
  public String digest() {
    return digest;
  }

  /**
   * Hands over every device below the edited scopes, in the order of their keys. Finds outcomes
   * again, once for devices that share them, and holds a bounded number.
   */
  public void forEach(BiConsumer<String, Outcome> taker) {
    planner.walk((device, verdict) -> taker.accept(device, verdict.outcome()));
  }

  /**
   * What the change does to a device.
   *
   * @param effects the keys whose value changes, in their order
   * @param unchanged the edited keys whose value does not, in their order
   * @param conflicts what locks refuse, by key, the nearest first
   * @param broken violations that were not there before
   */
  public record Outcome(
      List<ChangedValue> effects,
      List<Unchanged> unchanged,
      List<Conflict> conflicts,
      List<Violation> broken) {
    public Outcome {
      effects = List.copyOf(effects);
      unchanged = List.copyOf(unchanged);
      conflicts = List.copyOf(conflicts);
      broken = List.copyOf(broken);
    }
  }

  /**
   * An edited key whose value does not change on a device.
   *
   * @param key of the setting
   * @param scope the edited one; of several on the path the nearest
   * @param reason why
   * @param by the scope of the lock or of the winner that the entry loses to, if it does
   */
  public record Unchanged(
      String key, Scope scope, Reason reason, @Nullable Scope by) {}

  /** Why an edit of a key changes nothing. */
  public enum Reason {
    /** The entry has its say, or there is none, and the value is the same as before. */
    EQUAL,
    /** See {@link Explanation.Reason#NOT_YET}. */
    NOT_YET,
    /** See {@link Explanation.Reason#EXPIRED}. */
    EXPIRED,
    /** See {@link Explanation.Reason#CONDITION}. */
    CONDITION,
    /** See {@link Explanation.Reason#INVALID}. */
    INVALID,
    /** See {@link Explanation.Reason#LOCKED}. */
    LOCKED,
    /** See {@link Explanation.Reason#OUT_OF_BOUNDS}. */
    OUT_OF_BOUNDS,
    /** See {@link Explanation.Reason#LOOSER}. */
    LOOSER,
    /** See {@link Explanation.Reason#GROUP}. */
    GROUP,
    /** See {@link Explanation.Reason#STRICTER}. */
    STRICTER,
    /** See {@link Explanation.Reason#PRIORITY}. */
    PRIORITY,
    /** See {@link Explanation.Reason#OVERRIDDEN}. */
    OVERRIDDEN;

    static Reason of(Explanation.@Nullable Reason lost) {
      return lost == null ? EQUAL : valueOf(lost.name());
    }

    /** Its name on the wire: lower-case words joined by hyphens. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * An entry that a lock would refuse: one of the change, or one that the lock does not refuse now.
   *
   * @param key of the setting
   * @param reason {@link Reason#LOCKED}, {@link Reason#OUT_OF_BOUNDS} or {@link Reason#LOOSER}
   * @param refused where the entry stands
   * @param refusedAuthor who set it, empty where nobody is known
   * @param lock where the lock stands
   * @param lockAuthor who set it, empty where nobody is known
   */
  public record Conflict(
      String key,
      Reason reason,
      Scope refused,
      String refusedAuthor,
      Scope lock,
      String lockAuthor) {}

  /**
   * Something found on devices.
   *
   * @param what it is
   * @param device the first it was found on
   * @param devices how many it was found on
   */
  public record Found<T>(T what, String device, int devices) {}

  /** Counts devices by what is found on them. */
  private static final class Listing<T> {
    private final Map<Object, Found<T>> found = new LinkedHashMap<>();

    void add(Object identity, T what, String device) {
      Found<T> known = found.get(identity);
      if (known != null) {
        found.put(identity, new Found<>(known.what, known.device, known.devices + 1));
      } else if (found.size() < MOST_LISTED) {
        found.put(identity, new Found<>(what, device, 1));
      }
    }

    List<Found<T>> listed() {
      return Collections.unmodifiableList(new ArrayList<>(found.values()));
    }
  }
}
