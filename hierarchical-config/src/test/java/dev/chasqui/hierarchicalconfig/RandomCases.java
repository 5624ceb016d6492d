package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Resolution cases as the test vectors write them, without {@code expect}, that are dense in what
 * resolution decides: few keys, few values, many locks and faults. The same seed makes the same case.
 */
final class RandomCases {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Instant AT = Instant.parse("2026-06-01T12:00:00Z");

  /** What a type's values are drawn from: allowed ones, then some of other types. */
  private static final Map<String, JsonNode> VALUES = Map.of(
      "int", json("[0, 1, 2, 3, 4, 3.0, -1]"),
      "long", json("[0, 1, 2, 3, 9007199254740991, 2.0, -1]"),
      "double", json("[0.5, 1, 1.0, 1.5, 2.5, 1e3, -0.1]"),
      "boolean", json("[true, false]"),
      "string", json("['x', 'y', 'z', '', 'é']"),
      "enum", json("['x', 'y', 'z']"),
      "duration", json("['PT1M', 'PT60S', 'PT2M', 'PT90.5S', 'P1D', 'PT24H']"),
      "list", json("[[], [1], [1, 2], ['x', 1.0], [2, 2], [{'a': 1}, 3], [[null]], [3, 1]]"),
      "object",
          json("[{}, {'a': 1}, {'a': 2, 'b': {'c': 1}}, {'b': {'c': 2, 'd': [1]}},"
              + " {'b': {'d': [1.0, 2, 2]}}, {'b': null}, {'c/d': 1, 'e~f': [1]}, {'b': [1]},"
              + " {'b': [2, 1, {'c': 1}]}, {'e~f': [{}, 1], '': 0}]"));

  private static final JsonNode WRONG =
      json("[null, 2147483648, 0.25, 'w', true, [null], [1, null], {'w': 1}, 'P1M', 'PT', -7, 99]");
  private static final JsonNode ELEMENTS = json("[1, 1.0, 2, 3, 'x', {'a': 1.0}, [null], null]");
  private static final JsonNode POINTERS =
      json("['/a', '/b', '/c~1d', '/e~0f', '/', '/none', '/a', '/b']");
  private static final JsonNode DEEP_POINTERS =
      json("['/b/c', '/b/d', '/b/c/x', '/b/d/0', '/none/c', '/b']");
  private static final JsonNode BAD_POINTERS = json("['', 'a', '/a~2', 1, null, '/b~']");

  private static final JsonNode RULES = json("""
      [true, false, {'==': [{'var': 'country'}, 'NO']}, {'!': [{'var': 'beta'}]},
       {'in': [{'var': 'country'}, ['NO', 'SE']]}, {'<': [{'var': 'wheels'}, 6]},
       {'and': [{'var': 'beta'}, {'>=': [{'var': 'wheels'}, 6]}]},
       {'or': [{'var': 'beta'}, {'!=': [{'var': 'country'}, 'NO']}]},
       {'sem_ver': [{'var': 'version'}, '>=', '1.10.0']}, {'<=': [{'var': 'country'}, 6]},
       {'sem_ver': [{'var': 'version'}, '<', '1.10']}, {'>': [{'var': 'wheels'}, 4.0]},
       {'var': 'beta'}, 'true', null, {'like': ['a', 'b']}, {'==': [1]}, {},
       {'or': [true, {'=': [1, 1]}]}, {'==': [1, 1], '!': [false]}, {'==': [1, 1.0]},
       {'in': ['NO', ['SE', {'var': 'country'}]]}, {'in': [1, [1, {}]]}]
      """);

  private static final JsonNode INVARIANT_RULES = json("""
      [{'<=': [{'var': 'x'}, {'var': 'y'}]}, {'==': [{'var': 'x'}, {'var': 'y'}]},
       {'!=': [{'var': 'x'}, null]}, {'or': [{'var': 'x'}, {'!=': [{'var': 'y'}, 1]}]}, {'xor': []},
       {'!': [{'in': [1, {'var': 'x'}]}]}, true]
      """);

  private final SplittableRandom random;

  private RandomCases(long seed) {
    this.random = new SplittableRandom(seed);
  }

