package dev.chasqui.hierarchicalconfig;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The settings and airframes of PX4, a real hierarchy of up to four levels. Skipped where the data is
 * not: it is looked for at the system property {@code chasqui.px4}, the environment variable {@code
 * CHASQUI_PX4}, and as {@code shared/data/px4} in this directory and those above it.
 */
final class Px4Test {
  private static final Hierarchy FOUR_LEVELS = new Hierarchy(
      IntStream.rangeClosed(1, 4).mapToObj(i -> Level.one("level-" + i)).toList());

  private static List<JsonNode> settings = List.of();
  private static final Map<String, JsonNode> PROFILES = new TreeMap<>();
  private static Catalogue catalogue = Catalogue.of();

  @BeforeAll
  static void readData() throws IOException {
    Path data = find();
    assumeTrue(data != null, "PX4 data not found: set -Dchasqui.px4 or CHASQUI_PX4 to its folder");
    settings = read(requireNonNull(data).resolve("settings.json")).valueStream().toList();
    for (JsonNode profile : read(data.resolve("profiles.json"))) {
      PROFILES.put(profile.get("id").stringValue(), profile);
    }
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    settings.forEach(setting -> manifest.withArrayProperty("settings").add(declaration(setting)));
    catalogue = Manifest.read(manifest);
  }

