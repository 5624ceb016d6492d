package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Plan.Conflict;
import dev.chasqui.hierarchicalconfig.Plan.Outcome;
import dev.chasqui.hierarchicalconfig.Plan.Reason;
import dev.chasqui.hierarchicalconfig.Plan.Unchanged;
import dev.chasqui.hierarchicalconfig.RandomFleet.Device;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Plans of random changes against resolving every device before and after them. */
final class PlanPropertyTest {
  private static final int FLEETS = 250;

  @Test
  void of_randomChanges_isWhatResolvingEveryDeviceSays() {
    Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
    Map<String, String> digests = new HashMap<>();
    int conflicts = 0;
    int broken = 0;
    for (long seed = 0; seed < FLEETS; seed++) {
      RandomFleet fleet = new RandomFleet(seed);
      Plan plan = Plan.of(fleet.resolver, fleet.index(), fleet.change, RandomFleet.AT);
      Map<String, Outcome> expected = new LinkedHashMap<>();
      for (Device device : fleet.devices.values()) {
        new ByResolving(fleet, device).addTo(expected);
      }
      Map<String, Outcome> planned = new LinkedHashMap<>();
      plan.forEach(planned::put);

      assertThat(plain(planned)).as("seed %d", seed).isEqualTo(plain(expected));
      assertThat(List.copyOf(planned.keySet()))
          .as("order, seed %d", seed)
          .isEqualTo(List.copyOf(expected.keySet()));
      assertThat(counts(plan)).as("counts, seed %d", seed).isEqualTo(counts(expected.values()));
      assertThat(plan.digest()).as("seed %d", seed).isEqualTo(digest(fleet, expected));
      String text = textOf(fleet, expected);
      assertThat(digests.getOrDefault(plan.digest(), text)).as("seed %d", seed).isEqualTo(text);
      digests.put(plan.digest(), text);
      plan.unchangedByReason().forEach((reason, count) -> reasons.merge(reason, count, Long::sum));
      conflicts += plan.devicesInConflict();
      broken += plan.devicesBroken();
    }
    assertThat(reasons.keySet()).as("reasons that were tested").contains(Reason.values());
    assertThat(conflicts).isPositive();
    assertThat(broken).isPositive();
  }

  @Test
  void digest_ofAnyTwoFleets_isTheSameWhereTheOutcomesAre() {
    int same = 0;
    for (long seed = 0; seed < 40; seed++) {
      RandomFleet fleet = new RandomFleet(seed);
      Plan whole = Plan.of(fleet.resolver, fleet.index(), fleet.change, RandomFleet.AT);
      Map<String, Outcome> outcomes = new TreeMap<>();
      whole.forEach(outcomes::put);
      for (String gone : fleet.devices.keySet()) {
        Plan without =
            Plan.of(fleet.resolver, fleet.index(Set.of(gone)), fleet.change, RandomFleet.AT);
        Outcome outcome = outcomes.get(gone);
        boolean counts =
            outcome != null && !(outcome.effects().isEmpty() && outcome.broken().isEmpty());

        assertThat(without.digest().equals(whole.digest()))
            .as("seed %d without %s", seed, gone)
            .isEqualTo(!counts);
        same += counts ? 0 : 1;
      }
    }
    assertThat(same).isPositive();
  }

  @Test
  void config_ofEveryDevice_isWhatTheResolverSays() {
    for (long seed = 0; seed < 50; seed++) {
      RandomFleet fleet = new RandomFleet(seed);
      FleetIndex index = fleet.index();
      for (ProfileEdits edits : fleet.change) {
        index = index.with(edits);
      }
      for (Device device : fleet.devices.values()) {
        EffectiveConfig expected =
            fleet.resolver.resolve(fleet.changedPath(device), device.facts(), RandomFleet.AT);
        EffectiveConfig config = index.config(fleet.resolver, device.key(), RandomFleet.AT);

        assertThat(config.content()).as("seed %d", seed).isEqualTo(expected.content());
        assertThat(config.violations()).as("seed %d", seed).isEqualTo(expected.violations());
        assertThat(index.config(fleet.resolver, device.key(), RandomFleet.AT)).isSameAs(config);
      }
    }
  }

  /** Texts, so that differences can be read; violations and conflicts in no order. */
  private static Map<String, List<String>> plain(Map<String, Outcome> outcomes) {
    Map<String, List<String>> texts = new TreeMap<>();
    outcomes.forEach((device, outcome) -> texts.put(
        device,
        List.of(
            outcome.effects().toString(),
            outcome.unchanged().toString(),
            sorted(outcome.conflicts()),
            sorted(outcome.broken()))));
    return texts;
  }

  private static String sorted(List<?> list) {
    return list.stream().map(Object::toString).sorted().toList().toString();
  }

