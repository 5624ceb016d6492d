package dev.chasqui.app.cli;

import dev.chasqui.app.demo.DemoData;
import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.simulator.FleetSimulator;
import dev.chasqui.app.simulator.SimulatorConfig;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
    name = "demo",
    description =
        "Starts everything: PostgreSQL, Redis, a server, a back office, and a fleet of three"
            + " companies whose devices are connected. What you change stays for the next time.")
@SuppressWarnings("NullAway.Init")
final class DemoCommand implements Callable<Integer> {
  private static final Duration STOP = Duration.ofSeconds(15);
  private static final Duration CONNECT = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 200;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--reset",
      description = "Throw away the data below --data and start anew."
          + " Environment: CHASQUI_RESET. Default: go on where it stopped")
  private boolean reset;

  @Mixin
  private ServerOptions options;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (reset) {
      reset();
    }
    Logging.quieten();
    Screen screen = Screen.of(spec.commandLine().getOut());
    StepLines steps = new StepLines(screen);
    long begin = System.nanoTime();
    screen.live("Starting PostgreSQL, Redis and the server …");
    RunningServer server = RunningServer.start(options, steps::done);
    try {
      AdminApi api = new AdminApi(server.adminUri());
      load(api, screen, steps);
      steps.done("back office " + server.adminUri(), Duration.ofNanos(System.nanoTime() - begin));
      FleetSimulator simulator = FleetSimulator.start(
          DemoData.fleet().devices(), server.devicesUri(), SimulatorConfig.DEFAULT);
      awaitConnected(simulator, screen, steps);
      welcome(server, screen);
      ChangeWatch watch = new ChangeWatch(api, screen);
      Ticker ticker = new Ticker(POLL_MILLIS, watch::look);
      Stop.await(options.drain().plus(STOP), ticker, simulator, server);
    } catch (RuntimeException | InterruptedException e) {
      server.close();
      throw e;
    }
    return 0;
  }

  private void reset() throws IOException {
    if (!options.isEmbedded()) {
      throw new UsageException("--reset is for embedded servers, not with --postgres-url");
    }
    RunningServer.requireFree(options);
    Path postgres = options.dataDirectory().resolve("postgres");
    Path redis = options.dataDirectory().resolve("redis");
    requireUnused(postgres, RealPostgres::open);
    requireUnused(redis, RealRedis::open);
    delete(postgres);
    delete(redis);
  }

  /**
   * Opens and closes the server of a directory: that refuses if a living process holds it, on whatever
   * ports, and stops what a killed one left running.
   */
  private static void requireUnused(Path directory, Function<Path, ? extends AutoCloseable> open)
      throws IOException {
    if (Files.isDirectory(directory)) {
      try {
        open.apply(directory).close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException("cannot stop the server in " + directory, e);
      }
    }
  }

  /** Deletes what the embedded servers made; whatever else is in the data directory stays. */
  private static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Files.walkFileTree(directory, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
          throws IOException {
        Files.delete(visited);
        return FileVisitResult.CONTINUE;
      }
    });
  }

  /** Imports the demo's fleet, settings, profiles and flags on the first start, by the door that all use. */
  private static void load(AdminApi api, Screen screen, StepLines steps) {
    JsonNode companies = api.get("/scopes/global:all/children?level=company&limit=1");
    if (!companies.path("children").isEmpty()) {
      return;
    }
    screen.live("Importing the demo's fleet …");
    long begin = System.nanoTime();
    load(api, DemoData::fleetFile, ImportFormat.JSON, "Enrol the demo's fleet");
    load(api, DemoData::settingsFile, ImportFormat.YAML, "Declare what devices can be told");
    load(api, DemoData::profilesFile, ImportFormat.YAML, "First configuration");
    api.putFlags("default", DemoData::flagsFile, "demo", "First flags");
    steps.done("demo data imported", Duration.ofNanos(System.nanoTime() - begin));
  }

  private static void load(
      AdminApi api, Supplier<InputStream> file, ImportFormat format, String reason) {
    api.importFile(file, format, false, "demo", reason);
  }

  private static void awaitConnected(FleetSimulator simulator, Screen screen, StepLines steps)
      throws InterruptedException {
    long begin = System.nanoTime();
    FleetSimulator.Census census = simulator.census();
    while (!census.settled() && System.nanoTime() - begin < CONNECT.toNanos()) {
      screen.live("Connecting: " + SimulateCommand.line(census));
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      census = simulator.census();
    }
    steps.done(SimulateCommand.line(census), Duration.ofNanos(System.nanoTime() - begin));
  }

  private static void welcome(RunningServer server, Screen screen) {
    screen.live("");
    screen.line("");
    screen.line("Open " + server.adminUri() + " or change a setting from another terminal:");
    screen.line("");
    screen.line("  curl -X POST " + server.adminUri() + "/api/v1/changes"
        + " -H 'Content-Type: application/json' \\");
    screen.line("    -d '{\"author\":\"maria\",\"reason\":\"sharper pictures\",\"edits\":"
        + "[{\"scope\":\"company:andes-haul\",\"key\":\"camera.fps\",\"value\":30}]}'");
    screen.line("");
    screen.line(
        "Every change shows here on its way to the devices. End with Ctrl-C; the data stays.");
    screen.line("");
  }
}
