package dev.chasqui.app.simulator;

import dev.chasqui.app.importing.NodeJson;
import dev.chasqui.app.simulator.SimulatedDevice.Kind;
import dev.chasqui.app.store.Node;
import dev.chasqui.hierarchicalconfig.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A fleet made up from a seed: the same plans and seed give the same fleet, on every JDK.
 *
 * <p>Every vehicle has a dashcam and a gateway, {@code andes-haul-017-cam} and {@code
 * andes-haul-017-gw}. Each company has the groups {@code -long-haul} (3 in 10 vehicles, priority 10),
 * {@code -city} (5 in 10, priority 5) and {@code -pilot} (1 in 20, of the others too, priority 20).
 *
 * @param nodes companies, groups, vehicles and devices, parents before children
 * @param devices the devices among them
 */
public record SimulatedFleet(List<Node> nodes, List<SimulatedDevice> devices) {
  /** Named, because "the default" may become another one. */
  static final String ALGORITHM = "L64X128MixRandom";

  private static final double SKEW = 1.1;
  private static final List<String> FIRST = List.of(
      "Andes",
      "Lago",
      "Pampa",
      "Norte",
      "Costa",
      "Sierra",
      "Delta",
      "Austral",
      "Litoral",
      "Puna",
      "Selva",
      "Altiplano");
  private static final List<String> SECOND =
      List.of("Haul", "Freight", "Logistics", "Express", "Cargo", "Transport", "Courier", "Lines");
  private static final List<String> VERSIONS = List.of("2.1", "2.2", "2.3", "2.3", "2.3", "2.4");

  public SimulatedFleet {
    nodes = List.copyOf(nodes);
    devices = List.copyOf(devices);
  }

  /** The generator of random numbers for {@code seed}. */
  static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of(ALGORITHM).create(seed);
  }

  /**
   * Companies of skewed sizes: the n-th has about 1/n<sup>1.1</sup> of the vehicles of the first, and
   * at least one.
   *
   * @param companies how many, 1 to 96
   * @param vehicles of all of them together, at least as many
   */
  public static List<CompanyPlan> skewed(int companies, int vehicles) {
    int most = FIRST.size() * SECOND.size();
    if (companies < 1 || companies > most) {
      throw new IllegalArgumentException("companies must be 1 to " + most + ", was " + companies);
    }
    if (vehicles < companies) {
      throw new IllegalArgumentException(
          "there must be a vehicle for each company, were " + vehicles + " for " + companies);
    }
    double total = 0;
    for (int rank = 1; rank <= companies; rank++) {
      total += Math.pow(rank, -SKEW);
    }
    List<CompanyPlan> plans = new ArrayList<>();
    int left = vehicles;
    for (int rank = companies; rank >= 1; rank--) { // the smallest first; the largest gets the rest
      int share = Math.max(1, (int) ((vehicles - companies) * Math.pow(rank, -SKEW) / total));
      int size = rank == 1 ? left : Math.min(share, left - (rank - 1));
      left -= size;
      String name = name(rank - 1);
      plans.add(0, new CompanyPlan(name.toLowerCase(Locale.ROOT).replace(' ', '-'), name, size));
    }
    return plans;
  }

  /** Goes through both lists at once, so that the first companies share no word. */
  private static String name(int index) {
    int first = index % FIRST.size();
    int second = (first + index / FIRST.size()) % SECOND.size();
    return FIRST.get(first) + ' ' + SECOND.get(second);
  }

  /** Makes the fleet. */
  public static SimulatedFleet generate(long seed, List<CompanyPlan> plans) {
    RandomGenerator random = random(seed);
    List<Node> nodes = new ArrayList<>();
    List<SimulatedDevice> devices = new ArrayList<>();
    for (CompanyPlan plan : plans) {
      Scope company = new Scope("company", plan.key());
      nodes.add(new Node(company, plan.name(), Scope.GLOBAL, 0, List.of()));
      Groups groups = Groups.of(plan);
      groups.addTo(nodes, company);
      for (int number = 1; number <= plan.vehicles(); number++) {
        addVehicle(plan, number, company, groups.draw(random), nodes);
        String key = vehicleKey(plan, number);
        for (Kind kind : Kind.values()) {
          String version = VERSIONS.get(random.nextInt(VERSIONS.size()));
          SimulatedDevice device = new SimulatedDevice(key + '-' + kind.suffix(), kind, version);
          devices.add(device);
          nodes.add(new Node(
              new Scope("device", device.key()),
              kind.title() + ' ' + number,
              new Scope("vehicle", key),
              0,
              List.of()));
        }
      }
    }
    return new SimulatedFleet(nodes, devices);
  }

  private static String vehicleKey(CompanyPlan plan, int number) {
    return plan.key() + '-' + String.format(Locale.ROOT, "%03d", number);
  }

  private static void addVehicle(
      CompanyPlan plan, int number, Scope company, List<Scope> groups, List<Node> nodes) {
    nodes.add(new Node(
        new Scope("vehicle", vehicleKey(plan, number)),
        plan.name() + " truck " + number,
        company,
        0,
        groups));
  }

  private record Groups(Scope longHaul, Scope city, Scope pilot) {
    static Groups of(CompanyPlan plan) {
      return new Groups(
          new Scope("group", plan.key() + "-long-haul"),
          new Scope("group", plan.key() + "-city"),
          new Scope("group", plan.key() + "-pilot"));
    }

    void addTo(List<Node> nodes, Scope company) {
      nodes.add(new Node(longHaul, "Long haul", company, 10, List.of()));
      nodes.add(new Node(city, "City", company, 5, List.of()));
      nodes.add(new Node(pilot, "Pilot", company, 20, List.of()));
    }

    List<Scope> draw(RandomGenerator random) {
      List<Scope> drawn = new ArrayList<>();
      double use = random.nextDouble();
      if (use < 0.3) {
        drawn.add(longHaul);
      } else if (use < 0.8) {
        drawn.add(city);
      }
      if (random.nextDouble() < 0.05) {
        drawn.add(pilot);
      }
      return drawn;
    }
  }

  /** Writes an import file in JSON that enrols the fleet, one node a line. */
  public void writeImport(Writer to) {
    try {
      to.write("{\"fleet\": [\n");
      for (int i = 0; i < nodes.size(); i++) {
        to.write(NodeJson.write(nodes.get(i)).toString());
        to.write(i < nodes.size() - 1 ? ",\n" : "\n");
      }
      to.write("]}\n");
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
