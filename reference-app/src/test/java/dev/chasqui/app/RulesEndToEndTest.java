package dev.chasqui.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.store.DeviceFacts;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.featureflags.config.RuleTargeting;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Entries with conditions and variants: committed through REST, resolved by devices, explained by the server, all the same. */
@ExtendWith(RealServers.class)
final class RulesEndToEndTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Setting<Integer> FPS = TestFleet.FPS;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, EdgeClient> devices = new LinkedHashMap<>();
  private final RuleTargeting targeting = new RuleTargeting();
  private TestFleet fleet;
  private Server server;

  @BeforeEach
  void start(RealPostgres postgres, RealRedis redis) throws IOException, InterruptedException {
    fleet = new TestFleet(postgres);
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
    connect("a1", "dashcam 2.3");
    connect("a2", "dashcam 2.2");
  }

  @AfterEach
  void stop() {
    devices.values().forEach(EdgeClient::close);
    server.close();
    fleet.close();
  }

  private void connect(String device, String software) throws InterruptedException {
    EdgeClient client = EdgeClient.builder()
        .gateway(URI.create("ws://127.0.0.1:" + server.devicesAddress().getPort()))
        .device(device)
        .settings(FPS)
        .software(software)
        .facts(DeviceFacts.of(device, software))
        .targeting(targeting)
        .inMemory()
        .start();
    devices.put(device, client);
    assertThat(client.awaitSynced(LIMIT)).isTrue();
  }

  private EdgeClient client(String device) {
    return Objects.requireNonNull(devices.get(device));
  }

  private JsonNode send(String method, String path, String body, int status)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JsonMapper.shared().readTree(answer.body());
  }

  /** Of camera.fps at acme. */
  private JsonNode edit(String rest, int status) throws IOException, InterruptedException {
    return send(
        "POST",
        "/api/v1/changes",
        ("{'author': 'ann', 'edits': [{'scope': 'company:acme', 'key': 'camera.fps', " + rest
                + "}]}")
            .replace('\'', '"'),
        status);
  }

  private void awaitFps(Map<String, Integer> expected) {
    await().atMost(LIMIT).untilAsserted(() -> {
      Map<String, Integer> fps = new LinkedHashMap<>();
      expected.keySet().forEach(device -> fps.put(device, client(device).get(FPS)));
      assertThat(fps).isEqualTo(expected);
    });
    devices.forEach((device, client) -> assertThat(client.status().refusal()).isNull());
  }

  private JsonNode explained(String device) throws IOException, InterruptedException {
    return send("GET", "/api/v1/devices/" + device + "/explain/camera.fps", "", 200);
  }

  /** Waits until the server knows what the device runs with, and says the same. */
  private void awaitSameFingerprint(String device) {
    await().atMost(LIMIT).untilAsserted(() -> {
      JsonNode told = send("GET", "/api/v1/devices/" + device, "", 200).get("status");
      JsonNode effective = send("GET", "/api/v1/devices/" + device + "/effective", "", 200);
      assertThat(told.get("fingerprint").stringValue())
          .isEqualTo(client(device).config().fingerprint())
          .isEqualTo(effective.get("fingerprint").stringValue());
    });
  }

  @Test
  void entry_withACondition_holdsOnTheDevicesThatItMatches() throws Exception {
    JsonNode change =
        edit("'value': 30, 'when': {'sem_ver': [{'var': 'version'}, '>=', '2.3.0']}", 201);
    assertThat(change.at("/edits/0/rulesAfter/when/sem_ver/1").asString()).isEqualTo(">=");
    awaitFps(Map.of("a1", 30, "a2", 15));
    awaitSameFingerprint("a1");
    awaitSameFingerprint("a2");
    assertThat(explained("a1").get("value").intValue()).isEqualTo(30);
    assertThat(explained("a2").get("value").intValue()).isEqualTo(15);
    assertThat(explained("a2").at("/losers/0/reason").asString()).isEqualTo("condition");

    edit("'value': 40", 201); // says nothing of the condition
    awaitFps(Map.of("a1", 40, "a2", 15));

    assertThat(edit("'value': 40", 200).get("unchanged").booleanValue()).isTrue();
    edit("'value': 40, 'when': null", 201);
    awaitFps(Map.of("a1", 40, "a2", 40));
  }

  @Test
  void entry_withVariants_givesEachDeviceItsArm() throws Exception {
    List<String> keys = new ArrayList<>(List.of("a1", "a2"));
    for (int i = 3; i < 9; i++) {
      fleet.enrol(TestFleet.device("a" + i, TestFleet.ACME));
      connect("a" + i, "dashcam 2.3");
      keys.add("a" + i);
    }
    edit(
        "'value': 15, 'variants': {'seed': 'fps/', 'by': 'device', 'arms': ["
            + "{'name': 'slow', 'weight': 1, 'value': 10}, {'name': 'fast', 'weight': 1, 'value': 50}]}",
        201);
    Map<String, Integer> expected = new LinkedHashMap<>();
    keys.forEach(key ->
        expected.put(key, targeting.bucket("fps/", key, List.of(1, 1)) == 0 ? 10 : 50));
    assertThat(expected.values()).contains(10, 50);
    awaitFps(expected);
    for (String key : keys) {
      int fps = Objects.requireNonNull(expected.get(key));
      JsonNode explained = explained(key);
      assertThat(explained.get("value").intValue()).isEqualTo(fps);
      assertThat(explained.get("variant").stringValue()).isEqualTo(fps == 10 ? "slow" : "fast");
      awaitSameFingerprint(key);
    }
    edit("'value': 20, 'variants': null", 201);
    keys.forEach(key -> expected.put(key, 20));
    awaitFps(expected);
  }

  @Test
  void edit_withABadRule_isRefused_namingSettingScopeAndRule() throws Exception {
    JsonNode problem = edit("'value': 30, 'when': {'<': [{'var': '$flagd.timestamp'}, 9]}", 422);
    JsonNode error = problem.at("/errors/0");
    assertThat(error.get("field").stringValue()).isEqualTo("/edits/0/when");
    assertThat(error.get("rule").stringValue()).isEqualTo("bad-rule");
    assertThat(error.get("message").stringValue())
        .contains("camera.fps", "company:acme", "/</0/var: there is no $flagd.timestamp");

    String arms = "'value': 30, 'variants': {'seed': 's', 'by': 'device', 'arms': [";
    error = edit(arms + "{'name': 'a', 'weight': 1, 'value': 61}]}", 422).at("/errors/0");
    assertThat(error.get("field").stringValue()).isEqualTo("/edits/0/variants/arms/0/value");
    assertThat(error.get("rule").stringValue()).isEqualTo("out-of-range");
    error = edit(arms + "{'name': 'a', 'weight': 0, 'value': 9}]}", 422).at("/errors/0");
    assertThat(error.get("field").stringValue()).startsWith("/edits/0/variants/arms/0");
    assertThat(error.get("rule").stringValue()).isEqualTo("bad-variants");
    assertThat(error.get("message").stringValue()).contains("camera.fps", "company:acme", "weight");
    edit("'remove': true, 'when': true", 422);
    assertThat(fleet.changes.latestAt(TestFleet.ACME, 9)).isEmpty();
  }

  @Test
  void facts_ofADevice_areWhatItSaysWhenItConnects() {
    assertThat(DeviceFacts.of("a1", "dashcam 2.3").facts().toString())
        .isEqualTo(
            "{\"device\":\"a1\",\"software\":\"dashcam 2.3\",\"product\":\"dashcam\",\"version\":\"2.3\"}");
    assertThat(DeviceFacts.of("a1", "").facts().toString()).isEqualTo("{\"device\":\"a1\"}");
  }
}