  static ObjectNode next(long seed) {
    return new RandomCases(seed).next("seed " + seed);
  }

  private ObjectNode next(String name) {
    ObjectNode config = NODES.objectNode().put("name", name);
    List<Level> levels = Hierarchy.DEFAULT.levels();
    if (oneIn(2)) {
      levels = levels();
      ArrayNode written = config.putArray("levels");
      for (Level level : levels) {
        if (level.many()) {
          written.addObject().put("name", level.name()).put("many", true);
        } else {
          written.add(level.name());
        }
      }
    }
    Map<String, ObjectNode> settings = settings();
    ObjectNode manifest = config.putObject("manifest");
    settings.values().forEach(manifest.putArray("settings")::add);
    addInvariants(manifest, List.copyOf(settings.keySet()));
    addLimits(manifest);
    ArrayNode profiles = config.putArray("profiles");
    profiles(levels, settings).forEach(profiles::add);
    config.set("facts", facts());
    config.put("at", AT.toString());
    return config;
  }

  private List<Level> levels() {
    List<Level> levels = new ArrayList<>();
    int count = random.nextInt(2, 7);
    for (int i = 0; i < count; i++) {
      levels.add(new Level("level-" + (char) ('z' - i), oneIn(2)));
    }
    return levels;
  }

  // Declarations

  private Map<String, ObjectNode> settings() {
    Map<String, ObjectNode> settings = new TreeMap<>();
    int count = random.nextInt(3, 8);
    for (int i = 0; i < count; i++) {
      String key = "key." + (char) ('a' + i);
      settings.put(key, setting(key));
    }
    return settings;
  }

  private ObjectNode setting(String key) {
    String type = oneOf("int", "long", "double", "boolean", "string", "enum", "duration", "list");
    type = oneIn(4) ? "object" : oneIn(7) ? "list" : type;
    ObjectNode setting = NODES.objectNode().put("key", key).put("type", type);
    setting.set("default", of(domain(type)));
    if (type.equals("duration")) {
      // A declaration writes its default in one way, whatever it was read from.
      setting.put(
          "default", Duration.parse(setting.path("default").stringValue()).toString());
    }
    String merge = oneIn(3) ? "first" : merge(type);
    if (!merge.equals("first") || oneIn(2)) {
      setting.put("merge", merge);
    }
    if (merge.equals("first")) {
      if (oneIn(4)) {
        setting.put("nullable", true);
        if (oneIn(3)) {
          setting.putNull("default");
        }
      }
      if (oneIn(2)) {
        setting.put("atomic", oneOf("g", "g", "g", "h"));
      }
    }
    constrain(setting, type);
    if (oneIn(2)) {
      switch (type) {
        case "int", "long", "double", "duration", "boolean" ->
          setting.put("stricter", oneOf("lower", "higher"));
        case "list" -> setting.put("stricter", oneOf("fewer", "more"));
        default -> {}
      }
    }
    return setting;
  }

  private String merge(String type) {
    return switch (type) {
      case "int", "long", "double", "duration" -> oneOf("min", "max");
      case "boolean" -> oneOf("and", "or");
      case "list" -> oneOf("append", "union");
      case "object" -> oneOf("hash", "deep", "deep-append", "deep-union");
      default -> "first";
    };
  }

  /** Constraints that the default keeps. */
  private void constrain(ObjectNode setting, String type) {
    if (type.equals("int") || type.equals("long") || type.equals("double")) {
      if (oneIn(3) && !setting.path("default").isNull()) {
        setting.put("min", Math.min(0, Math.floor(setting.path("default").asDouble(0))));
        setting.put("max", Math.max(3, setting.path("default").doubleValue()));
        if (!type.equals("double")) {
          setting.put("max", Math.max(3, setting.path("default").asLong(0)));
        }
      }
    } else if (type.equals("duration") && oneIn(3)) {
      setting.put("min", "PT1M").put("max", "P1D");
    }
    JsonNode choices = domain(type);
    boolean rarely = type.equals("list") || type.equals("object") || type.equals("string");
    if (type.equals("enum") || (rarely && oneIn(6))) {
      ArrayNode written = setting.putArray("choices");
      int left = choices.size() - random.nextInt(2);
      for (int i = 0; i < left; i++) {
        written.addObject().set("value", choices.path(i));
      }
      if (!setting.path("default").isNull()) {
        setting.set("default", choices.path(random.nextInt(left)));
      }
    }
  }

