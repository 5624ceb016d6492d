package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What becomes of one {@link Unit} on one path: SPEC.md, sections 3 to 7. The unit of a single key is
 * a group of one, so that locks and wins are decided in one place.
 */
final class UnitResolution {
  private static final Comparator<Offer> LOCK_ORDER = Comparator.comparingInt(
          (Offer offer) -> offer.place.level())
      .thenComparing(Offer::isLock, Comparator.reverseOrder())
      .thenComparing(offer -> offer.place.position(), Comparator.reverseOrder());

  private final Resolver resolver;
  private final Unit unit;
  /** In path order, the widest first. */
  private final List<Offer> offers = new ArrayList<>(4);
  /** Those accepted, in path order. */
  private final List<Offer> accepted = new ArrayList<>(4);

  // Of a single key that merges; of the others it follows from what is accepted.
  private @Nullable Claim winner;
  private final List<Claim> merged = new ArrayList<>(0);
  private @Nullable JsonNode mergedValue;
  private @Nullable Object mergedRead;

  /** The entries of one profile for the keys of the unit. */
  private static final class Offer {
    final Placed place;
    /** By index of the key. */
    final @Nullable Claim[] claims;

    boolean refused;

    Offer(Placed place, @Nullable Claim[] claims) {
      this.place = place;
      this.claims = claims;
      for (Claim claim : claims) {
        refused |= claim != null && !claim.stands();
      }
    }

    boolean isLock() {
      for (Claim claim : claims) {
        if (claim != null && claim.entry.binding().isLock()) {
          return true;
        }
      }
      return false;
    }
  }

  /** Of the profiles, those without an entry for the unit are passed over. */
  UnitResolution(
      Resolver resolver, Unit unit, List<Placed> widestFirst, DeviceContext context, Instant at) {
    this.resolver = resolver;
    this.unit = unit;
    for (Placed place : widestFirst) {
      @Nullable Claim[] claims = null;
      for (int i = 0; i < unit.keys.length; i++) {
        String key = unit.keys[i];
        Entry entry = place.profile().plainEntries().get(key);
        if (entry != null) {
          claims = claims == null ? new Claim[unit.keys.length] : claims;
          claims[i] = Claim.of(place, key, unit.settings[i], entry, resolver, context, at);
        }
      }
      if (claims != null) {
        offers.add(new Offer(place, claims));
      }
    }
    applyLocks();
    for (Offer offer : offers) {
      if (!offer.refused) {
        accepted.add(offer);
      }
    }
    Setting<?> setting = unit.settings[0];
    if (setting != null && setting.merge() != Merge.FIRST) {
      merge(setting);
    }
  }

  private void applyLocks() {
    if (!haveLocks()) {
      return;
    }
    List<Offer> inForce = new ArrayList<>();
    for (Offer offer : offers.stream().sorted(LOCK_ORDER).toList()) {
      for (int i = 0; i < unit.keys.length; i++) {
        refuse(offer, i, inForce);
      }
      if (!offer.refused && offer.isLock()) {
        inForce.add(offer);
      }
    }
  }

  private boolean haveLocks() {
    for (Offer offer : offers) {
      if (offer.isLock()) {
        return true;
      }
    }
    return false;
  }

  /** Refuses what the offer says of a key, or the default that it implies, if a lock does. */
  private void refuse(Offer offer, int index, List<Offer> inForce) {
    Claim claim = offer.claims[index];
    if (claim != null && !claim.stands()) {
      return; // at fault before any lock
    }
    Setting<?> setting = unit.settings[index];
    for (Offer lock : inForce) {
      Claim locking = lock.claims[index];
      if (locking == null) {
        continue;
      }
      JsonNode value =
          claim == null ? Objects.requireNonNull(setting).plainDefaultJson() : claim.value();
      Locks.Refusal refusal = Locks.refusal(
          locking, setting, value, claim == null ? List.of() : claim.entry.plainRemove());
      if (refusal != null) {
        offer.refused = true;
        if (claim != null) {
          String message = claim.entry.author().isEmpty()
              ? refusal.message()
              : refusal.message() + " (set by " + claim.entry.author() + ')';
          claim.refuse(
              refusal.reason(), claim.violation(refusal.rule(), message), lock.place.scope());
        }
        return;
      }
    }
  }

  private void merge(Setting<?> setting) {
    if (setting.merge().structural()) {
      putTogether(setting);
    } else {
      choose(setting);
    }
  }

  /** The least or greatest, of equal ones the nearest. */
  private void choose(Setting<?> setting) {
    int sign = setting.merge().ofLeast() ? 1 : -1;
    for (Offer offer : accepted) {
      Claim claim = Objects.requireNonNull(offer.claims[0]);
      if (winner == null || setting.compare(claim.value(), winner.value()) * (long) sign <= 0) {
        winner = claim;
      }
    }
    mergedValue = winner == null ? null : winner.value();
    mergedRead = winner == null ? null : winner.read;
  }

