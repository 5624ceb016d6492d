package dev.chasqui.benchmarks.hierarchicalconfig;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Level;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.SettingType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Settings that are all numbers, and what the levels of a hierarchy say of them. The same in every
 * run: generated from a fixed seed in the shape of PX4's parameters, or PX4's own where the system
 * property {@code chasqui.px4} or the environment variable {@code CHASQUI_PX4} names their folder.
 *
 * @param catalogue 1,399 settings of the types int and double
 * @param layers by key, values that the catalogue allows; the widest level first
 */
public record Sample(Catalogue catalogue, List<Map<String, Number>> layers) {
  private static final int SETTINGS = 1_399;
  private static final int INTS = 498;
  private static final int SEED = 20_240_517;

  /** What a level may say: a setting of the catalogue and a value that it allows. */
  record Candidate(String key, Number value) {}

  /**
   * As many overrides as asked for, spread evenly over the levels.
   *
   * @throws IllegalArgumentException if the levels have no room for so many
   */
  public static Sample of(int levels, int overrides) {
    Random random = new Random(SEED);
    Path px4 = px4();
    Catalogue catalogue = px4 == null ? generated(random) : Px4.catalogue(px4);
    List<Candidate> candidates =
        px4 == null ? generated(catalogue, random) : Px4.overrides(px4, catalogue, random);
    return new Sample(catalogue, deal(candidates, levels, overrides));
  }

  private static @Nullable Path px4() {
    String folder = System.getProperty("chasqui.px4", System.getenv("CHASQUI_PX4"));
    return folder == null ? null : Path.of(folder);
  }

  /** Of the settings of PX4, two in three have a range and one in seven has choices. */
  private static Catalogue generated(Random random) {
    List<Setting<?>> settings = new ArrayList<>();
    for (int i = 0; i < SETTINGS; i++) {
      String key = "G%02d_PARAM_%04d".formatted(i / 23, i);
      settings.add(i < INTS ? generatedInt(key, random) : generatedDouble(key, random));
    }
    return Catalogue.of(settings);
  }

  private static Setting<Integer> generatedInt(String key, Random random) {
    Setting.Builder<Integer> setting = Setting.ofInt(key);
    if (random.nextInt(5) < 2) {
      IntStream.range(0, 10).forEach(code -> setting.choice(code, "choice " + code));
      return setting.withDefault(random.nextInt(10));
    }
    if (random.nextInt(3) < 2) {
      setting.between(0, 1_000);
    }
    return setting.withDefault(random.nextInt(1_000));
  }

  private static Setting<Double> generatedDouble(String key, Random random) {
    Setting.Builder<Double> setting = Setting.ofDouble(key);
    if (random.nextInt(3) < 2) {
      setting.between(0.0, 1_000.0);
    }
    return setting.unit("m/s").withDefault(hundredths(random));
  }

  private static List<Candidate> generated(Catalogue catalogue, Random random) {
    List<Setting<?>> settings = List.copyOf(catalogue.settings());
    return Stream.generate(() -> settings.get(random.nextInt(settings.size())))
        .limit(SETTINGS)
        .map(setting -> new Candidate(setting.key(), generatedValue(setting, random)))
        .toList();
  }

  private static Number generatedValue(Setting<?> setting, Random random) {
    if (isInt(setting)) {
      return random.nextInt(
          setting.choices().isEmpty() ? 1_000 : setting.choices().size());
    }
    return hundredths(random);
  }

  private static double hundredths(Random random) {
    return random.nextInt(100_000) / 100.0;
  }

  private static List<Map<String, Number>> deal(
      List<Candidate> candidates, int levels, int overrides) {
    List<Map<String, Number>> layers = Stream.generate(
            () -> (Map<String, Number>) new LinkedHashMap<String, Number>())
        .limit(levels)
        .toList();
    int dealt = 0;
    for (Candidate candidate : candidates) {
      Map<String, Number> layer = layers.get(dealt % levels);
      if (dealt < overrides && layer.putIfAbsent(candidate.key(), candidate.value()) == null) {
        dealt++;
      }
    }
    if (dealt < overrides) {
      throw new IllegalArgumentException(
          "there are overrides enough for " + dealt + ", were to be " + overrides);
    }
    return layers;
  }

  /** Whether the setting is an int; otherwise it is a double. */
  public static boolean isInt(Setting<?> setting) {
    return setting.type().kind() == SettingType.Kind.INT;
  }

  /** The values that hold where no layer says otherwise, by key. */
  public Map<String, Number> defaults() {
    return defaults(catalogue);
  }

  static Map<String, Number> defaults(Catalogue catalogue) {
    Map<String, Number> defaults = new HashMap<>();
    catalogue
        .settings()
        .forEach(setting -> defaults.put(setting.key(), (Number) setting.defaultValue()));
    return defaults;
  }

  /** The layers, the nearest first, and after them the defaults: how most peers like it. */
  public List<Map<String, Number>> nearestFirst() {
    List<Map<String, Number>> nearestFirst = new ArrayList<>();
    nearestFirst.add(defaults());
    layers.forEach(layer -> nearestFirst.add(0, layer));
    return nearestFirst;
  }

  /** A level for each layer. */
  public Hierarchy hierarchy() {
    return new Hierarchy(IntStream.range(0, layers.size())
        .mapToObj(Sample::levelName)
        .map(Level::one)
        .toList());
  }

  /** The layers as profiles of {@link #hierarchy()}, the widest first. */
  public List<Profile> profiles() {
    return IntStream.range(0, layers.size())
        .mapToObj(level -> profile(levelName(level), layers.get(level)))
        .toList();
  }

  private static Profile profile(String level, Map<String, Number> layer) {
    Map<String, Entry> entries = new HashMap<>();
    layer.forEach((key, value) -> entries.put(key, Entry.of(json(value))));
    return new Profile(new Scope(level, "sample"), 0, 0, entries);
  }

  /** As Chasqui writes it. */
  public static JsonNode json(Number value) {
    return value instanceof Integer
        ? JsonNodeFactory.instance.numberNode(value.intValue())
        : JsonNodeFactory.instance.numberNode(value.doubleValue());
  }

  private static String levelName(int index) {
    return "level-" + (index + 1);
  }
}
