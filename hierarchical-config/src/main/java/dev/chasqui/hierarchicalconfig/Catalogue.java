package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A set of settings with distinct keys, in the order they were given, and what must hold of them
 * together. Immutable.
 */
public final class Catalogue {
  private final Map<String, Setting<?>> byKey;
  private final Map<String, Unit> units = new HashMap<>();
  private final List<Invariant> invariants;
  private final SizeLimits limits;
  private final SchemaCheck schemas;

  /** The default of each setting: a {@link SettingTable}. */
  final @Nullable Object[] defaults;

  private Catalogue(
      Map<String, Setting<?>> byKey,
      List<Invariant> invariants,
      SizeLimits limits,
      SchemaCheck schemas) {
    this.byKey = byKey;
    this.invariants = List.copyOf(invariants);
    this.limits = limits;
    this.schemas = schemas;
    this.defaults = defaults(byKey.values());
    Map<String, List<Setting<?>>> groups = new LinkedHashMap<>();
    for (Setting<?> setting : byKey.values()) {
      if (setting.atomicGroup().isEmpty()) {
        units.put(setting.key(), Unit.of(setting));
      } else {
        groups.computeIfAbsent(setting.atomicGroup(), name -> new ArrayList<>()).add(setting);
      }
    }
    groups.forEach((name, members) -> {
      Unit unit = Unit.of(name, members);
      members.forEach(member -> units.put(member.key(), unit));
    });
  }

  private static @Nullable Object[] defaults(Collection<Setting<?>> settings) {
    Map<Setting<?>, Object> defaults = new HashMap<>();
    settings.forEach(setting -> defaults.put(setting, setting.plainDefault()));
    return SettingTable.of(defaults);
  }

  /**
   * Collects settings.
   *
   * @throws IllegalArgumentException if two have the same key
   */
  public static Catalogue of(Collection<? extends Setting<?>> settings) {
    Map<String, Setting<?>> byKey = new LinkedHashMap<>();
    for (Setting<?> setting : settings) {
      if (byKey.putIfAbsent(setting.key(), setting) != null) {
        throw new IllegalArgumentException("setting \"" + setting.key() + "\" is declared twice");
      }
    }
    return new Catalogue(byKey, List.of(), SizeLimits.NONE, SchemaCheck.NONE);
  }

  /** As {@link #of(Collection)}. */
  public static Catalogue of(Setting<?>... settings) {
    return of(Arrays.asList(settings));
  }

  /**
   * The same settings, with these rules across them in place of others.
   *
   * @throws IllegalArgumentException if two have one name, or one is about a key that is not declared
   */
  public Catalogue withInvariants(List<Invariant> rules) {
    Map<String, Invariant> byName = new HashMap<>();
    for (Invariant rule : rules) {
      if (byName.putIfAbsent(rule.name(), rule) != null) {
        throw new IllegalArgumentException("invariant \"" + rule.name() + "\" is there twice");
      }
      for (String key : rule.values().values()) {
        if (!byKey.containsKey(key)) {
          throw new IllegalArgumentException(
              "invariant \"" + rule.name() + "\" is about \"" + key + "\", which is not declared");
        }
      }
    }
    return new Catalogue(byKey, rules, limits, schemas);
  }

  /** The same settings, with these limits in place of others. */
  public Catalogue withLimits(SizeLimits sizes) {
    return new Catalogue(byKey, invariants, sizes, schemas);
  }

  /** The same settings, whose objects and lists are checked by {@code check}. */
  public Catalogue withSchemas(SchemaCheck check) {
    return new Catalogue(byKey, invariants, limits, check);
  }

  /** All settings, in the order they were given. Cannot be changed. */
  public Collection<Setting<?>> settings() {
    return Collections.unmodifiableCollection(byKey.values());
  }

  /** What must hold across settings. */
  public List<Invariant> invariants() {
    return invariants;
  }

  /** How large things may be. */
  public SizeLimits limits() {
    return limits;
  }

  /** The setting with this key, or null. */
  public @Nullable Setting<?> find(String key) {
    return byKey.get(key);
  }

  /** Whether this very setting is here; another one of the same key does not count. */
  public boolean contains(Setting<?> setting) {
    return byKey.get(setting.key()) == setting;
  }

  /** How many settings there are. */
  public int size() {
    return byKey.size();
  }

  /** The rule that setting {@code key} to {@code value} would break, or null. */
  public @Nullable Violation check(String key, JsonNode value) {
    Setting<?> setting = byKey.get(key);
    if (setting == null) {
      return new Violation(
          Violation.Rule.UNKNOWN_SETTING, key, null, "no setting of this key is declared");
    }
    Violation violation = setting.check(value);
    if (violation != null) {
      return violation;
    }
    JsonNode plain = PlainJson.copy(value);
    violation = checkSchema(setting, plain);
    return violation == null ? checkSize(key, plain) : violation;
  }

  /** The rule of its schema that a value of the right type breaks, or null. */
  @Nullable
  Violation checkSchema(Setting<?> setting, JsonNode plain) {
    JsonNode schema = setting.plainSchema();
    if (schema == null || plain.isNull()) {
      return null;
    }
    String problem = schemas.problem(schema, plain);
    return problem == null
        ? null
        : new Violation(
            Violation.Rule.SCHEMA, setting.key(), null, "must fit its schema, but " + problem);
  }

  /** The limit that a value passes, or null. */
  @Nullable
  Violation checkSize(String key, JsonNode plain) {
    if (limits.value() == Integer.MAX_VALUE) {
      return null;
    }
    long size = CanonicalJson.size(plain);
    return size <= limits.value()
        ? null
        : new Violation(
            Violation.Rule.TOO_LARGE,
            key,
            null,
            "must be at most " + limits.value() + " bytes, was " + size);
  }

  /** What the setting with this key is resolved together with, itself included. */
  Unit unitOf(String key) {
    Unit unit = units.get(key);
    return unit == null ? Unit.ofUnknown(key) : unit;
  }
}
