package dev.chasqui.app.cli;

import dev.chasqui.app.simulator.FleetSimulator;
import dev.chasqui.app.simulator.SimulatedFleet;
import dev.chasqui.app.simulator.SimulatorConfig;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "simulate",
    description = "Runs a fleet of simulated devices against a server that knows them: import what"
        + " --print-fleet writes first.")
@SuppressWarnings("NullAway.Init")
final class SimulateCommand implements Callable<Integer> {
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final long TICK_MILLIS = 250;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      defaultValue = "ws://127.0.0.1:8081",
      description =
          "Where devices connect. Environment: CHASQUI_GATEWAY." + " Default: ws://127.0.0.1:8081")
  private URI gateway;

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      defaultValue = "500",
      description = "How many, each with a dashcam and a gateway; at most 9500."
          + " Environment: CHASQUI_VEHICLES. Default: 500")
  private int vehicles;

  @Option(
      names = "--companies",
      paramLabel = "N",
      defaultValue = "10",
      description = "Over how many companies, of skewed sizes; 1 to 96."
          + " Environment: CHASQUI_COMPANIES. Default: 10")
  private int companies;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "The same seed gives the same fleet. Environment: CHASQUI_SEED. Default: 7")
  private long seed;

  @Option(
      names = "--offline",
      paramLabel = "SHARE",
      defaultValue = "0.3",
      description = "Share of its time that a device is offline, 0 up to and without 1."
          + " Environment: CHASQUI_OFFLINE. Default: 0.3")
  private double offline;

  @Option(
      names = "--connects-per-second",
      paramLabel = "N",
      defaultValue = "200",
      description = "Most connections to begin in a second."
          + " Environment: CHASQUI_CONNECTS_PER_SECOND. Default: 200")
  private int connectsPerSecond;

  @Option(
      names = "--print-fleet",
      description = "Write the fleet as an import file to the standard output, and end."
          + " Environment: CHASQUI_PRINT_FLEET. Default: run the devices")
  private boolean printFleet;

  @Override
  public Integer call() throws InterruptedException {
    SimulatedFleet fleet = fleet();
    if (printFleet) {
      fleet.writeImport(spec.commandLine().getOut());
      return 0;
    }
    Screen screen = Screen.of(spec.commandLine().getOut());
    FleetSimulator simulator = started(fleet);
    screen.line(fleet.devices().size() + " devices, seed " + seed + ", to " + gateway
        + "; end with Ctrl-C");
    Ticker ticker = new Ticker(TICK_MILLIS, () -> screen.live(line(simulator.census())));
    Stop.await(STOP, ticker, simulator);
    return 0;
  }

  private SimulatedFleet fleet() {
    if (vehicles > SimulatorConfig.MOST_DEVICES / 2) {
      throw new UsageException("--vehicles must be at most " + SimulatorConfig.MOST_DEVICES / 2
          + " in one process, was " + vehicles);
    }
    try {
      return SimulatedFleet.generate(seed, SimulatedFleet.skewed(companies, vehicles));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--companies, --vehicles: " + e.getMessage());
    }
  }

  private FleetSimulator started(SimulatedFleet fleet) {
    if (!("ws".equals(gateway.getScheme()) || "wss".equals(gateway.getScheme()))) {
      throw new UsageException("--gateway must be ws://host:port, was " + gateway);
    }
    try {
      SimulatorConfig config = SimulatorConfig.DEFAULT
          .withSeed(seed)
          .withOfflineShare(offline)
          .withConnectsPerSecond(connectsPerSecond);
      return FleetSimulator.start(fleet.devices(), gateway, config);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw new UsageException("--"
          + message
              .replaceFirst("^offlineShare", "offline")
              .replaceFirst("^connectsPerSecond", "connects-per-second"));
    }
  }

  static String line(FleetSimulator.Census census) {
    return census.live() + " of " + census.devices() + " devices up to date · "
        + (census.connected() - census.live()) + " syncing · " + census.away() + " offline";
  }
}
