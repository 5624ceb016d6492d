package dev.chasqui.app.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.Server;
import dev.chasqui.app.ServerConfig;
import dev.chasqui.app.TestFleet;
import dev.chasqui.app.demo.DemoData;
import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Settings;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.node.JsonNodeFactory;

@ExtendWith(RealServers.class)
final class FleetSimulatorTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Changes.Signature SIGNATURE = new Changes.Signature("maria", "");

  @Test
  void start_sixtyDevices_oneCompanysChangeReachesItsDashcamsOnly(
      RealPostgres postgres, RealRedis redis) throws IOException {
    SimulatedFleet fleet = SimulatedFleet.generate(
        5, List.of(new CompanyPlan("a", "A", 20), new CompanyPlan("b", "B", 10)));
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerConfig config = new ServerConfig(
        "node",
        postgres.jdbcUrl(),
        postgres.username(),
        postgres.password(),
        redis.uri(),
        anyPort,
        anyPort,
        Duration.ofMillis(50),
        Duration.ofSeconds(30),
        Duration.ZERO,
        Set.of(),
        Map.of());
    try (Server server = Server.start(config);
        Database database = Database.open(
            postgres.jdbcUrl(),
            postgres.username(),
            postgres.password(),
            new SimpleMeterRegistry())) {
      Changes changes = changes(database);
      load(fleet, new Importer(database.jdbi(), changes));
      URI gateway = URI.create("ws://127.0.0.1:" + server.devicesAddress().getPort());
      SimulatorConfig behaviour = SimulatorConfig.DEFAULT.withOfflineShare(0);
      try (FleetSimulator simulator = FleetSimulator.start(fleet.devices(), gateway, behaviour)) {
        await().atMost(LIMIT).until(() -> simulator.census().live() == 60);

        Changes.Edit edit = new Changes.Edit(
            new Scope("company", "a"), "camera.fps", JsonNodeFactory.instance.numberNode(30), "");
        assertThat(changes.commit(SIGNATURE, List.of(edit))).isPresent();

        await()
            .atMost(LIMIT)
            .untilAsserted(() -> assertThat(fleet.devices())
                .filteredOn(device -> device.kind() == SimulatedDevice.Kind.DASHCAM)
                .allSatisfy(device -> assertThat(fps(simulator, device))
                    .isEqualTo(device.key().startsWith("a-") ? 30 : 15)));
      }
    }
  }

  private static Changes changes(Database database) {
    return new Changes(
        database.jdbi(),
        new Settings(database.jdbi()),
        new Fleet(database.jdbi()),
        TestFleet.TRACING);
  }

  private static void load(SimulatedFleet fleet, Importer importer) {
    StringWriter file = new StringWriter();
    fleet.writeImport(file);
    importer.run(
        new ByteArrayInputStream(file.toString().getBytes(StandardCharsets.UTF_8)),
        ImportFormat.JSON,
        false,
        SIGNATURE);
    importer.run(DemoData.settingsFile(), ImportFormat.YAML, false, SIGNATURE);
  }

  private static int fps(FleetSimulator simulator, SimulatedDevice device) {
    EdgeClient client = simulator.client(device.key());
    return client == null
        ? -1
        : Objects.requireNonNull(client.config().json("camera.fps")).intValue();
  }
}
