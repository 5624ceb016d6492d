package dev.chasqui.app;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.BOLT;
import static dev.chasqui.app.TestFleet.FPS;
import static dev.chasqui.app.TestFleet.VOLUME;
import static dev.chasqui.app.TestFleet.device;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.hierarchicalconfig.ConfigChange;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

@ExtendWith(RealServers.class)
final class ServerTest {
  private TestFleet fleet;
  private RealRedis redis;
  private Server server;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void start(RealPostgres postgres, RealRedis realRedis) throws IOException {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    redis = realRedis;
    fleet = new TestFleet(postgres);
    server = Server.start(config("one", 0));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    server.close();
    fleet.close();
  }

  private ServerConfig config(String node, int devicesPort) {
    return new ServerConfig(
        node,
        fleet.postgres.jdbcUrl(),
        fleet.postgres.username(),
        fleet.postgres.password(),
        redis.uri(),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), devicesPort),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Duration.ofMillis(20),
        Duration.ofMinutes(5), // who is slow on a slow machine is not to be taken for gone
        Duration.ZERO,
        Set.of(),
        Map.of());
  }

  private EdgeClient edge(String device) throws InterruptedException {
    EdgeClient client = EdgeClient.builder()
        .gateway(URI.create("ws://127.0.0.1:" + server.devicesAddress().getPort()))
        .device(device)
        .settings(FPS, VOLUME)
        .inMemory()
        .software("dashcam 1")
        .start();
    open.add(client);
    assertThat(client.awaitSynced(Duration.ofMinutes(1))).isTrue();
    return client;
  }

  private TestDevice hand(String device) throws InterruptedException {
    TestDevice connected = TestDevice.synced(server.devicesAddress(), device);
    open.add(connected);
    return connected;
  }

  private TestDevice silent(String device) {
    TestDevice connected = TestDevice.connect(server.devicesAddress(), device);
    open.add(connected);
    return connected;
  }

  @Test
  void commit_atACompany_reachesItsDevicesAndNoOthers() throws Exception {
    EdgeClient a1 = edge("a1");
    EdgeClient a2 = edge("a2");
    EdgeClient b1 = edge("b1");

    long revision = fleet.set(ACME, FPS, 42).orElseThrow();

    Convergence convergence = new Convergence(fleet.jdbi());
    await().untilAsserted(() -> {
      assertThat(a1.get(FPS)).isEqualTo(42);
      assertThat(a2.get(FPS)).isEqualTo(42);
      assertThat(convergence.progress(revision)).hasValueSatisfying(progress -> {
        assertThat(progress.targets()).isEqualTo(2);
        assertThat(progress.effective()).isEqualTo(2);
        assertThat(progress.received()).isEqualTo(2);
        assertThat(progress.p50()).isNotNull();
      });
    });
    assertThat(b1.get(FPS)).isEqualTo(15);
    assertThat(convergence.curve(revision))
        .last()
        .satisfies(point -> assertThat(point.effective()).isEqualTo(2));
    assertThat(convergence.stragglers(revision, 10)).isEmpty();
    await()
        .untilAsserted(() -> assertThat(convergence.companies().get(ACME))
            .isEqualTo(new Convergence.ScopeStatus(2, 2, 2, 0)));
  }

  @Test
  void commit_ofOneProfile_isEditsAndCompleteWithItsTrace() throws Exception {
    TestDevice a1 = hand("a1");

    long revision = fleet.set(ACME, FPS, 42).orElseThrow();

    List<JsonNode> frames = a1.transfer();
    assertThat(frames).hasSize(2);
    assertThat(frames.get(0).path("type").asString()).isEqualTo("edits");
    assertThat(frames.get(0).path("edits").path("revision").asLong()).isEqualTo(revision);
    assertThat(frames.get(1).path("revision").asLong()).isEqualTo(revision);
    assertThat(frames.get(1).path("trace").asString()).startsWith("00-0af7");
  }

  @Test
  void commit_ofTwoProfilesOnAPath_isOneTransfer() throws Exception {
    TestDevice a1 = hand("a1");

    fleet.changes.commit(
        TestFleet.signature(),
        List.of(
            TestFleet.edit(ACME, FPS, 42),
            TestFleet.edit(new Scope("device", "a1"), VOLUME, 7),
            TestFleet.edit(BOLT, FPS, 9)));

    assertThat(a1.transfer())
        .extracting(frame -> frame.path("type").asString())
        .containsExactly("trace", "edits", "edits", "complete");
  }

  @Test
  void hello_byWhatItHolds_isAnsweredByRuleFour() throws Exception {
    long revision = fleet.set(ACME, FPS, 42).orElseThrow();
    TestDevice a1 = silent("a1");
    String held = "{\"type\":\"hello\",\"profiles\":{\"global:all\":0,\"device:a1\":0,\"%s\":%d}}";

    a1.send("{\"type\":\"hello\",\"profiles\":{}}");
    assertThat(begin(a1)).isEqualTo("full first contact");
    a1.send(String.format(held, "company:acme", revision));
    assertThat(begin(a1)).isEqualTo("none up to date");
    a1.send(String.format(held, "company:acme", 0));
    assertThat(begin(a1)).isEqualTo("changes behind");
    a1.send(String.format(held, "company:bolt", 0));
    assertThat(begin(a1)).isEqualTo("full path changed");
    a1.send(String.format(held, "company:acme", revision + 5));
    assertThat(begin(a1)).isEqualTo("full ahead of server");
  }

  private static String begin(TestDevice device) throws InterruptedException {
    JsonNode begin = device.transfer().get(0);
    return begin.path("mode").asString() + ' ' + begin.path("reason").asString();
  }

  @Test
  void frame_thatBreaksARule_isAnErrorAndCloses() throws Exception {
    for (String bad : List.of(
        "no json",
        "[]",
        "{\"type\":\"ack\",\"received\":1,\"effective\":1}",
        "{\"type\":\"hello\"}",
        "{\"type\":\"hello\",\"profiles\":{\"acme\":1}}",
        "{\"type\":\"hello\",\"profiles\":{\"company:acme\":-1}}")) {
      TestDevice a1 = silent("a1");
      a1.send(bad);
      assertThat(a1.next().path("type").asString()).as(bad).isEqualTo("error");
      assertThat(a1.closeCode()).as(bad).isEqualTo(1002);
    }
  }

  @Test
  void frame_above64KiB_closesWith1009() throws Exception {
    TestDevice a1 = silent("a1");
    a1.send("{\"type\":\"" + "x".repeat(70_000) + "\"}");
    assertThat(a1.closeCode()).isEqualTo(1009);
  }

  @Test
  void frame_unknownType_isIgnored() throws Exception {
    TestDevice a1 = silent("a1");
    a1.send("{\"type\":\"weather\"}").send("{\"type\":\"hello\",\"profiles\":{}}");
    assertThat(begin(a1)).isEqualTo("full first contact");
  }

  @Test
  void connection_ofTheSameDevice_replacesTheOlder() throws Exception {
    TestDevice older = hand("a1");
    TestDevice newer = hand("a1");

    assertThat(older.next().path("type").asString()).isEqualTo("goodbye");
    assertThat(older.closeCode()).isEqualTo(1000);
    fleet.set(ACME, FPS, 42);
    assertThat(newer.transfer()).hasSize(2);
    Convergence convergence = new Convergence(fleet.jdbi());
    await()
        .untilAsserted(
            () -> assertThat(convergence.device("a1").orElseThrow().connected()).isTrue());
    newer.close();
    await()
        .untilAsserted(
            () -> assertThat(convergence.device("a1").orElseThrow().connected()).isFalse());
  }

  @Test
  void move_ofAConnectedDevice_isAFullTransfer() throws Exception {
    fleet.set(BOLT, FPS, 9);
    EdgeClient edge = edge("a2");
    TestDevice a1 = hand("a1");

    fleet.enrol(device("a1", BOLT), device("a2", BOLT));

    assertThat(begin(a1)).isEqualTo("full path changed");
    await().untilAsserted(() -> assertThat(edge.get(FPS)).isEqualTo(9));
  }

  @Test
  void slowDevice_missesChanges_getsTheNewestStateAndHoldsUpNobody() throws Exception {
    TestDevice slow = hand("a1");
    TestDevice quick = hand("a2");
    slow.stopReading();
    long newest = 0;
    for (int i = 1; i <= 40; i++) { // far more than sockets buffer
      JsonNode text = JsonNodeFactory.instance.stringNode(String.valueOf(i % 10).repeat(400_000));
      newest = fleet
          .changes
          .commit(
              TestFleet.signature(),
              List.of(new Changes.Edit(ACME, TestFleet.TEXT.key(), text, "/edits/0")))
          .orElseThrow();
      assertThat(quick.transfer()).hasSize(3); // it is asked how long it takes, too
    }
    slow.readOn();
    List<String> types = new ArrayList<>();
    JsonNode frame;
    do {
      frame = slow.next();
      types.add(frame.path("type").asString() + ' ' + frame.path("reason").asString(""));
    } while (!frame.path("type").asString().equals("complete")
        || frame.path("revision").asLong() != newest);
    assertThat(types).contains("begin behind").hasSizeLessThan(80);
  }

  @Test
  void http_requests_areAnsweredByTheProtocol() throws Exception {
    long revision = fleet.set(ACME, FPS, 42).orElseThrow();

    HttpResponse<String> snapshot = http("GET", "/v1/devices/a1/snapshot", "");
    assertThat(snapshot.statusCode()).isEqualTo(200);
    assertThat(JsonMapper.shared().readTree(snapshot.body()).path("revision").asLong())
        .isEqualTo(revision);
    assertThat(http("GET", "/v1/devices/nobody/snapshot", "").statusCode()).isEqualTo(404);
    assertThat(http("GET", "/v1/nothing", "").statusCode()).isEqualTo(404);
    assertThat(http("DELETE", "/v1/devices/a1/snapshot", "").statusCode()).isEqualTo(405);
    HttpResponse<String> bad =
        http("POST", "/v1/devices/a1/ack", "{\"received\":\"x\",\"effective\":1}");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(bad.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(JsonMapper.shared()
            .readTree(bad.body())
            .path("errors")
            .get(0)
            .path("field")
            .asString())
        .isEqualTo("/received");
    assertThat(http("POST", "/v1/devices/a1/ack", "x".repeat(70_000)).statusCode())
        .isEqualTo(413);
    String ack = String.format("{\"received\":%d,\"effective\":%d}", revision, revision);
    assertThat(http("POST", "/v1/devices/a1/ack", ack).statusCode()).isEqualTo(204);
    await()
        .untilAsserted(() -> assertThat(
                new Convergence(fleet.jdbi()).progress(revision).orElseThrow().effective())
            .isEqualTo(1));
    assertThatThrownBy(() -> silent("nobody")).hasMessageContaining("WebSocketHandshakeException");
  }

  private HttpResponse<String> http(String method, String path, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + server.devicesAddress().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void change_overRest_reachesTheDeviceInTheSameTrace() throws Exception {
    TestDevice a1 = hand("a1");
    URI admin = URI.create("http://127.0.0.1:" + server.adminAddress().getPort());
    HttpClient client = HttpClient.newHttpClient();

    HttpResponse<String> committed = client.send(
        HttpRequest.newBuilder(admin.resolve("/api/v1/changes"))
            .header("Content-Type", "application/json")
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .POST(HttpRequest.BodyPublishers.ofString(
                "{\"author\":\"ann\",\"reason\":\"test\",\"edits\":"
                    + "[{\"scope\":\"company:acme\",\"key\":\"camera.fps\",\"value\":42}]}"))
            .build(),
        HttpResponse.BodyHandlers.ofString());

    assertThat(committed.statusCode()).as(committed.body()).isEqualTo(201);
    assertThat(a1.transfer())
        .filteredOn(frame -> frame.has("trace"))
        .extracting(frame -> frame.path("trace").asString().substring(0, 36))
        .containsExactly(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-", "00-4bf92f3577b34da6a3ce929d0e0e4736-");
    await()
        .untilAsserted(() -> assertThat(client
                .send(
                    HttpRequest.newBuilder(admin.resolve("/health/ready")).build(),
                    HttpResponse.BodyHandlers.ofString())
                .statusCode())
            .isEqualTo(200));
  }

  @Test
  void stream_flushed_losesNothing() throws Exception {
    EdgeClient a1 = edge("a1");
    try (RedisClient client = RedisClient.create(redis.uri());
        StatefulRedisConnection<String, String> connection = client.connect()) {
      for (int i = 1; i <= 3; i++) {
        int value = i;
        fleet.set(ACME, VOLUME, 100 + i);
        connection.sync().flushall();
        await().untilAsserted(() -> assertThat(a1.get(VOLUME)).isEqualTo(100 + value));
      }
    }
  }

  @Test
  void start_portTaken_saysSo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Server.start(config("two", taken.getLocalPort())))
          .isInstanceOf(BindException.class)
          .hasMessage("port " + taken.getLocalPort() + " (devices) is taken by another program");
    }
  }

  @Test
  void close_withDevices_saysGoodbye() throws Exception {
    TestDevice a1 = hand("a1");
    server.close();
    assertThat(a1.next().path("type").asString()).isEqualTo("goodbye");
    assertThat(a1.closeCode()).isEqualTo(1001);
  }

  @Test
  void history_writersAndRestlessDevices_endsInTheResolvedState() throws Exception {
    Scope[] scopes = {Scope.GLOBAL, ACME, BOLT, new Scope("device", "a1")};
    List<String> devices = List.of("a1", "a2", "b1", "b2");
    List<List<ConfigChange>> heard = new CopyOnWriteArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(7);
    List<Future<?>> running = new ArrayList<>();
    Map<String, EdgeClient> last = new ConcurrentHashMap<>();
    for (int writer = 0; writer < 3; writer++) {
      Random random = new Random(writer);
      running.add(threads.submit(() -> {
        for (int i = 0; i < 60; i++) {
          fleet.set(scopes[random.nextInt(scopes.length)], VOLUME, random.nextInt(1_000_000));
        }
      }));
    }
    for (String name : devices) {
      Random random = new Random(name.hashCode());
      running.add(threads.submit(() -> {
        for (int round = 0; round < 4; round++) {
          List<ConfigChange> changes = new CopyOnWriteArrayList<>(); // of one process's life
          heard.add(changes);
          EdgeClient client = EdgeClient.builder()
              .gateway(URI.create("ws://127.0.0.1:" + server.devicesAddress().getPort()))
              .device(name)
              .settings(FPS, VOLUME)
              .inMemory()
              .start();
          client.onChange(changes::add);
          client.awaitSynced(Duration.ofSeconds(random.nextInt(2) + 1));
          if (round < 3) {
            client.close();
          } else {
            last.put(name, client);
          }
        }
        return null;
      }));
    }
    for (Future<?> each : running) {
      each.get();
    }
    threads.shutdown();
    open.addAll(last.values());
    Resolver resolver = new Resolver(fleet.settings.catalogue(), Fleet.HIERARCHY);
    for (Map.Entry<String, EdgeClient> entry : last.entrySet()) {
      await().untilAsserted(() -> {
        EffectiveConfig wanted = resolver.resolve(
            fleet.profiles.onPathOf(entry.getKey()).profiles(), DeviceContext.NONE, Instant.now());
        assertThat(entry.getValue().config().fingerprint()).isEqualTo(wanted.fingerprint());
      });
    }
    Set<Integer> committed = new HashSet<>(Set.of(VOLUME.defaultValue()));
    for (long revision = 1; revision <= fleet.changes.latestRevision(); revision++) {
      fleet.changes.editsOf(revision, 10).forEach(edited -> {
        JsonNode after = edited.after();
        if (after != null) {
          committed.add(after.intValue());
        }
      });
    }
    heard.forEach(changes -> assertThat(changes)
        .allSatisfy(change -> assertThat(committed).contains(change.now().get(VOLUME)))
        .extracting(change -> change.now().revision())
        .isSorted()
        .doesNotHaveDuplicates());
  }
}