  private static Map<String, Object> counts(Plan plan) {
    Map<String, Object> counts = new TreeMap<>();
    counts.put("below", plan.devicesBelow());
    counts.put("changed", plan.devicesChanged());
    counts.put("by key", plan.changedByKey().toString());
    counts.put("by reason", plan.unchangedByReason().toString());
    counts.put("in conflict", plan.devicesInConflict());
    counts.put("broken", plan.devicesBroken());
    counts.put(
        "conflicts", plan.conflicts().stream().mapToInt(Plan.Found::devices).sum());
    counts.put(
        "violations", plan.broken().stream().mapToInt(Plan.Found::devices).sum());
    counts.put("distinct", plan.broken().size());
    return counts;
  }

  private static Map<String, Object> counts(Collection<Outcome> outcomes) {
    Map<String, Integer> byKey = new TreeMap<>();
    Map<Reason, Long> byReason = new EnumMap<>(Reason.class);
    Set<String> distinct = new TreeSet<>();
    for (Outcome outcome : outcomes) {
      outcome.effects().forEach(effect -> byKey.merge(effect.key(), 1, Integer::sum));
      outcome.unchanged().forEach(each -> byReason.merge(each.reason(), 1L, Long::sum));
      outcome.broken().forEach(each -> distinct.add(name(each)));
    }
    Map<String, Object> counts = new TreeMap<>();
    counts.put("below", outcomes.size());
    counts.put("changed", with(outcomes, Outcome::effects));
    counts.put("by key", byKey.toString());
    counts.put("by reason", byReason.toString());
    counts.put("in conflict", with(outcomes, Outcome::conflicts));
    counts.put("broken", with(outcomes, Outcome::broken));
    counts.put(
        "conflicts", outcomes.stream().mapToInt(each -> each.conflicts().size()).sum());
    counts.put(
        "violations", outcomes.stream().mapToInt(each -> each.broken().size()).sum());
    counts.put("distinct", distinct.size());
    return counts;
  }

  private static int with(Collection<Outcome> outcomes, Function<Outcome, List<?>> list) {
    return (int) outcomes.stream().filter(each -> !list.apply(each).isEmpty()).count();
  }

  private static String name(Violation violation) {
    return violation.rule().code() + " " + violation.setting() + " "
        + (violation.scope() == null ? "" : violation.scope());
  }

  /** All that the digest is to tell apart. */
  private static String textOf(RandomFleet fleet, Map<String, Outcome> outcomes) {
    StringBuilder text = new StringBuilder();
    fleet.change.forEach(edits -> text.append(ProfileJson.write(edits)));
    outcomes.forEach((device, outcome) -> {
      if (!outcome.effects().isEmpty() || !outcome.broken().isEmpty()) {
        text.append(device).append(outcome.effects());
        outcome.broken().forEach(each -> text.append(name(each)));
      }
    });
    return text.toString();
  }

