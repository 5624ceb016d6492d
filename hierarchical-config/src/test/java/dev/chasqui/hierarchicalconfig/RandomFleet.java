package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A few devices below random profiles that use all that entries can say; and a change to them. */
final class RandomFleet {
  static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  static final List<String> KEYS =
      List.of("a", "m", "o", "l", "h", "n", "d", "g1", "g2", "g3", "u");

  /** Facts equal a text; numbers are in order. */
  static final Targeting TARGETING = new Targeting() {
    @Override
    public boolean matches(JsonNode rule, JsonNode facts) {
      if (rule.has("is")) {
        return facts
            .path(rule.get("is").get(0).stringValue())
            .equals(rule.get("is").get(1));
      }
      if (rule.has("le")) {
        return facts.get(rule.get("le").get(0).stringValue()).doubleValue()
            <= facts.get(rule.get("le").get(1).stringValue()).doubleValue();
      }
      throw new IllegalArgumentException("unknown rule");
    }

    @Override
    public int bucket(String seed, String unit, List<Integer> weights) {
      return Math.floorMod((seed + unit).hashCode(), weights.size());
    }
  };

  /** A device and its scopes, its own included. */
  record Device(String key, DeviceContext facts, List<Scope> scopes) {}

  private final Random random;
  final Hierarchy hierarchy = Hierarchy.DEFAULT;
  final Resolver resolver;
  final Map<String, Device> devices = new TreeMap<>();
  final Map<Scope, Profile> profiles = new HashMap<>();
  final List<ProfileEdits> change = new ArrayList<>();

