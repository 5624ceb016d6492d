package dev.chasqui.app.gateway;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.FPS;
import static dev.chasqui.app.TestFleet.VOLUME;
import static dev.chasqui.app.TestFleet.device;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.TestDevice;
import dev.chasqui.app.TestFleet;
import dev.chasqui.app.convergence.AckIntake;
import dev.chasqui.app.convergence.DevicePresence;
import dev.chasqui.app.pipeline.ChangeEvent;
import dev.chasqui.app.pipeline.ChangeListener;
import dev.chasqui.app.pipeline.ChangeTail;
import dev.chasqui.app.pipeline.OutboxRelay;
import dev.chasqui.app.pipeline.Redis;
import dev.chasqui.app.store.Node;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.edgeclient.JdkTransport;
import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.sdk.TraceStore;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Changes from their commit to devices that are asked for their steps, over real servers and sockets. */
@ExtendWith(RealServers.class)
final class InquiryTest {
  private static final AttributeKey<String> DEVICE = AttributeKey.stringKey("device.id");
  private static final AttributeKey<Long> REVISION = AttributeKey.longKey("change.revision");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final String UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

  /** Event loops of a gateway. */
  private static final int LOOPS = Math.min(8, Runtime.getRuntime().availableProcessors());

  private final Deque<AutoCloseable> open = new ArrayDeque<>(); // the newest first
  private final TraceStore traces = new TraceStore(10_000, 10_000);
  private final OpenTelemetrySdk sdk = opened(OpenTelemetrySdk.builder()
      .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(traces).build())
      .build());
  private final Tracing tracing = Tracing.of("test", sdk);
  private final JdkTransport transport = opened(new JdkTransport(2));
  private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
  private TestFleet fleet;
  private DeviceGateway gateway;

  /** In which the next changes are processed, each with a span of its own. */
  private volatile Context processing = Context.root();

  private volatile boolean isFollowed = true;

  @BeforeEach
  void start(RealPostgres postgres, RealRedis realRedis) throws Exception {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    open.push(scheduler::shutdownNow);
    fleet = opened(new TestFleet(postgres));
    Redis redis = opened(new Redis(realRedis.uri()));
    AckIntake acks = opened(new AckIntake(redis, fleet.meters));
    acks.start();
    gateway = opened(new DeviceGateway(
        new DeviceGateway.Config(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Duration.ofMillis(20),
            Duration.ofSeconds(30),
            Duration.ZERO),
        fleet.profiles,
        acks,
        opened(new DevicePresence(fleet.jdbi(), "node")),
        fleet.meters,
        tracing));
    gateway.start();
    ChangeTail tail = opened(
        new ChangeTail(redis, fleet.changes, new Processing(), fleet.meters, TestFleet.TRACING));
    tail.start();
    OutboxRelay relay = opened(new OutboxRelay(
        postgres.jdbcUrl(),
        postgres.username(),
        postgres.password(),
        fleet.jdbi(),
        redis,
        fleet.changes,
        fleet.meters,
        TestFleet.TRACING));
    relay.start();
  }

  /** Hands changes to the gateway in a span, unless nobody follows them. */
  private final class Processing implements ChangeListener {
    @Override
    public void changed(ChangeEvent change) {
      if (isFollowed) {
        tracing.step("process change", processing).run(() -> gateway.changed(change));
      } else {
        gateway.changed(change);
      }
    }

    @Override
    public void reset() {
      gateway.reset();
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private EdgeClient edge(String device) {
    return opened(EdgeClient.builder()
        .gateway(URI.create("ws://127.0.0.1:" + gateway.address().getPort()))
        .device(device)
        .settings(FPS, VOLUME)
        .inMemory()
        .transport(transport)
        .scheduler(scheduler)
        .start());
  }

  private TestDevice hand(String device) throws InterruptedException {
    return opened(TestDevice.synced(gateway.address(), device));
  }

  private static void awaitSynced(List<EdgeClient> clients) throws InterruptedException {
    for (EdgeClient client : clients) {
      assertThat(client.awaitSynced(Duration.ofMinutes(1))).isTrue();
    }
  }

  private List<SpanData> spans() {
    return traces.recent().stream().flatMap(trace -> trace.spans().stream()).toList();
  }

  private List<SpanData> spans(String name) {
    return spans().stream().filter(span -> span.getName().equals(name)).toList();
  }

  private List<SpanData> awaitSpans(String name, int count) {
    await().untilAsserted(() -> assertThat(spans(name)).hasSize(count));
    return spans(name);
  }

  /** In the order that they began. */
  private List<SpanData> below(SpanData span) {
    return spans().stream()
        .filter(other -> other.getParentSpanId().equals(span.getSpanId()))
        .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos))
        .toList();
  }

  private SpanData below(SpanData span, String name) {
    List<SpanData> found =
        below(span).stream().filter(other -> other.getName().equals(name)).toList();
    assertThat(found).as(name + " below " + span.getName()).hasSize(1);
    return found.get(0);
  }

  @Test
  void change_withASampledSpan_reachesThreeDevices_eachWithItsStepsBelowItsPush() throws Exception {
    fleet.enrol(device("a3", ACME));
    List<EdgeClient> clients = List.of(edge("a1"), edge("a2"), edge("a3"), edge("b1"));
    awaitSynced(clients);

    long revision = fleet.set(ACME, FPS, 42).orElseThrow();

    awaitSpans("ack", 3);
    List<SpanData> pushes = spans("process change").stream()
        .map(this::below)
        .filter(below -> !below.isEmpty()) // the enrolment is a change for nobody
        .findFirst()
        .orElseThrow();
    assertThat(pushes)
        .extracting(push -> push.getAttributes().get(DEVICE))
        .containsExactlyInAnyOrder("a1", "a2", "a3");
    assertThat(pushes).allSatisfy(push -> {
      assertThat(push.getName()).isEqualTo("push");
      assertThat(push.getKind()).isEqualTo(SpanKind.PRODUCER);
      SpanData received = below(push, "receive config");
      SpanData ack = below(push, "ack");
      for (SpanData each : List.of(push, received, ack)) {
        assertThat(each.getAttributes().get(DEVICE))
            .isEqualTo(push.getAttributes().get(DEVICE));
        assertThat(each.getAttributes().get(REVISION)).isEqualTo(revision);
        assertThat(each.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      }
      assertThat(below(received))
          .extracting(SpanData::getName)
          .containsExactlyInAnyOrder("receive", "resolve", "store", "switch");
      assertThat(below(received)).allSatisfy(step -> {
        assertThat(step.getStartEpochNanos()).isGreaterThanOrEqualTo(received.getStartEpochNanos());
        assertThat(step.getEndEpochNanos()).isLessThanOrEqualTo(received.getEndEpochNanos());
      });
    });
    assertThat(fleet.meters.counter("chasqui.gateway.asked").count()).isEqualTo(3);
  }

  @Test
  void changeOfSeveralProfiles_isAskedAboutToo() throws Exception {
    TestDevice a1 = hand("a1");
    fleet.changes.commit(
        TestFleet.signature(),
        List.of(TestFleet.edit(ACME, FPS, 30), TestFleet.edit(Scope.GLOBAL, VOLUME, 3)));
    assertThat(a1.transfer())
        .extracting(frame -> frame.path("type").asString())
        .containsExactly("trace", "edits", "edits", "complete");
  }

  @Test
  void manyDevices_areNotAllAsked_andForTheSameTraceTheSameOnes() throws Exception {
    // More than 20 in all, and fewer on each event loop: new connections go to each in turn.
    int count = Math.max(24, 15 * LOOPS);
    fleet.enrol(
        IntStream.range(0, count).mapToObj(i -> device("d" + i, ACME)).toArray(Node[]::new));
    List<EdgeClient> clients =
        IntStream.range(0, count).mapToObj(i -> edge("d" + i)).toList();
    awaitSynced(clients);

    Set<String> first = tracing.call("watch", () -> asked(clients, 42));
    Set<String> again = tracing.root("watch").call(() -> {
      asked(clients, 43);
      return asked(clients, 44);
    });

    assertThat(again).isNotEqualTo(first);
    assertThat(fleet.meters.counter("chasqui.gateway.asked").count())
        .isEqualTo(spans("push").size());
    List<Set<String>> ofOneTrace = spans("process change").stream()
        .filter(process -> devices(process).equals(again))
        .map(this::devices)
        .toList();
    assertThat(ofOneTrace).as("the same ones for both changes of a trace").hasSize(2);
  }

  /** Which devices are asked about a change in the current trace. */
  private Set<String> asked(List<EdgeClient> clients, int fps) {
    processing = Context.current();
    long revision = fleet.set(ACME, FPS, fps).orElseThrow();
    await()
        .untilAsserted(() ->
            assertThat(clients).allSatisfy(client -> assertThat(client.get(FPS)).isEqualTo(fps)));
    int asked = 20 / LOOPS * LOOPS; // each has the same share of 20
    await().untilAsserted(() -> assertThat(devices("ack", revision)).hasSize(asked));
    assertThat(devices("push", revision)).isEqualTo(devices("ack", revision));
    return devices("push", revision);
  }

  private Set<String> devices(String span, long revision) {
    return spans(span).stream()
        .filter(each -> Long.valueOf(revision).equals(each.getAttributes().get(REVISION)))
        .map(each -> each.getAttributes().get(DEVICE))
        .collect(Collectors.toSet());
  }

  private Set<String> devices(SpanData process) {
    return below(process).stream()
        .map(push -> push.getAttributes().get(DEVICE))
        .collect(Collectors.toSet());
  }

  @Test
  void changeThatADeviceRefuses_isAnErrorOfTheDevice() throws Exception {
    EdgeClient client = edge("a1");
    Live<Integer> view = client.live(config -> {
      if (config.get(FPS) > 40) {
        throw new IllegalArgumentException("fps must be at most 40");
      }
      return config.get(FPS);
    });
    awaitSynced(List.of(client));

    fleet.set(ACME, FPS, 42);

    awaitSpans("ack", 1);
    SpanData received = spans("receive config").get(0);
    assertThat(received.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(received.getAttributes().get(ERROR_TYPE)).isEqualTo("refused");
    assertThat(below(received))
        .filteredOn(step -> step.getName().equals("resolve"))
        .extracting(step -> step.getAttributes().get(ERROR_TYPE))
        .contains("refused");
    assertThat(view.get()).isEqualTo(15);
  }

  @Test
  void changeWithoutASampledSpan_isAskedAboutByNobody() throws Exception {
    processing = tracing.extract(Map.of("traceparent", UNSAMPLED));
    TestDevice a1 = hand("a1");
    for (boolean isUnsampled : List.of(true, false)) {
      isFollowed = isUnsampled; // or there is no span at all
      fleet.set(ACME, FPS, isUnsampled ? 42 : 43);
      assertThat(a1.transfer())
          .extracting(frame -> frame.path("type").asString())
          .containsExactly("edits", "complete");
    }
    assertThat(spans()).isEmpty();
  }

  /** The token that a device is asked under. */
  private String nextToken(TestDevice device, int fps) throws InterruptedException {
    fleet.set(ACME, FPS, fps);
    JsonNode trace = device.transfer().get(0);
    assertThat(trace.path("type").asString()).isEqualTo("trace");
    return trace.path("trace").asString();
  }

  private static String ack(String trace) {
    return "{\"type\":\"ack\",\"received\":1,\"effective\":1,\"trace\":" + trace + '}';
  }

  private double acks() {
    return fleet.meters.counter("chasqui.acks").count();
  }

  @Test
  void badAnswer_costsNeitherTheAckNorTheConnection() throws Exception {
    TestDevice a1 = hand("a1");
    List<String> bad = List.of(
        "\"elapsed\":1",
        "\"elapsed\":1,\"steps\":{}",
        "\"steps\":[]",
        "\"elapsed\":-1,\"steps\":[]",
        "\"elapsed\":1.5,\"steps\":[]",
        "\"elapsed\":99999999999999999999,\"steps\":[]",
        "\"elapsed\":1,\"steps\":[7]",
        "\"elapsed\":1,\"steps\":[[]]",
        "\"elapsed\":1,\"steps\":[[\"store\",-1,1]]",
        "\"elapsed\":1,\"steps\":[[\"store\",0,-1]]",
        "\"elapsed\":1,\"steps\":[[\"\",0,1]]",
        "\"elapsed\":1,\"steps\":[[{\"a\":1},0,1]]",
        "\"elapsed\":1,\"steps\":[" + "[\"a\",0,1],".repeat(32) + "[\"a\",0,1]]");
    for (int i = 0; i < bad.size(); i++) {
      String token = nextToken(a1, i + 1);
      a1.send(ack("{\"trace\":\"" + token + "\"," + bad.get(i) + '}'));
      awaitSpans("ack", i + 1);
    }
    assertThat(acks()).isEqualTo(bad.size());
    assertThat(spans("receive config")).isEmpty();
    assertThat(a1.isOpen()).isTrue();
  }

  @Test
  void answerThatNobodyAskedFor_isAnAckAndNothingElse() throws Exception {
    TestDevice a1 = hand("a1");
    String answer = "{\"trace\":\"" + UNSAMPLED + "\",\"elapsed\":1,\"steps\":[]}";
    a1.send(ack(answer));
    String token = nextToken(a1, 42);
    a1.send(ack(answer)).send(ack("7")).send(ack("{\"trace\":{}}"));
    String good =
        ack("{\"trace\":\"" + token + "\",\"elapsed\":1,\"steps\":[[\"x\",0,1,\"no\",8]]}");
    a1.send(good).send(good); // once is enough
    await().untilAsserted(() -> assertThat(acks()).isEqualTo(6));

    assertThat(spans("ack")).hasSize(1);
    assertThat(spans("receive config")).hasSize(1);
    // Names and types of errors are few, whatever a device makes up.
    assertThat(spans("other step").get(0).getAttributes().get(ERROR_TYPE)).isEqualTo("_OTHER");
    assertThat(a1.isOpen()).isTrue();
  }
}