  private void putTogether(Setting<?> setting) {
    JsonNode value = setting.plainDefaultJson();
    for (Offer offer : accepted) {
      Claim claim = Objects.requireNonNull(offer.claims[0]);
      JsonNode next =
          StructuralMerge.apply(setting.merge(), value, claim.entry.plainRemove(), claim.value());
      Violation problem = readMerged(setting, next);
      if (problem == null) {
        value = next;
        mergedValue = next;
        if (winner != null) {
          merged.add(0, winner);
        }
        winner = claim;
      } else {
        claim.refuse(Explanation.Reason.INVALID, problem, null);
      }
    }
  }

  private @Nullable Violation readMerged(Setting<?> setting, JsonNode value) {
    Setting.Reading<?> reading = setting.tryReadPlain(value);
    if (reading instanceof Setting.Reading.Refused<?> refused) {
      return refused.violation();
    }
    Violation violation = resolver.catalogue().checkSchema(setting, value);
    if (violation == null) {
      violation = resolver.catalogue().checkSize(setting.key(), value);
    }
    if (violation == null) {
      mergedRead = ((Setting.Reading.Valid<?>) reading).value();
    }
    return violation;
  }

  private boolean merges() {
    Setting<?> setting = unit.settings[0];
    return setting != null && setting.merge() != Merge.FIRST;
  }

  private @Nullable Offer nearest() {
    return accepted.isEmpty() ? null : accepted.get(accepted.size() - 1);
  }

  /** The entry that the value of the key comes from, or null if it is the default. */
  @Nullable
  Claim winner(int index) {
    if (merges()) {
      return winner;
    }
    Offer nearest = nearest();
    return nearest == null ? null : nearest.claims[index];
  }

  /** The value of the key, or null if it is the default. */
  @Nullable
  JsonNode value(int index) {
    Claim claim = winner(index);
    return claim == null ? null : merges() ? mergedValue : claim.value();
  }

  /** What the value stands for; null if it is the default, or of no declared key. */
  @Nullable
  Object read(int index) {
    Claim claim = winner(index);
    return claim == null ? null : merges() ? mergedRead : claim.read;
  }

  /** Rule 9.1, by key, the nearest first. */
  List<Violation> violations() {
    List<Violation> violations = new ArrayList<>(0);
    for (int key = 0; key < unit.keys.length; key++) {
      boolean acceptedNearer = false;
      for (int i = offers.size() - 1; i >= 0; i--) {
        Claim claim = offers.get(i).claims[key];
        Violation violation = claim == null ? null : claim.violation;
        if (violation != null
            && (merges() || !acceptedNearer || violation.rule() == Violation.Rule.BAD_RULE)) {
          violations.add(violation);
        }
        acceptedNearer |= !offers.get(i).refused;
      }
    }
    return violations;
  }

  /** All that profiles claim for the key, the nearest first; those that lost have a reason. */
  List<Claim> claims(int index) {
    Claim won = winner(index);
    List<Claim> claims = new ArrayList<>(offers.size());
    for (int i = offers.size() - 1; i >= 0; i--) {
      Claim claim = offers.get(i).claims[index];
      if (claim != null) {
        claims.add(claim);
        if (claim.reason == null && claim != won && !merged.contains(claim)) {
          sayWhyLost(claim, offers.get(i).refused, won);
        }
      }
    }
    return claims;
  }

  /** Why the key has the value it has. */
  Explanation explain(int index, JsonNode value) {
    Claim won = winner(index);
    List<Explanation.Loser> losers = new ArrayList<>();
    for (Claim claim : claims(index)) {
      if (claim.reason != null) {
        losers.add(new Explanation.Loser(claim.candidate(), claim.reason, claim.detail, claim.by));
      }
    }
    return new Explanation(
        unit.keys[index],
        value,
        won == null ? null : won.candidate(),
        merged.stream().map(Claim::candidate).toList(),
        losers);
  }

  private void sayWhyLost(Claim claim, boolean refused, @Nullable Claim won) {
    Offer nearest = nearest();
    if (refused || won == null) {
      Scope from = nearest == null ? null : nearest.place.scope();
      claim.lose(
          Explanation.Reason.GROUP,
          "group \"" + unit.group + "\" is taken together, "
              + (from == null ? "from no profile" : "from " + from),
          from);
      return;
    }
    Scope to = won.place.scope();
    if (merges()) {
      claim.lose(Explanation.Reason.STRICTER, to + " says " + won.value(), to);
    } else if (won.place.level() != claim.place.level()) {
      claim.lose(Explanation.Reason.OVERRIDDEN, "overridden by " + to, to);
    } else {
      int wins = won.place.profile().priority();
      int loses = claim.place.profile().priority();
      claim.lose(
          Explanation.Reason.PRIORITY,
          wins == loses
              ? to + " of the same priority sorts first"
              : to + " has a higher priority: " + wins + ", not " + loses,
          to);
    }
  }
}
