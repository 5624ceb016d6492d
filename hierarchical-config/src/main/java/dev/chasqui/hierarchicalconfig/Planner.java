package dev.chasqui.hierarchicalconfig;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds what a change does below any set of scopes: SPEC.md, section 13. Resolves only the units of
 * keys that are edited or stand in a profile of another priority, and those that invariants about them
 * need. Immutable.
 */
final class Planner implements FleetWalk.Question<Planner.Verdict> {
  private final Resolver resolver;
  private final FleetIndex before;
  private final FleetIndex after;
  private final Instant at;
  /** By text of the scope. */
  private final NavigableMap<String, ProfileEdits> change = new TreeMap<>();
  /** Numbers of the scopes edited. */
  private final BitSet edited = new BitSet();
  /** Profiles that become too large, by scope. */
  private final Map<Scope, Violation> tooLarge = new HashMap<>();

  /** Of the keys whose value the change may change. */
  private final List<Unit> units;
  /** All keys of the units, in their order. */
  private final NavigableMap<String, KeyOfUnit> keys = new TreeMap<>();
  /** About keys of the units. */
  private final List<Invariant> invariants;
  /** All that is read of profiles. */
  private final Set<String> read = new HashSet<>();
  /** Whether a config as a whole has a limit, so that every entry counts. */
  private final boolean limited;

  /** A key, and where its value is found. */
  private record KeyOfUnit(
      String key, int unit, int index, @Nullable Setting<?> setting) {}

  Planner(Resolver resolver, FleetIndex fleet, List<ProfileEdits> edits, Instant at) {
    if (!fleet.hierarchy().equals(resolver.hierarchy())) {
      throw new IllegalArgumentException("the fleet and the resolver are of different hierarchies");
    }
    if (edits.isEmpty()) {
      throw new IllegalArgumentException("a change must have edits");
    }
    this.resolver = resolver;
    this.before = fleet;
    this.at = at;
    Catalogue catalogue = resolver.catalogue();
    Sizes sizes = new Sizes(catalogue.limits());
    Set<Unit> touched = new LinkedHashSet<>();
    FleetIndex changed = fleet;
    for (ProfileEdits each : edits) {
      Scope scope = each.scope();
      if (change.putIfAbsent(scope.toString(), each) != null) {
        throw new IllegalArgumentException("a change must edit a scope once, was twice " + scope);
      }
      changed = changed.with(each);
      addUnits(touched, each.set().keySet());
      addUnits(touched, each.removed());
      if (each.priority() != null) {
        addUnits(touched, changed.profile(scope).entries().keySet());
      }
      int number = fleet.devices().number(scope);
      if (number >= 0) {
        edited.set(number);
      }
      Violation violation = sizes.check(changed.profile(scope));
      if (violation != null && sizes.check(fleet.profile(scope)) == null) {
        tooLarge.put(scope, violation);
      }
    }
    this.after = changed;
    this.units = List.copyOf(touched);
    for (int i = 0; i < units.size(); i++) {
      Unit unit = units.get(i);
      for (int j = 0; j < unit.keys.length; j++) {
        keys.put(unit.keys[j], new KeyOfUnit(unit.keys[j], i, j, unit.settings[j]));
      }
    }
    this.invariants = catalogue.invariants().stream()
        .filter(invariant -> invariant.values().values().stream().anyMatch(keys::containsKey))
        .toList();
    read.addAll(keys.keySet());
    for (Invariant invariant : invariants) {
      for (String key : invariant.values().values()) {
        read.addAll(List.of(catalogue.unitOf(key).keys));
      }
    }
    this.limited = catalogue.limits().config() != Integer.MAX_VALUE;
  }

  private void addUnits(Set<Unit> touched, Collection<String> of) {
    for (String key : of) {
      touched.add(resolver.catalogue().unitOf(key));
    }
  }

  FleetIndex after() {
    return after;
  }

  /** Visits the devices below the edited scopes. */
  void walk(FleetWalk.Visitor<Verdict> visitor) {
    new FleetWalk<>(before.devices(), this, edited).forEach(visitor);
  }

  /** The digest, of the edits so far. */
  MessageDigest digest() {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (ProfileEdits edits : change.values()) {
      ObjectNode json = ProfileJson.write(edits);
      json.remove("revision");
      for (JsonNode entry : json.get("set")) {
        ((ObjectNode) entry).remove("revision");
      }
      all.add(json);
    }
    MessageDigest sha = CanonicalJson.sha256();
    sha.update(CanonicalJson.exact(all).getBytes(StandardCharsets.UTF_8));
    return sha;
  }

