package dev.chasqui.app;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.FPS;
import static dev.chasqui.app.TestFleet.VOLUME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.hierarchicalconfig.tracing.ConfigStamp;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.sdk.TraceStore;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The story of a change as traces tell it: on the node's own page, and wherever OpenTelemetry's variables send it. */
@ExtendWith(RealServers.class)
final class TracesTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String COMMIT = "POST /api/v1/changes > commit change";
  private static final String PUSH =
      COMMIT + " > relay change > send config.changes > process config.changes > push";

  private final List<AutoCloseable> open = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private TestFleet fleet;
  private Collector collector;
  private Server server;

  @BeforeEach
  void start(RealPostgres postgres, RealRedis redis) throws IOException {
    fleet = new TestFleet(postgres);
    open.add(fleet);
    collector = new Collector();
    open.add(0, collector);
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = Server.start(new ServerConfig(
        "one",
        postgres.jdbcUrl(),
        postgres.username(),
        postgres.password(),
        redis.uri(),
        anyPort,
        anyPort,
        Duration.ofMillis(20),
        Duration.ofSeconds(30),
        Duration.ZERO,
        Set.of(),
        Map.of(
            "otel.exporter.otlp.endpoint", collector.endpoint(),
            "otel.exporter.otlp.protocol", "http/protobuf",
            "otel.bsp.schedule.delay", "50")));
    open.add(0, server);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private EdgeClient edge(String device) throws InterruptedException {
    EdgeClient client = EdgeClient.builder()
        .gateway(URI.create("ws://127.0.0.1:" + server.devicesAddress().getPort()))
        .device(device)
        .settings(FPS, VOLUME)
        .inMemory()
        .start();
    open.add(0, client);
    assertThat(client.awaitSynced(LIMIT)).isTrue();
    return client;
  }

  private HttpResponse<String> ask(HttpRequest.Builder request) throws Exception {
    return http.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder at(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + path));
  }

  private HttpResponse<String> change(int fps) throws Exception {
    return ask(at("/api/v1/changes")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("""
            {"author": "ann", "reason": "sharper", "edits": [
              {"scope": "company:acme", "key": "camera.fps", "value": %d}]}""".formatted(fps))));
  }

  @Test
  void change_fromTheClickToTheAck_isOneStory() throws Exception {
    EdgeClient a1 = edge("a1");
    edge("a2");
    edge("b1");

    HttpResponse<String> changed = change(42);

    assertThat(changed.statusCode()).isEqualTo(201);
    await().atMost(LIMIT).until(() -> a1.config().get(FPS) == 42);
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(collector.paths())
            .filteredOn(path -> path.startsWith(COMMIT))
            .containsExactlyInAnyOrder(
                COMMIT,
                COMMIT + " > apply edits",
                COMMIT + " > write outbox",
                COMMIT + " > relay change",
                COMMIT + " > relay change > send config.changes",
                COMMIT + " > relay change > send config.changes > process config.changes",
                PUSH,
                PUSH,
                PUSH + " > receive config",
                PUSH + " > receive config",
                PUSH + " > receive config > receive",
                PUSH + " > receive config > receive",
                PUSH + " > receive config > resolve",
                PUSH + " > receive config > resolve",
                PUSH + " > receive config > store",
                PUSH + " > receive config > store",
                PUSH + " > receive config > switch",
                PUSH + " > receive config > switch",
                PUSH + " > ack",
                PUSH + " > ack"));
    assertThat(collector.traces()).hasSize(1);
    assertThat(collector.isWithinItsParent("store")).isTrue();

    traced(a1);

    String id = collector.traces().iterator().next();
    assertThat(changed.headers().firstValue("traceresponse").orElseThrow()).contains(id);
    assertThat(ask(at("/traces")).body())
        .contains("/traces/" + id, "POST /api/v1/changes", "/changes/2");
    assertThat(ask(at("/traces/" + id.substring(0, 8))).body())
        .contains("commit change", "relay change", "push", "switch", "ack");
    assertThat(ask(at("/changes/2")).body()).contains("href=\"/traces/" + id);
  }

  /** What the software of a device does later says under which revision that was. */
  private static void traced(EdgeClient device) {
    TraceStore store = new TraceStore(10, 10);
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(store).build()) {
      Tracing.builder("dashcam")
          .openTelemetry(OpenTelemetrySdk.builder().setTracerProvider(provider).build())
          .stamp(new ConfigStamp(device::config))
          .build()
          .run("record clip", () -> {});
      assertThat(store.recent().get(0).spans().get(0).getAttributes().asMap())
          .containsEntry(AttributeKey.longKey("config.revision"), 2L);
    }
  }

  @Test
  void change_forManyDevices_asksAFewOfThem() throws Exception {
    for (int i = 0; i < 60; i++) {
      fleet.enrol(TestFleet.device("many" + i, ACME));
    }
    List<EdgeClient> clients = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      clients.add(edge("many" + i));
    }

    change(42);

    await()
        .atMost(LIMIT)
        .until(() -> clients.stream().allMatch(client -> client.config().get(FPS) == 42));
    await()
        .atMost(LIMIT)
        .until(() -> collector.paths().stream().anyMatch(path -> path.endsWith("push > ack")));
    server.close(); // which sends what waits
    assertThat(collector.paths()).filteredOn(path -> path.equals(PUSH)).hasSizeBetween(1, 20);
    assertThat(collector.paths().size()).isLessThan(160);
  }

  @Test
  void requests_thatOnlyRead_areSampledIfTheirCallerIs() throws Exception {
    HttpResponse<String> read = ask(at("/changes"));
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.headers().firstValue("traceresponse").orElseThrow()).endsWith("-02");
    HttpResponse<String> sampled = ask(at("/changes")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assertThat(sampled.headers().firstValue("traceresponse").orElseThrow())
        .startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        .endsWith("-01");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(ask(at("/traces/4bf92f35")).body()).contains("GET /changes"));
    assertThat(ask(at("/traces/0000")).statusCode()).isEqualTo(404);
  }

  @Test
  void metrics_ofWhatIsTraced_nameItsTrace() throws Exception {
    edge("a1");
    List<String> ids = new ArrayList<>();
    await().atMost(LIMIT).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
      // Again and again: of what comes within a tenth of a second Prometheus' client takes one.
      HttpResponse<String> changed = change(20 + ids.size() % 40);
      ids.add(changed.headers().firstValue("traceresponse").orElseThrow().substring(3, 35));
      String any = "_bucket.+trace_id=\"(" + String.join("|", ids) + ")";
      assertThat(ask(at("/metrics").header("Accept", "application/openmetrics-text"))
              .body())
          .containsPattern("chasqui_stage_published_seconds" + any)
          .containsPattern("chasqui_stage_sent_seconds" + any)
          .endsWith("# EOF\n");
    });
    assertThat(ask(at("/metrics")).body()).doesNotContain("trace_id");
  }

  @Test
  void refusals_ofEdits_areNoErrors() throws Exception {
    assertThat(change(-7).statusCode()).isEqualTo(422);
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(collector.paths()).contains(COMMIT + " > apply edits"));
    assertThat(ask(at("/traces")).body()).doesNotContain("span failed", "spans failed");
  }
}
