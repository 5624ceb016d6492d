package dev.chasqui.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.demo.DemoData;
import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.simulator.CompanyPlan;
import dev.chasqui.app.simulator.FleetSimulator;
import dev.chasqui.app.simulator.SimulatedDevice;
import dev.chasqui.app.simulator.SimulatedFleet;
import dev.chasqui.app.simulator.SimulatorConfig;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Settings;
import dev.chasqui.edgeclient.EdgeClient;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole of it: somebody at the page, the server, and sixty devices of three companies. */
@ExtendWith(RealServers.class)
final class EndToEndTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final SimulatedFleet FLEET = SimulatedFleet.generate(
      11,
      List.of(
          new CompanyPlan("andes", "Andes Haul", 15),
          new CompanyPlan("lago", "Lago Freight", 10),
          new CompanyPlan("pampa", "Pampa Express", 5)));

  /** One device of the company acknowledges when the test says so, and not before. */
  private static final String LAST = "lago-004-gw";

  @RegisterExtension
  final TestBrowser browser = TestBrowser.open();

  private Server server;
  private Database database;
  private FleetSimulator simulator;
  private TestDevice last;

  @BeforeEach
  void start(RealPostgres postgres, RealRedis redis) throws IOException, InterruptedException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = Server.start(new ServerConfig(
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
        Map.of()));
    database = Database.open(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), new SimpleMeterRegistry());
    load();
    InetSocketAddress gateway = server.devicesAddress();
    simulator = FleetSimulator.start(
        FLEET.devices().stream().filter(device -> !device.key().equals(LAST)).toList(),
        URI.create("ws://127.0.0.1:" + gateway.getPort()),
        new SimulatorConfig(11, 0, Duration.ofDays(1), Duration.ofDays(10_000), 200, 2));
    last = TestDevice.synced(gateway, LAST);
    await().atMost(LIMIT).until(() -> simulator.census().live() == 59);
  }

  private void load() {
    Importer importer = new Importer(
        database.jdbi(),
        new Changes(
            database.jdbi(),
            new Settings(database.jdbi()),
            new Fleet(database.jdbi()),
            TestFleet.TRACING));
    Changes.Signature signature = new Changes.Signature("setup", "");
    StringWriter fleet = new StringWriter();
    FLEET.writeImport(fleet);
    importer.run(
        new ByteArrayInputStream(fleet.toString().getBytes(StandardCharsets.UTF_8)),
        ImportFormat.JSON,
        false,
        signature);
    importer.run(DemoData.settingsFile(), ImportFormat.YAML, false, signature);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : new AutoCloseable[] {last, simulator, database, server, browser}) {
      if (each != null) {
        each.close();
      }
    }
  }

  @Test
  void edit_ofACompanyOnItsPage_runsOnItsDevicesAndNoOthers() {
    Convergence convergence = new Convergence(database.jdbi());
    Page page = browser.page(1440, 900, ColorScheme.LIGHT);
    page.navigate("http://127.0.0.1:" + server.adminAddress().getPort() + '/');
    page.click(".companies a:has-text('Lago Freight')");
    page.fill(".filter input[name=q]", "camera.fps");
    page.waitForSelector(".count:has-text('1 of')");
    page.click("#s-camera\\.fps summary");
    page.click("#s-camera\\.fps .button");
    page.fill("#editor input[name=author]", "Rosa");
    page.fill("#editor input[name=reason]", "smoother clips");

    page.fill("#editor input[name=value]", "61");
    page.click("#editor button[value=set]");

    assertThat(page.locator("#value-rule strong")).containsText("camera.fps");
    assertThat(page.locator("#editor input[name=value]")).hasAttribute("aria-invalid", "true");
    assertThat(framesPerSecond("")).containsOnly(15);

    page.fill("#editor input[name=value]", "24");
    page.click("#editor button[value=set]");

    page.waitForURL("**/changes/*");
    page.evaluate("window.sameLoad = true");
    assertThat(page.locator(".big span").first()).hasText("of 20 effective");
    assertThat(page.locator(".big b")).hasText("19");
    assertThat(page.locator(".big .pill")).not().containsText("settled");
    assertThat(page.locator(".columns")).containsText(LAST);

    long revision = Long.parseLong(page.url().replaceAll(".*/", ""));
    last.send("{\"type\":\"ack\",\"received\":" + revision + ",\"effective\":" + revision + '}');

    assertThat(page.locator(".big b")).hasText("20");
    assertThat(page.locator(".big .pill")).containsText("settled");
    assertThat(page.evaluate("window.sameLoad")).isEqualTo(true);

    assertThat(framesPerSecond("lago-")).hasSize(10).containsOnly(24);
    assertThat(framesPerSecond("andes-")).hasSize(15).containsOnly(15);
    assertThat(framesPerSecond("pampa-")).hasSize(5).containsOnly(15);
    assertThat(FLEET.devices()).allSatisfy(device -> {
      boolean ofTheCompany = device.key().startsWith("lago-");
      assertThat(convergence.device(device.key())).hasValueSatisfying(status -> {
        assertThat(status.connected()).isTrue();
        assertThat(status.effective() >= revision).isEqualTo(ofTheCompany);
      });
    });
    assertThat(convergence.progress(revision)).hasValueSatisfying(progress -> {
      assertThat(progress.targets()).isEqualTo(20);
      assertThat(progress.effective()).isEqualTo(20);
    });
    String form = "/scopes/company:lago/settings/camera.fps/edit";
    assertThat(browser.takeComplaints())
        .containsExactly(TestBrowser.answered(form, 422, "Unprocessable Entity"));
  }

  /** What the dashcams whose key begins so run with, asked of themselves. */
  private List<Integer> framesPerSecond(String prefix) {
    return FLEET.devices().stream()
        .filter(device -> device.kind() == SimulatedDevice.Kind.DASHCAM)
        .filter(device -> device.key().startsWith(prefix))
        .map(device -> {
          EdgeClient client = Objects.requireNonNull(simulator.client(device.key()));
          return Objects.requireNonNull(client.config().json("camera.fps")).intValue();
        })
        .toList();
  }
}