  @Override
  public boolean concerns(int scope) {
    if (edited.get(scope)) {
      return true;
    }
    Profile profile = after.profileAt(scope);
    if (profile == null || profile.plainEntries().isEmpty()) {
      return false;
    }
    return limited || read.stream().anyMatch(profile.plainEntries()::containsKey);
  }

  @Override
  public boolean asksFacts(int[] scopes) {
    for (int scope : scopes) {
      if (asksFacts(before.profileAt(scope)) || asksFacts(after.profileAt(scope))) {
        return true;
      }
    }
    return false;
  }

  private boolean asksFacts(@Nullable Profile profile) {
    return profile != null
        && profile.plainEntries().entrySet().stream()
            .anyMatch(entry ->
                entry.getValue().asksFacts() && (limited || read.contains(entry.getKey())));
  }

  @Override
  public Verdict answer(int[] scopes, DeviceContext facts) {
    return new Verdict(new OnePath(
            before.path(resolver.hierarchy(), scopes),
            after.path(resolver.hierarchy(), scopes),
            facts)
        .outcome());
  }

  /** The violation without its message: what tells it from others. */
  static Violation identity(Violation violation) {
    return new Violation(violation.rule(), violation.setting(), violation.scope(), "");
  }

  /** An outcome, and the hash that the digest has of it. */
  static final class Verdict {
    private final Plan.Outcome outcome;
    private byte @Nullable [] hash;

    Verdict(Plan.Outcome outcome) {
      this.outcome = outcome;
    }

    Plan.Outcome outcome() {
      return outcome;
    }

    /** Not copied: for reading only. */
    byte[] hash() {
      byte[] known = hash;
      if (known == null) {
        known = CanonicalJson.sha256()
            .digest(CanonicalJson.exact(toJson()).getBytes(StandardCharsets.UTF_8));
        hash = known;
      }
      return known;
    }