  private static @Nullable Path find() {
    String named = System.getProperty("chasqui.px4", System.getenv("CHASQUI_PX4"));
    if (named != null) {
      return Path.of(named);
    }
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      Path data = folder.resolve("shared/data/px4");
      if (Files.isRegularFile(data.resolve("settings.json"))) {
        return data;
      }
    }
    return null;
  }

  private static JsonNode read(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }

  private static ObjectNode declaration(JsonNode setting) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("key", setting.get("key"));
    json.put("type", setting.get("type").stringValue().equals("int") ? "int" : "double");
    Map<String, String> names = Map.of(
        "default", "default",
        "min", "min",
        "max", "max",
        "increment", "step",
        "unit", "unit",
        "group", "section",
        "description", "description",
        "rebootRequired", "restartRequired");
    names.forEach((theirs, ours) -> {
      if (setting.has(theirs)) {
        json.set(ours, setting.get(theirs));
      }
    });
    setting.path("values").properties().forEach(code -> {
      ObjectNode choice = json.withArrayProperty("choices").addObject();
      choice.put("value", Double.parseDouble(code.getKey()));
      choice.set("label", code.getValue());
    });
    return json;
  }

  /** The ids from {@code id} up to its class, the nearest first. */
  private static List<String> chain(String id) {
    List<String> chain = new ArrayList<>();
    for (JsonNode each = PROFILES.get(id); each != null; ) {
      chain.add(each.get("id").stringValue());
      each = PROFILES.get(each.path("parent").asString(""));
    }
    return chain;
  }

  private static EffectiveConfig resolve(String id) {
    List<String> chain = chain(id);
    List<Profile> profiles = new ArrayList<>();
    for (int i = 0; i < chain.size(); i++) {
      Map<String, Entry> entries =
          requireNonNull(PROFILES.get(chain.get(i))).get("values").properties().stream()
              .collect(Collectors.toMap(Map.Entry::getKey, value -> Entry.of(value.getValue())));
      profiles.add(new Profile(scope(chain, i), 0, 0, entries));
    }
    return new Resolver(catalogue, FOUR_LEVELS)
        .resolve(profiles, DeviceContext.NONE, Instant.EPOCH);
  }

  private static Scope scope(List<String> chain, int index) {
    return new Scope("level-" + (chain.size() - index), chain.get(index).replaceAll("[/+]", "."));
  }

  /** Reads the data as it is, without the code under test. */
  private static boolean allowed(JsonNode setting, double value) {
    boolean inRange = value >= setting.path("min").asDouble(-Double.MAX_VALUE)
        && value <= setting.path("max").asDouble(Double.MAX_VALUE);
    return inRange
        && (!setting.has("values")
            || setting.get("values").propertyNames().stream()
                .anyMatch(code -> Double.parseDouble(code) == value));
  }

  @Test
  void read_everyDeclaration_isAccepted() {
    assertThat(catalogue.size()).isEqualTo(1_399);
    assertThat(Manifest.write(Manifest.read(Manifest.write(catalogue))))
        .isEqualTo(Manifest.write(catalogue));
    assertThat(catalogue.settings()).filteredOn(Setting::restartRequired).hasSize(280);
    assertThat(catalogue.settings().stream()
            .mapToInt(each -> each.choices().size())
            .sum())
        .isEqualTo(1_851);
  }

  @Test
  void check_everyOverride_refusesThoseThatBreakARuleByKey() {
    Map<Violation.Rule, Integer> refused = new HashMap<>();
    int overrides = 0;
    int breakBoth = 0;
    for (JsonNode profile : PROFILES.values()) {
      for (Map.Entry<String, JsonNode> value : profile.get("values").properties()) {
        overrides++;
        Violation violation = catalogue.check(value.getKey(), value.getValue());
        if (violation != null) {
          assertThat(violation.setting()).isEqualTo(value.getKey());
          refused.merge(violation.rule(), 1, Integer::sum);
          breakBoth += violation.rule() == Violation.Rule.OUT_OF_RANGE
                  && !isChoice(value.getKey(), value.getValue().asDouble())
              ? 1
              : 0;
        }
      }
    }
    assertThat(overrides).isEqualTo(1_395);
    // Two of the 33 outside the range are none of the choices either, so 37 are refused in all.
    assertThat(refused)
        .isEqualTo(Map.of(
            Violation.Rule.OUT_OF_RANGE, 33,
            Violation.Rule.NOT_A_CHOICE, 6 - 2,
            Violation.Rule.UNKNOWN_SETTING, 157));
    assertThat(breakBoth).isEqualTo(2);
  }

  private static boolean isChoice(String key, double value) {
    Setting<?> setting = requireNonNull(catalogue.find(key));
    return setting.choices().isEmpty()
        || setting.choices().stream()
            .anyMatch(choice -> ((Number) choice.value()).doubleValue() == value);
  }

  @Test
  void resolve_everyProfile_givesEverySettingTheValueOfItsNearestAncestor() {
    assertThat(PROFILES).hasSize(52);
    int replaced = 0;
    for (String id : PROFILES.keySet()) {
      EffectiveConfig config = resolve(id);
      List<String> chain = chain(id);
      for (JsonNode setting : settings) {
        String key = setting.get("key").stringValue();
        double expected = setting.get("default").asDouble();
        Scope from = null;
        for (int i = chain.size() - 1; i >= 0; i--) {
          JsonNode value =
              requireNonNull(PROFILES.get(chain.get(i))).get("values").get(key);
          if (value != null && allowed(setting, value.asDouble())) {
            expected = value.asDouble();
            from = scope(chain, i);
          }
        }
        Explanation explanation = config.explain(key);
        Object typed = config.get(requireNonNull(catalogue.find(key)));
        assertThat(((Number) typed).doubleValue()).as("%s of %s", key, id).isEqualTo(expected);
        assertThat(explanation.value().asDouble()).isEqualTo(expected);
        assertThat(explanation.winner() == null ? null : explanation.winner().scope())
            .as("where %s of %s is from", key, id)
            .isEqualTo(from);
      }
      replaced += (int) requireNonNull(PROFILES.get(id)).get("values").propertyNames().stream()
          .filter(key -> chain.stream()
              .skip(1)
              .anyMatch(
                  above -> requireNonNull(PROFILES.get(above)).get("values").has(key)))
          .count();
    }
    assertThat(replaced).as("overrides that replace a value of an ancestor").isEqualTo(41);
  }
}
