package dev.chasqui.benchmarks.hierarchicalconfig;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A fleet as fleets are: a vehicle has 5 devices, a company 2,000 vehicles in 20 groups, one vehicle in
 * four is in two of them. All companies and groups have entries, 5 % of vehicles and 2 % of devices
 * have own ones, all about {@link #keys()}. The same in every run.
 *
 * @param catalogue 1,399 settings
 * @param devices vehicle by vehicle, company by company
 * @param profiles by scope; vehicles and devices without entries have none
 */
public record Fleet(Catalogue catalogue, List<Device> devices, Map<Scope, Profile> profiles) {
  private static final int SEED = 20_240_519;
  private static final int KEYS = 40;
  private static final int GROUPS = 20;
  private static final int VEHICLES = 2_000;
  private static final int DEVICES = 5;

  /**
   * One of the fleet.
   *
   * @param key of it and of its own scope
   * @param facts what it says of itself: one of 20 models
   * @param path all its scopes in the order in which they have their say, its own being the last
   */
  public record Device(String key, DeviceContext facts, List<Scope> path) {}

  /** The first {@code devices} of a fleet that has a company for every 10,000 of them. */
  public static Fleet of(int devices) {
    Random random = new Random(SEED);
    List<DeviceContext> models = IntStream.range(0, 20).mapToObj(Fleet::model).toList();
    List<Device> all = new ArrayList<>(devices);
    Map<Scope, Profile> profiles = new HashMap<>();
    profiles.put(Scope.GLOBAL, profile(Scope.GLOBAL, 0, 10, random));
    List<Scope> vehiclePath = List.of();
    for (int i = 0; i < devices; i++) {
      if (i % DEVICES == 0) {
        vehiclePath = vehicle(i / DEVICES, profiles, random);
      }
      String vehicle = vehiclePath.get(vehiclePath.size() - 1).key();
      Scope own = new Scope("device", vehicle + "-d" + i % DEVICES);
      if (random.nextInt(100) < 2) {
        profiles.put(own, profile(own, 0, 3, random));
      }
      DeviceContext facts = models.get(random.nextInt(models.size()));
      List<Scope> path = Stream.concat(vehiclePath.stream(), Stream.of(own)).toList();
      all.add(new Device(own.key(), facts, path));
    }
    return new Fleet(declared(), all, profiles);
  }

  private static DeviceContext model(int number) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode();
    facts.put("model", "m" + number / 4);
    facts.put("firmware", "1." + number % 4);
    return new DeviceContext(facts);
  }

  /** Gives the vehicle, and its company if it is the first there, their profiles. */
  private static List<Scope> vehicle(int number, Map<Scope, Profile> profiles, Random random) {
    int inCompany = number % VEHICLES;
    Scope company = company(number / VEHICLES);
    if (inCompany == 0) {
      profiles.put(company, profile(company, 0, 10, random));
      for (int group = 0; group < GROUPS; group++) {
        Scope scope = group(company, group);
        profiles.put(scope, profile(scope, group, 3, random));
      }
    }
    Scope vehicle = new Scope("vehicle", company.key() + "-v" + inCompany);
    if (random.nextInt(100) < 5) {
      profiles.put(vehicle, profile(vehicle, 0, 3, random));
    }
    List<Scope> path = new ArrayList<>(List.of(Scope.GLOBAL, company));
    int group = inCompany % GROUPS;
    path.add(group(company, group));
    if (group + 1 < GROUPS && random.nextInt(4) == 0) {
      path.add(group(company, group + 1)); // of higher priority
    }
    path.add(vehicle);
    return path;
  }

  private static Scope company(int number) {
    return new Scope("company", "c" + number);
  }

  private static Scope group(Scope company, int number) {
    return new Scope("group", company.key() + "-g" + number);
  }

  private static Profile profile(Scope scope, int priority, int entries, Random random) {
    Map<String, Entry> chosen = new TreeMap<>();
    for (int i = 0; i < entries; i++) {
      int value = 1 + random.nextInt(60);
      chosen.put(key(random.nextInt(KEYS)), new Entry(Sample.json(value), 1, "ann"));
    }
    return new Profile(scope, 1, priority, chosen);
  }

  private static String key(int number) {
    return "fleet.n" + number;
  }

  /** Those of {@link Sample}, but for the first, in whose place stand those that fleets set. */
  private static Catalogue declared() {
    List<Setting<?>> settings = new ArrayList<>();
    for (String key : keys()) {
      settings.add(Setting.ofInt(key).between(0, 100).withDefault(50));
    }
    Sample.of(1, 0).catalogue().settings().stream().skip(KEYS).forEach(settings::add);
    return Catalogue.of(settings);
  }

  /** Of the settings that entries are about: 40 ints. */
  public static List<String> keys() {
    return IntStream.range(0, KEYS).mapToObj(Fleet::key).toList();
  }

  /** Resolves by the catalogue and the hierarchy of this fleet. */
  public Resolver resolver() {
    return new Resolver(catalogue, Hierarchy.DEFAULT);
  }

  /** A new index of all this. */
  public FleetIndex index() {
    FleetIndex.Builder index = FleetIndex.builder(Hierarchy.DEFAULT);
    profiles.values().forEach(index::profile);
    for (Device device : devices) {
      index.device(device.key(), device.facts(), device.path());
    }
    return index.build();
  }

  /** What sets the first {@code keys} of {@link #keys()} at each company, so that it is about all devices. */
  public List<ProfileEdits> companyEdits(int keys) {
    Map<String, Entry> set = keys().stream()
        .limit(keys)
        .collect(toUnmodifiableMap(key -> key, key -> new Entry(Sample.json(33), 2, "bob")));
    return profiles.values().stream()
        .filter(profile -> profile.scope().level().equals("company"))
        .map(profile -> new ProfileEdits(
            profile.scope(), profile.revision(), profile.revision() + 1, set, Set.of()))
        .toList();
  }

  /** The values at one scope, by key; none where it has no profile. */
  public Map<String, Number> values(Scope scope) {
    Profile profile = profiles.get(scope);
    Map<String, Number> values = new HashMap<>();
    if (profile != null) {
      profile.entries().forEach((key, entry) -> values.put(key, entry.value().numberValue()));
    }
    return values;
  }

  /** The values that hold where no entry says otherwise, by key. */
  public Map<String, Number> defaults() {
    return Sample.defaults(catalogue);
  }
}