    /** Rule 13.6. */
    private ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      ObjectNode effects = json.putObject("effects");
      for (ChangedValue effect : outcome.effects()) {
        ObjectNode values = effects.putObject(effect.key());
        if (effect.plainBefore() != null) {
          values.set("before", effect.plainBefore());
        }
        if (effect.plainAfter() != null) {
          values.set("after", effect.plainAfter());
        }
      }
      ArrayNode broken = json.putArray("broken");
      outcome.broken().stream()
          .map(violation -> violation.rule().code()
              + ' '
              + violation.setting()
              + ' '
              + (violation.scope() == null ? "" : violation.scope()))
          .sorted()
          .forEach(broken::add);
      return json;
    }
  }

  /** The change below one set of profiles. */
  private final class OnePath {
    private final List<Placed> was;
    private final List<Placed> willBe;
    private final DeviceContext facts;
    /** By index of the unit. */
    private final List<UnitResolution> old = new ArrayList<>();

    private final List<UnitResolution> now = new ArrayList<>();
    /** Of keys that invariants need and the change does not touch. */
    private final Map<Unit, UnitResolution> others = new HashMap<>(0);

    OnePath(List<Placed> was, List<Placed> willBe, DeviceContext facts) {
      this.was = was;
      this.willBe = willBe;
      this.facts = facts;
      for (Unit unit : units) {
        old.add(new UnitResolution(resolver, unit, was, facts, at));
        now.add(new UnitResolution(resolver, unit, willBe, facts, at));
      }
    }

    Plan.Outcome outcome() {
      List<ChangedValue> effects = new ArrayList<>();
      List<Plan.Unchanged> unchanged = new ArrayList<>();
      List<Plan.Conflict> conflicts = new ArrayList<>();
      for (KeyOfUnit key : keys.values()) {
        JsonNode oldValue = value(old, key);
        JsonNode newValue = value(now, key);
        if (Setting.isSame(key.setting, oldValue, key.setting, newValue)) {
          addReason(key, unchanged);
        } else {
          effects.add(new ChangedValue(key.key, oldValue, newValue));
        }
        addConflicts(key, conflicts);
      }
      return new Plan.Outcome(effects, unchanged, conflicts, broken());
    }

    private @Nullable JsonNode value(List<UnitResolution> resolved, KeyOfUnit key) {
      return valueOrDefault(resolved.get(key.unit), key.index, key.setting);
    }

    private static @Nullable JsonNode valueOrDefault(
        UnitResolution resolved, int index, @Nullable Setting<?> setting) {
      JsonNode value = resolved.value(index);
      return value == null && setting != null ? setting.plainDefaultJson() : value;
    }

    /** Why the key, if it is edited on this path, stays as it is. */
    private void addReason(KeyOfUnit key, List<Plan.Unchanged> unchanged) {
      for (int i = willBe.size() - 1; i >= 0; i--) {
        Scope scope = willBe.get(i).scope();
        ProfileEdits edits = editsOf(scope);
        boolean removed = edits != null && edits.removed().contains(key.key);
        if (removed || isSetBy(edits, key.key)) {
          Claim claim = find((removed ? old : now).get(key.unit).claims(key.index), scope);
          unchanged.add(new Plan.Unchanged(
              key.key,
              scope,
              Plan.Reason.of(claim == null ? null : claim.reason),
              claim == null ? null : claim.by));
          return;
        }
      }
    }

    private @Nullable ProfileEdits editsOf(Scope scope) {
      return change.get(scope.toString());
    }

    private static boolean isSetBy(@Nullable ProfileEdits edits, String key) {
      return edits != null && edits.set().containsKey(key);
    }

    private static @Nullable Claim find(List<Claim> claims, Scope scope) {
      for (Claim claim : claims) {
        if (claim.place.scope().equals(scope)) {
          return claim;
        }
      }
      return null;
    }

    private void addConflicts(KeyOfUnit key, List<Plan.Conflict> conflicts) {
      List<Claim> claims = now.get(key.unit).claims(key.index);
      for (Claim claim : claims) {
        Scope by = claim.by;
        if (by != null && isRefusedByLock(claim)) {
          Scope scope = claim.place.scope();
          Claim asItWas = find(old.get(key.unit).claims(key.index), scope);
          boolean isNew = isSetBy(editsOf(scope), key.key)
              || asItWas == null
              || !isRefusedByLock(asItWas)
              || !by.equals(asItWas.by);
          if (isNew) {
            Claim lock = Objects.requireNonNull(find(claims, by));
            conflicts.add(new Plan.Conflict(
                key.key,
                Plan.Reason.of(claim.reason),
                scope,
                claim.entry.author(),
                by,
                lock.entry.author()));
          }
        }
      }
    }

    private static boolean isRefusedByLock(Claim claim) {
      return claim.violation != null && claim.violation.rule().isConflict();
    }

    private List<Violation> broken() {
      Map<Violation, Violation> found = new LinkedHashMap<>();
      for (int i = 0; i < units.size(); i++) {
        for (Violation violation : now.get(i).violations()) {
          found.putIfAbsent(identity(violation), violation);
        }
        for (Violation violation : old.get(i).violations()) {
          found.remove(identity(violation));
        }
      }
      for (Invariant invariant : invariants) {
        Violation violation = check(invariant, now);
        Violation asItWas = violation == null ? null : check(invariant, old);
        if (violation != null
            && (asItWas == null || !identity(asItWas).equals(identity(violation)))) {
          found.put(identity(violation), violation);
        }
      }
      for (Placed place : willBe) {
        Violation violation = tooLarge.get(place.scope());
        if (violation != null) {
          found.put(identity(violation), violation);
        }
      }
      Violation violation = limited ? configTooLarge(willBe) : null;
      if (violation != null && configTooLarge(was) == null) {
        found.put(identity(violation), violation);
      }
      return new ArrayList<>(found.values());
    }

    private @Nullable Violation check(Invariant invariant, List<UnitResolution> resolved) {
      return invariant.check(resolver.targeting(), key -> {
        KeyOfUnit known = keys.get(key);
        return known == null ? untouched(key) : value(resolved, known);
      });
    }

    private @Nullable JsonNode untouched(String key) {
      Unit unit = resolver.catalogue().unitOf(key);
      int index = unit.indexOf(key);
      UnitResolution resolved = others.computeIfAbsent(
          unit, any -> new UnitResolution(resolver, unit, willBe, facts, at));
      return valueOrDefault(resolved, index, unit.settings[index]);
    }

    /** The violation of rule 10.2 about the config, or null. */
    private @Nullable Violation configTooLarge(List<Placed> path) {
      return EffectiveConfig.resolve(resolver, path, facts, at).violations().stream()
          .filter(violation -> violation.rule() == Violation.Rule.TOO_LARGE
              && violation.setting().isEmpty()
              && violation.scope() == null)
          .findFirst()
          .orElse(null);
    }
  }
}