  private void addInvariants(ObjectNode manifest, List<String> keys) {
    int count = oneIn(2) ? 0 : random.nextInt(1, 3);
    ArrayNode invariants = count == 0 ? NODES.arrayNode() : manifest.putArray("invariants");
    for (int i = 0; i < count; i++) {
      ObjectNode invariant = invariants.addObject().put("name", "invariant-" + i);
      invariant
          .putObject("values")
          .put("x", keys.get(random.nextInt(keys.size())))
          .put("y", keys.get(random.nextInt(keys.size())));
      invariant.set("rule", of(INVARIANT_RULES));
      invariant.put("message", "must hold");
    }
  }

  private void addLimits(ObjectNode manifest) {
    if (oneIn(2)) {
      ObjectNode limits = manifest.putObject("limits");
      Map.of("value", random.nextInt(4, 40), "profile", 2 * random.nextInt(10, 60))
          .forEach((name, bytes) -> {
            if (oneIn(3)) {
              limits.put(name, bytes);
            }
          });
      if (oneIn(3)) {
        limits.put("config", random.nextInt(10, 150));
      }
    }
  }

  // Profiles

  private List<ObjectNode> profiles(List<Level> levels, Map<String, ObjectNode> settings) {
    List<ObjectNode> profiles = new ArrayList<>();
    for (Level level : levels) {
      int most = level.many() ? random.nextInt(4) : oneIn(5) ? 0 : 1;
      List<String> keys = new ArrayList<>(List.of("a", "B", "b", "c-1", "C.1", "1"));
      for (int i = 0; i < most; i++) {
        String key = keys.remove(random.nextInt(keys.size()));
        profiles.add(profile(level.name() + ':' + key, settings));
      }
    }
    if (oneIn(60)) { // refused, in most hierarchies
      String level = levels.get(random.nextInt(levels.size())).name();
      profiles.add(profile(level + ":b", settings));
      profiles.add(profile(oneOf(level + ":b", level + ":c", "elsewhere:a"), settings));
    }
    for (int i = profiles.size() - 1; i > 0; i--) {
      profiles.set(i, profiles.set(random.nextInt(i + 1), profiles.get(i)));
    }
    return profiles;
  }

  private ObjectNode profile(String scope, Map<String, ObjectNode> settings) {
    ObjectNode profile = NODES.objectNode().put("scope", scope).put("revision", 99);
    profile.put("priority", oneOf(0, 0, 1, -1, 7));
    ObjectNode entries = profile.putObject("entries");
    settings.forEach((key, setting) -> {
      if (!oneIn(3)) {
        entries.set(key, entry(setting));
      }
    });
    for (String unknown : List.of("u", "v")) {
      if (oneIn(4)) {
        String type = oneOf("int", "list", "object");
        entries.set(unknown, entry(NODES.objectNode().put("type", type)));
      }
    }
    return profile;
  }

  private ObjectNode entry(ObjectNode setting) {
    String type = setting.path("type").stringValue();
    ObjectNode entry = NODES.objectNode();
    entry.set("value", value(setting));
    entry.put("revision", random.nextInt(1, 99));
    if (oneIn(4)) {
      entry.put("author", oneOf("ann", "bo"));
    }
    addRemove(entry, setting);
    addBinding(entry, setting, type);
    addTimes(entry, setting);
    if (oneIn(7)) {
      entry.set("when", of(RULES));
    }
    if (oneIn(7)) {
      ObjectNode variants = entry.putObject("variants");
      variants.put("seed", oneOf("s", "t")).put("by", oneOf("device", "device", "vin", "wheels"));
      ArrayNode arms = variants.putArray("arms");
      int count = random.nextInt(1, 4);
      for (int i = 0; i < count; i++) {
        ObjectNode arm = arms.addObject().put("name", "arm-" + i).put("weight", oneOf(1, 1, 2, 5));
        arm.set("value", value(setting));
      }
    }
    return entry;
  }

