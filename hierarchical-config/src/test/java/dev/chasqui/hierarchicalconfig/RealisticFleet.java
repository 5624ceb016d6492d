package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A fleet as fleets are: companies with groups, vehicles in one or two groups, devices in vehicles. All
 * companies and groups have entries, 5 % of vehicles and 2 % of devices have own ones. The same seed
 * gives the same fleet.
 *
 * @param companies how many
 * @param groups of each company
 * @param vehicles of each group
 * @param devices of each vehicle
 */
record RealisticFleet(int companies, int groups, int vehicles, int devices, long seed) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int SETTINGS = 40;

  /** The setting that a change is most often about. */
  static final String FPS = "camera.fps";

  /** Forty settings, of which {@link #FPS} is the first. */
  static Catalogue catalogue() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(Setting.ofInt(FPS).between(1, 60).withDefault(15));
    IntStream.range(1, SETTINGS)
        .forEach(
            i -> settings.add(Setting.ofInt("setting.n" + i).between(0, 100).withDefault(50)));
    return Catalogue.of(settings);
  }

  static Scope company(int company) {
    return new Scope("company", "c" + company);
  }

  FleetIndex index() {
    Random random = new Random(seed);
    FleetIndex.Builder fleet = FleetIndex.builder(Hierarchy.DEFAULT);
    List<DeviceContext> models =
        IntStream.range(0, 20).mapToObj(RealisticFleet::model).toList();
    fleet.profile(profile(Scope.GLOBAL, random, 10));
    for (int company = 0; company < companies; company++) {
      fleet.profile(profile(company(company), random, 10));
      List<Scope> groupScopes = new ArrayList<>();
      for (int group = 0; group < groups; group++) {
        groupScopes.add(new Scope("group", "c" + company + "-g" + group));
        fleet.profile(profile(groupScopes.get(group), random, 3));
      }
      for (int vehicle = 0; vehicle < groups * vehicles; vehicle++) {
        Scope scope = new Scope("vehicle", "c" + company + "-v" + vehicle);
        if (random.nextInt(100) < 5) {
          fleet.profile(profile(scope, random, 3));
        }
        List<Scope> above = new ArrayList<>(
            List.of(Scope.GLOBAL, company(company), groupScopes.get(vehicle % groups), scope));
        if (groups > 1 && random.nextInt(4) == 0) {
          above.add(groupScopes.get((vehicle + 1) % groups));
        }
        for (int device = 0; device < devices; device++) {
          String key = scope.key() + "-d" + device;
          if (random.nextInt(100) < 2) {
            fleet.profile(profile(new Scope("device", key), random, 3));
          }
          fleet.device(key, models.get(random.nextInt(models.size())), above);
        }
      }
    }
    return fleet.build();
  }

  private static DeviceContext model(int number) {
    ObjectNode facts = NODES.objectNode();
    facts.put("model", "m" + number / 4);
    facts.put("firmware", "1." + number % 4);
    return new DeviceContext(facts);
  }

  private static Profile profile(Scope scope, Random random, int entries) {
    Map<String, Entry> chosen = new TreeMap<>();
    for (int i = 0; i < entries; i++) {
      int setting = random.nextInt(SETTINGS);
      JsonNode value = NODES.numberNode(1 + random.nextInt(60));
      chosen.put(setting == 0 ? FPS : "setting.n" + setting, new Entry(value, 1, "ann"));
    }
    return new Profile(scope, 1, random.nextInt(3), chosen);
  }

  /** One entry at one scope, following what the fleet has there. */
  static ProfileEdits set(FleetIndex fleet, Scope scope, String key, JsonNode value) {
    long from = fleet.profile(scope).revision();
    return new ProfileEdits(
        scope, from, from + 1, Map.of(key, new Entry(value, from + 1, "bob")), Set.of());
  }
}
