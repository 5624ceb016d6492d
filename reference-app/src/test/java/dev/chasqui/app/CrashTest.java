package dev.chasqui.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.store.Node;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.edgeclient.EdgeStatus;
import dev.chasqui.edgeclient.JdkTransport;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed, as by {@code kill -9}, after a change was committed. */
@ExtendWith(RealServers.class)
final class CrashTest {
  private static final int DEVICES = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  /** Reconnect after 300 ms however often it failed: ten crashes in a row are rare outside tests. */
  private static final RandomGenerator SOON = () -> 600_000_000L;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final JdkTransport transport = new JdkTransport();
  private final List<Truck> trucks = new ArrayList<>();
  private TestFleet fleet;
  private List<String> command;
  private URI admin;
  private Path log;
  private Process server;

  /** A device, and every value that its listener was told. */
  private record Truck(EdgeClient client, List<Integer> heard) {
    boolean runsWith(int value) {
      return client.get(TestFleet.VOLUME) == value;
    }
  }

  /** How far a change has come when the server dies; each holds on once it is reached. */
  private enum Moment {
    COMMITTED,
    PUBLISHED,
    FIRST_DEVICE,
    QUARTER_OF_DEVICES,
    HALF_OF_DEVICES,
    ALL_DEVICES,
    ANSWERED,
    FIRST_ACK_COUNTED,
    HALF_OF_ACKS_COUNTED,
    ALL_ACKS_COUNTED
  }

  @BeforeEach
  void start(RealPostgres postgres, RealRedis redis, @TempDir Path directory) throws IOException {
    fleet = new TestFleet(postgres);
    fleet.enrol(IntStream.range(0, DEVICES)
        .mapToObj(i -> TestFleet.device("truck-" + i, TestFleet.BOLT))
        .toArray(Node[]::new));
    log = directory.resolve("server.log");
    int devicePort = freePort();
    admin = URI.create("http://127.0.0.1:" + freePort());
    command = List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.chasqui.app.Main",
        "serve",
        "--postgres-url=" + postgres.jdbcUrl(),
        "--postgres-user=" + postgres.username(),
        "--postgres-password=" + postgres.password(),
        "--redis-uri=" + redis.uri(),
        "--admin=127.0.0.1:" + admin.getPort(),
        "--devices=127.0.0.1:" + devicePort);
    startServer();
    for (int i = 0; i < DEVICES; i++) {
      trucks.add(truck(i, devicePort));
    }
    eventually(
        "all are connected",
        () -> trucks.stream()
            .allMatch(truck -> truck.client().status().state() == EdgeStatus.State.LIVE));
  }

  private Truck truck(int number, int port) {
    List<Integer> heard = new CopyOnWriteArrayList<>();
    EdgeClient client = EdgeClient.builder()
        .gateway(URI.create("ws://127.0.0.1:" + port))
        .device("truck-" + number)
        .settings(TestFleet.FPS, TestFleet.VOLUME)
        .inMemory()
        .transport(transport)
        .random(SOON)
        .start();
    client.onChange(TestFleet.VOLUME, change -> heard.add(change.now()));
    return new Truck(client, heard);
  }

  @AfterEach
  void stop() throws InterruptedException {
    trucks.forEach(truck -> truck.client().close());
    transport.close();
    if (server != null) {
      server.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    fleet.close();
  }

  @Test
  void change_serverKilledAtTenMoments_reachesEveryListenerOnce() throws Exception {
    List<Integer> committed = new ArrayList<>();
    List<Long> revisions = new ArrayList<>();
    for (Moment moment : Moment.values()) {
      int value = 100 + committed.size();
      long revision = fleet.changes.latestRevision() + 1;
      CompletableFuture<HttpResponse<Void>> answer = commit(value);
      eventually(moment.name(), () -> isReached(moment, revision, value, answer));
      server.destroyForcibly().waitFor(10, TimeUnit.SECONDS); // SIGKILL: no hook runs
      answer.cancel(true);
      committed.add(value);
      revisions.add(revision);
      startServer();
      eventually(
          "all run with what was committed before " + moment,
          () -> trucks.stream().allMatch(truck -> truck.runsWith(value)));
    }
    assertThat(trucks)
        .allSatisfy(truck -> assertThat(truck.heard()).containsExactlyElementsOf(committed));
    eventually(
        "all acks of all changes are counted",
        () -> revisions.stream().allMatch(revision -> acksCounted(revision) == DEVICES));
  }

  private boolean isReached(Moment moment, long revision, int value, CompletableFuture<?> answer) {
    long running = trucks.stream().filter(truck -> truck.runsWith(value)).count();
    return switch (moment) {
      case COMMITTED -> fleet.changes.latestRevision() >= revision;
      case PUBLISHED -> fleet.changes.latestRevision() >= revision && outbox() == 0;
      case FIRST_DEVICE -> running >= 1;
      case QUARTER_OF_DEVICES -> running >= DEVICES / 4;
      case HALF_OF_DEVICES -> running >= DEVICES / 2;
      case ALL_DEVICES -> running == DEVICES;
      case ANSWERED -> answer.isDone();
      case FIRST_ACK_COUNTED -> acksCounted(revision) >= 1;
      case HALF_OF_ACKS_COUNTED -> acksCounted(revision) >= DEVICES / 2;
      case ALL_ACKS_COUNTED -> acksCounted(revision) == DEVICES;
    };
  }

  private CompletableFuture<HttpResponse<Void>> commit(int value) {
    String body = """
        {"author": "ann", "reason": "crash", "edits": [
          {"scope": "company:bolt", "key": "audio.volume", "value": %d}]}""".formatted(value);
    return http.sendAsync(
        HttpRequest.newBuilder(admin.resolve("/api/v1/changes"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.discarding());
  }

  private int outbox() {
    return fleet
        .jdbi()
        .withHandle(handle ->
            handle.createQuery("select count(*) from outbox").mapTo(int.class).one());
  }

  private int acksCounted(long revision) {
    return fleet
        .jdbi()
        .withHandle(handle -> handle
            .createQuery(
                "select count(*) from convergence where revision = :revision and effective_at is not null")
            .bind("revision", revision)
            .mapTo(int.class)
            .one());
  }

  private void startServer() throws IOException {
    server = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
    eventually("the server is ready", this::isReady);
  }

  private boolean isReady() {
    try {
      assertThat(server.isAlive()).as("%s", log()).isTrue();
      return http.send(
                  HttpRequest.newBuilder(admin.resolve("/health/ready"))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false; // not yet
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .pollInterval(Duration.ofMillis(2))
        .pollDelay(Duration.ZERO)
        .atMost(PATIENCE)
        .until(condition::getAsBoolean);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