  RandomFleet(long seed) {
    random = new Random(seed);
    resolver = new Resolver(catalogue(random, Merge.UNION), hierarchy, TARGETING);
    List<Scope> scopes = new ArrayList<>(List.of(Scope.GLOBAL));
    for (int i = 0; i < 25; i++) {
      Device device = device(i);
      devices.put(device.key(), device);
      for (Scope scope : device.scopes()) {
        if (!scopes.contains(scope)) {
          scopes.add(scope);
        }
      }
    }
    for (Scope scope : scopes) {
      if (random.nextInt(scope.level().equals("device") ? 3 : 5) != 0) {
        Map<String, Entry> entries = new TreeMap<>();
        for (String key : KEYS) {
          if (random.nextInt(4) == 0) {
            entries.put(key, entry(key, "old"));
          }
        }
        profiles.put(scope, new Profile(scope, 3, random.nextInt(2), entries));
      }
    }
    scopes.add(new Scope("group", "nobody"));
    Set<Scope> edited = new HashSet<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int scope = random.nextInt(random.nextBoolean() ? 5 : scopes.size());
      if (edited.add(scopes.get(scope))) {
        change.add(edits(scopes.get(scope)));
      }
    }
  }

  private ProfileEdits edits(Scope scope) {
    Map<String, Entry> set = new TreeMap<>();
    Set<String> removed = new TreeSet<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      String key = KEYS.get(random.nextInt(KEYS.size()));
      if (random.nextInt(4) != 0) {
        set.put(key, entry(key, "new"));
      } else {
        removed.add(key);
      }
    }
    removed.removeAll(set.keySet());
    Profile profile = profiles.get(scope);
    Integer priority = random.nextInt(4) == 0 ? random.nextInt(3) : null;
    return new ProfileEdits(
        scope, profile == null ? 0 : profile.revision(), 9, set, removed, priority);
  }

  /** {@code lists} is how lists merge. */
  static Catalogue catalogue(Random random, Merge lists) {
    Catalogue catalogue = Catalogue.of(
            Setting.ofInt("a").between(0, 8).stricter(Strictness.LOWER).withDefault(4),
            Setting.ofInt("m")
                .merge(random.nextBoolean() ? Merge.MIN : Merge.MAX)
                .withDefault(4),
            Setting.ofBoolean("o").merge(Merge.OR).withDefault(false),
            Setting.ofList("l", String.class)
                .merge(lists)
                .stricter(Strictness.MORE)
                .withDefault(List.of("x")),
            Setting.ofObject("h", JsonNode.class).merge(Merge.DEEP).withDefault(json("{'x': 1}")),
            Setting.ofInt("n").between(0, 8).optional(),
            Setting.ofDuration("d").withDefault(Duration.ofMinutes(1)),
            Setting.ofInt("g1").atomic("g").withDefault(1),
            Setting.ofInt("g2").atomic("g").between(0, 8).withDefault(2),
            Setting.ofInt("g3").atomic("g").withDefault(3))
        .withInvariants(List.of(
            new Invariant(
                "ordered", Map.of("x", "a", "y", "m"), json("{'le': ['x', 'y']}"), "a<=m"),
            new Invariant("grouped", Map.of("x", "g1", "y", "a"), json("{'le': ['x', 'y']}"), "")));
    return random.nextInt(3) == 0 ? catalogue.withLimits(new SizeLimits(12, 40, 60)) : catalogue;
  }

  private Device device(int number) {
    String key = "dev-" + random.nextInt(1_000) + "-" + number;
    int company = random.nextInt(2);
    List<Scope> scopes = new ArrayList<>();
    if (random.nextInt(6) != 0) {
      scopes.add(Scope.GLOBAL);
    }
    scopes.add(new Scope("company", "c" + company));
    for (int group = 0; group < 3; group++) {
      if (random.nextInt(3) == 0) {
        scopes.add(new Scope("group", "c" + company + "-g" + group));
      }
    }
    if (random.nextInt(6) != 0) {
      scopes.add(new Scope("vehicle", "c" + company + "-v" + random.nextInt(4)));
    }
    scopes.add(new Scope("device", key));
    ObjectNode facts = NODES.objectNode();
    facts.put("model", random.nextBoolean() ? "x" : "y");
    if (random.nextBoolean()) {
      facts.put("id", "id" + random.nextInt(6));
    }
    return new Device(key, new DeviceContext(facts), scopes);
  }

  private Entry entry(String key, String author) {
    Entry entry = new Entry(value(key), 3, random.nextBoolean() ? author : "")
        .withBinding(binding(key))
        .withTerm(term(key));
    if (random.nextInt(5) == 0) {
      entry = entry.withWhen(
          random.nextInt(5) == 0 ? json("{'bad': 1}") : json("{'is': ['model', 'x']}"));
    }
    if (random.nextInt(6) == 0) {
      entry = entry.withVariants(new Variants(
          "s",
          "id",
          List.of(new Variants.Arm("one", 1, value(key)), new Variants.Arm("two", 1, value(key)))));
    }
    if ((key.equals("l") || key.equals("h")) && random.nextInt(3) == 0) {
      entry = entry.withRemove(List.of(NODES.stringNode(key.equals("l") ? "x" : "/x")));
    }
    return entry;
  }

  private Term term(String key) {
    return switch (random.nextInt(8)) {
      case 0 -> new Term(AT.plusMillis(1), null, null);
      case 1 -> new Term(null, AT, null);
      case 2 -> new Term(null, AT, value(key));
      case 3 -> new Term(AT, AT.plusMillis(5), value(key));
      default -> Term.ALWAYS;
    };
  }

  private Binding binding(String key) {
    return switch (random.nextInt(10)) {
      case 0 -> Binding.mandatory();
      case 1 -> Binding.narrowOnly();
      case 2 -> Binding.between(NODES.numberNode(1), NODES.numberNode(5));
      case 3 ->
        key.equals("h") || key.equals("l")
            ? Binding.recommended()
            : Binding.oneOf(List.of(value(key), value(key)));
      default -> Binding.recommended();
    };
  }

  private JsonNode value(String key) {
    if (random.nextInt(20) == 0) {
      return json("'a text that is of no use'");
    }
    return switch (key) {
      case "o" -> NODES.booleanNode(random.nextBoolean());
      case "l" -> json(List.of("[]", "['x']", "['y', 'x']", "['z']").get(random.nextInt(4)));
      case "h" ->
        json(
            List.of("{}", "{'x': 1}", "{'y': {'z': 2}}", "{'y': {'w': 3}}").get(random.nextInt(4)));
      case "n" -> random.nextInt(3) == 0 ? NODES.nullNode() : NODES.numberNode(random.nextInt(10));
      case "d" -> json(List.of("'PT1M'", "'PT60S'", "'PT5S'").get(random.nextInt(3)));
      default -> NODES.numberNode(random.nextInt(10));
    };
  }

  FleetIndex index() {
    return index(Set.of());
  }

  /** The fleet without some devices. */
  FleetIndex index(Set<String> gone) {
    FleetIndex.Builder builder = FleetIndex.builder(hierarchy);
    profiles.values().forEach(builder::profile);
    for (Device device : devices.values()) {
      if (!gone.contains(device.key())) {
        builder.device(device.key(), device.facts(), device.scopes());
      }
    }
    return builder.build();
  }

  /** The profiles on a device's path. */
  List<Profile> path(Device device) {
    List<Profile> path = new ArrayList<>();
    for (Scope scope : device.scopes()) {
      Profile profile = profiles.get(scope);
      if (profile != null) {
        path.add(profile);
      }
    }
    return path;
  }

  /** The same with the change made. */
  List<Profile> changedPath(Device device) {
    List<Profile> path = new ArrayList<>();
    for (Scope scope : device.scopes()) {
      Profile profile = profiles.get(scope);
      for (ProfileEdits edits : change) {
        if (edits.scope().equals(scope)) {
          profile = (profile == null ? Profile.empty(scope) : profile).with(edits);
        }
      }
      if (profile != null) {
        path.add(profile);
      }
    }
    return path;
  }
}