  /** Rule 13.6, from the outcomes. */
  private static String digest(RandomFleet fleet, Map<String, Outcome> outcomes) {
    Map<String, JsonNode> edits = new TreeMap<>();
    for (ProfileEdits each : fleet.change) {
      ObjectNode json = ProfileJson.write(each);
      json.remove("revision");
      json.get("set").forEach(entry -> ((ObjectNode) entry).remove("revision"));
      edits.put(each.scope().toString(), json);
    }
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    edits.values().forEach(list::add);
    MessageDigest sha = sha();
    sha.update(bytes(list));
    outcomes.forEach((device, outcome) -> {
      if (!outcome.effects().isEmpty() || !outcome.broken().isEmpty()) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode effects = json.putObject("effects");
        outcome.effects().forEach(effect -> {
          ObjectNode values = effects.putObject(effect.key());
          if (effect.before() != null) {
            values.set("before", effect.before());
          }
          if (effect.after() != null) {
            values.set("after", effect.after());
          }
        });
        ArrayNode broken = json.putArray("broken");
        outcome.broken().stream().map(PlanPropertyTest::name).sorted().forEach(broken::add);
        sha.update((device + "\n").getBytes(StandardCharsets.UTF_8));
        sha.update(sha().digest(bytes(json)));
      }
    });
    return HexFormat.of().formatHex(sha.digest());
  }

  /** Values here are small, so that sorted members are the whole of RFC 8785. */
  private static byte[] bytes(JsonNode json) {
    return sortedMembers(json).toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode sortedMembers(JsonNode json) {
    if (json.isArray()) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      json.forEach(each -> list.add(sortedMembers(each)));
      return list;
    }
    if (!json.isObject()) {
      return JsonMapper.shared().readTree(json.toString());
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    json.propertyStream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(member -> object.set(member.getKey(), sortedMembers(member.getValue())));
    return object;
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Rules 13.1 to 13.5 for one device, by resolving it with all its profiles. */
  private static final class ByResolving {
    private final RandomFleet fleet;
    private final Device device;
    private final List<Profile> nearestFirst;
    private final EffectiveConfig before;
    private final EffectiveConfig after;

    ByResolving(RandomFleet fleet, Device device) {
      this.fleet = fleet;
      this.device = device;
      List<Profile> changed = fleet.changedPath(device);
      List<Profile> ordered = fleet.hierarchy.order(changed);
      this.nearestFirst = IntStream.range(0, ordered.size())
          .mapToObj(i -> ordered.get(ordered.size() - 1 - i))
          .toList();
      this.before = fleet.resolver.resolve(fleet.path(device), device.facts(), RandomFleet.AT);
      this.after = fleet.resolver.resolve(changed, device.facts(), RandomFleet.AT);
    }

    void addTo(Map<String, Outcome> outcomes) {
      if (fleet.change.stream().noneMatch(edits -> device.scopes().contains(edits.scope()))) {
        return;
      }
      List<ChangedValue> effects = before.differingKeys(after).stream()
          .map(key -> new ChangedValue(key, before.json(key), after.json(key)))
          .toList();
      Set<String> edited = new TreeSet<>();
      for (ProfileEdits edits : fleet.change) {
        if (device.scopes().contains(edits.scope())) {
          edited.addAll(edits.set().keySet());
          edited.addAll(edits.removed());
        }
      }
      edited.removeAll(before.differingKeys(after));
      outcomes.put(
          device.key(),
          new Outcome(
              effects,
              edited.stream().map(this::unchanged).toList(),
              RandomFleet.KEYS.stream().flatMap(key -> conflicts(key).stream()).toList(),
              broken()));
    }

    private Unchanged unchanged(String key) {
      for (Profile profile : nearestFirst) {
        for (ProfileEdits edits : fleet.change) {
          if (edits.scope().equals(profile.scope())) {
            if (edits.removed().contains(key)) {
              return unchanged(key, edits.scope(), before);
            }
            if (edits.set().containsKey(key)) {
              return unchanged(key, edits.scope(), after);
            }
          }
        }
      }
      throw new IllegalStateException(key);
    }

    private Unchanged unchanged(String key, Scope scope, EffectiveConfig config) {
      for (Explanation.Loser loser : losers(config, key)) {
        if (loser.candidate().scope().equals(scope)) {
          return new Unchanged(key, scope, Reason.valueOf(loser.reason().name()), loser.by());
        }
      }
      if (config.json(key)
          == null) { // no entry of an undeclared key holds: there is nothing to explain
        Entry entry = entry(config == before ? fleet.path(device) : nearestFirst, scope, key);
        return new Unchanged(key, scope, entry == null ? Reason.EQUAL : whyNot(entry), null);
      }
      return new Unchanged(key, scope, Reason.EQUAL, null);
    }

    private static @Nullable Entry entry(List<Profile> path, Scope scope, String key) {
      for (Profile profile : path) {
        if (profile.scope().equals(scope)) {
          return profile.entries().get(key);
        }
      }
      return null;
    }

    private static Reason whyNot(Entry entry) {
      Term term = entry.term();
      if (term.from() != null && term.from().isAfter(RandomFleet.AT)) {
        return Reason.NOT_YET;
      }
      return term.until() != null && !term.until().isAfter(RandomFleet.AT) && term.then() == null
          ? Reason.EXPIRED
          : Reason.CONDITION;
    }

    private static List<Explanation.Loser> losers(EffectiveConfig config, String key) {
      return config.json(key) == null ? List.of() : config.explain(key).losers();
    }

    private List<Conflict> conflicts(String key) {
      List<Conflict> conflicts = new ArrayList<>();
      for (Explanation.Loser loser : losers(after, key)) {
        Scope scope = loser.candidate().scope();
        boolean isSet = fleet.change.stream()
            .anyMatch(edits -> edits.scope().equals(scope) && edits.set().containsKey(key));
        boolean wasThere = losers(before, key).stream()
            .anyMatch(old -> old.candidate().scope().equals(scope)
                && isLock(old)
                && old.by() != null
                && old.by().equals(loser.by()));
        if (isLock(loser) && loser.by() != null && (isSet || !wasThere)) {
          Entry lock = entry(nearestFirst, loser.by(), key);
          conflicts.add(new Conflict(
              key,
              Reason.valueOf(loser.reason().name()),
              scope,
              loser.candidate().entry().author(),
              loser.by(),
              lock == null ? "?" : lock.author()));
        }
      }
      return conflicts;
    }

    private static boolean isLock(Explanation.Loser loser) {
      return Set.of(
              Explanation.Reason.LOCKED,
              Explanation.Reason.OUT_OF_BOUNDS,
              Explanation.Reason.LOOSER)
          .contains(loser.reason());
    }

    private List<Violation> broken() {
      Set<String> known =
          before.violations().stream().map(PlanPropertyTest::name).collect(Collectors.toSet());
      return after.violations().stream().filter(each -> known.add(name(each))).toList();
    }
  }
}