  private JsonNode value(ObjectNode setting) {
    if (setting.path("nullable").asBoolean(false) && oneIn(2)) {
      return NODES.nullNode();
    }
    return of(oneIn(14) ? WRONG : domain(setting.path("type").stringValue()));
  }

  private void addRemove(ObjectNode entry, ObjectNode setting) {
    JsonNode from = switch (setting.path("merge").asString("first")) {
      case "append", "union" -> ELEMENTS;
      case "hash" -> oneIn(12) ? DEEP_POINTERS : POINTERS;
      case "deep", "deep-append", "deep-union" -> oneIn(2) ? POINTERS : DEEP_POINTERS;
      default -> NODES.arrayNode();
    };
    if (from.isEmpty() ? oneIn(25) : oneIn(2)) {
      ArrayNode remove = entry.putArray("remove");
      int count = oneIn(9) ? 0 : random.nextInt(1, 3);
      for (int i = 0; i < count; i++) {
        remove.add(of(from.isEmpty() ? POINTERS : from));
      }
      if (!from.equals(ELEMENTS) && oneIn(12)) {
        remove.add(of(BAD_POINTERS));
      }
    }
  }

  /** Also such as the setting cannot have. */
  private void addBinding(ObjectNode entry, ObjectNode setting, String type) {
    JsonNode own = entry.path("value");
    switch (random.nextInt(9)) {
      case 0 -> entry.put("binding", "mandatory");
      case 1, 2 -> entry.put("binding", "narrow-only");
      case 3 -> entry.put("binding", "recommended");
      case 4, 5 -> {
        ObjectNode bounds = NODES.objectNode();
        if (oneIn(2) || type.equals("string") || type.equals("enum") || type.equals("boolean")) {
          ArrayNode choices = bounds.putArray("choices");
          choices.add(of(domain(type)));
          if (!oneIn(6)) {
            choices.add(own);
          }
        } else {
          boolean both = oneIn(2);
          if (both || oneIn(2)) {
            bounds.set("min", oneIn(2) ? own : value(setting));
          }
          if (both || bounds.isEmpty()) {
            bounds.set("max", oneIn(2) ? own : value(setting));
          }
        }
        entry.set("binding", bounds);
      }
      default -> {}
    }
  }

  private void addTimes(ObjectNode entry, ObjectNode setting) {
    long from = random.nextLong(-3, 2);
    if (oneIn(6)) {
      entry.put("from", minutes(from));
    }
    if (oneIn(5)) {
      entry.put("until", minutes(random.nextLong(entry.has("from") ? from + 1 : -2, 4)));
      if (oneIn(2)) {
        entry.set("then", value(setting));
      }
    }
  }

  /** The instant itself at 0; off by a millisecond at 1. */
  private static String minutes(long count) {
    Duration off = count == 1 ? Duration.ofMillis(1) : Duration.ofMinutes(count);
    return AT.plus(off).toString();
  }

  private ObjectNode facts() {
    ObjectNode facts = NODES.objectNode();
    put(facts, "country", json("['NO', 'SE', 'DE', 7]"));
    put(facts, "beta", json("[true, false]"));
    put(facts, "wheels", json("[4, 6, 18.0]"));
    put(facts, "version", json("['1.9.3', '1.10.0', '2.0.0', '2.0', 'x']"));
    put(facts, "device", json("['d-1', 'd-2', 'd-3', 'é', '', 5, null]"));
    put(facts, "vin", json("['', 'V1', 'V2']"));
    return facts;
  }

  private void put(ObjectNode facts, String name, JsonNode values) {
    if (!oneIn(5)) {
      facts.set(name, of(values));
    }
  }

  private static JsonNode domain(String type) {
    return VALUES.getOrDefault(type, NODES.arrayNode());
  }

  private JsonNode of(JsonNode list) {
    return list.path(random.nextInt(list.size())).deepCopy();
  }

  @SafeVarargs
  private <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }

  private boolean oneIn(int count) {
    return random.nextInt(count) == 0;
  }
}
