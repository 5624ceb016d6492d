package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Live;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Rule 10 of PROTOCOL.md, seen from the gateway; all that takes time takes as long as is said here. */
final class StepTimesTest {
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final String OTHER = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

  private final TestGateway gateway = new TestGateway();
  private final TestTime time = new TestTime();
  private volatile long random;
  private final EdgeClient client = dashcam(gateway.uri())
      .store(new SlowStore())
      .scheduler(time)
      .nanoClock(time::nanos)
      .random(() -> random)
      .start();
  private final Live<Integer> view = client.live(this::slowFps);
  private TestGateway.Connection connection;

  /** Takes 1,900.6 µs. */
  private final class SlowStore extends EdgeStore {
    private final EdgeStore memory = EdgeStore.inMemory();

    @Override
    Stored open(String device) throws IOException {
      return memory.open(device);
    }

    @Override
    void save(Stored stored) throws IOException {
      memory.save(stored);
      pass(1_900_600);
    }

    @Override
    void close() {
      memory.close();
    }
  }

  /** Takes 1,300.6 µs, and refuses more than 40. */
  private int slowFps(EffectiveConfig config) {
    pass(1_300_600);
    return Dashcam.slowFps(config);
  }

  private void pass(long nanos) {
    time.advance(Duration.ofNanos(nanos));
  }

  @BeforeEach
  void sync() throws Exception {
    client.onChange(FPS, change -> pass(700_000));
    connection = gateway.accept();
    connection.next("hello");
    connection.full(1, fps(ACME, 1, 20)).ackOf(1);
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
    time.shutdownNow();
  }

  private static JsonNode told(JsonNode ack) {
    assertThat(ack.has("trace")).as(ack.toString()).isTrue();
    return ack.path("trace");
  }

  private static List<String> steps(JsonNode ack) {
    return StreamSupport.stream(told(ack).path("steps").spliterator(), false)
        .map(step ->
            step.path(0).asString() + (step.size() > 3 ? ": " + step.path(3).asString() : ""))
        .toList();
  }

  @Test
  void trace_beforeALiveChange_getsTheTimesOfItsSteps() throws Exception {
    connection.trace(TRACE).awaitTaken();
    pass(300_300);
    connection.edits(setFps(ACME, 1, 2, 30)).awaitTaken();
    pass(500_100);
    connection.complete(2);

    JsonNode ack = connection.next("ack");

    assertThat(told(ack).toString())
        .isEqualTo(
            "{\"trace\":\"" + TRACE + "\",\"elapsed\":4701,\"steps\":["
                + "[\"receive\",0,800],[\"resolve\",800,1301],[\"store\",2101,1900],[\"switch\",4001,700]]}");
    assertThat(view.get()).isEqualTo(30);
  }

  @Test
  void elapsed_countsTheTimeThatTheAckWaits() throws Exception {
    delayAcks();
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 30)).complete(2).awaitTaken();
    time.advance(Duration.ofMillis(200));

    JsonNode told = told(connection.next("ack"));

    assertThat(told.path("elapsed").longValue())
        .isEqualTo(
            Duration.ofMillis(200).plusNanos(1_300_600 + 1_900_600 + 700_000).toNanos() / 1_000);
  }

  @Test
  void trace_isToldOnce() throws Exception {
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 30)).complete(2);
    assertThat(told(connection.next("ack")).path("trace").stringValue()).isEqualTo(TRACE);
    connection.edits(setFps(ACME, 2, 3, 31)).complete(3);
    assertThat(connection.next("ack").has("trace")).isFalse();
  }

  @Test
  void trace_beforeOrWithinATransfer_getsItsSteps() throws Exception {
    connection.trace(TRACE).full(2, fps(ACME, 2, 30));
    assertThat(steps(connection.next("ack")))
        .containsExactly("receive", "resolve", "store", "switch");
    connection.begin("changes", 3).trace(OTHER).profile(fps(ACME, 3, 31)).complete(3);
    assertThat(steps(connection.next("ack")))
        .containsExactly("receive", "resolve", "store", "switch");
  }

  @Test
  void transferWithoutOtherProfiles_isStoredOnly() throws Exception {
    connection.trace(TRACE).begin("none", 2).complete(2);
    assertThat(steps(connection.next("ack"))).containsExactly("receive", "store");
    connection.trace(TRACE).begin("none", 2).complete(2);
    assertThat(steps(connection.next("ack"))).containsExactly("receive");
  }

  @Test
  void ofSeveralTraces_theNewestCounts() throws Exception {
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 30)).trace(OTHER).complete(2);
    assertThat(told(connection.next("ack")).path("trace").stringValue()).isEqualTo(OTHER);
  }

  /** From now on acks wait until time passes. */
  private void delayAcks() throws Exception {
    random = Long.MAX_VALUE / 2;
    connection.begin("none", 1, 200, 30_000).complete(1).awaitTaken();
    time.advance(Duration.ofMillis(200));
    connection.ackOf(1);
  }

  @Test
  void traceBeforeTheAckOfAnother_isTheOnlyOneTold() throws Exception {
    delayAcks();
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 30)).complete(2).awaitTaken();
    connection.trace(OTHER).awaitTaken();
    time.advance(Duration.ofMillis(200));
    assertThat(connection.next("ack").has("trace"))
        .as("nothing is complete yet")
        .isFalse();

    connection.edits(setFps(ACME, 2, 3, 31)).complete(3).awaitTaken();
    time.advance(Duration.ofMillis(200));
    assertThat(told(connection.next("ack")).path("trace").stringValue()).isEqualTo(OTHER);
  }

  @Test
  void changeThatNobodyAskedAbout_keepsNothingFromBeingTold() throws Exception {
    delayAcks();
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 30)).complete(2);
    connection.edits(setFps(ACME, 2, 3, 31)).complete(3).awaitTaken();
    time.advance(Duration.ofMillis(200));

    JsonNode ack = connection.next("ack");

    assertThat(ack.path("effective").longValue()).isEqualTo(3);
    assertThat(steps(ack)).containsExactly("receive", "resolve", "store", "switch");
  }

  @Test
  void lostConnection_forgets() throws Exception {
    connection.trace(TRACE).awaitTaken();
    connection.cut();
    connection = gateway.accept();
    connection.next("hello");
    connection.full(2, fps(ACME, 2, 30));
    assertThat(connection.next("ack").has("trace")).isFalse();
  }

  @Test
  void gap_isAPartOfReceiving() throws Exception {
    connection.trace(TRACE).edits(setFps(ACME, 5, 6, 30)).complete(6).next("hello");
    pass(1_000_000);
    connection.full(6, fps(ACME, 6, 30));
    JsonNode ack = connection.next("ack");
    assertThat(steps(ack)).containsExactly("receive", "resolve", "store", "switch");
    assertThat(told(ack).path("steps").path(0).path(2).longValue()).isEqualTo(1_000);
  }

  @Test
  void configThatBreaksARule_isRefusedInResolve() throws Exception {
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 99)).complete(2);
    JsonNode ack = connection.next("ack");
    assertThat(ack.has("rejected")).isTrue();
    assertThat(steps(ack))
        .as("what was good is resolved again: time may have changed it")
        .containsExactly("receive", "resolve: refused", "store", "resolve", "switch");
  }

  @Test
  void configThatAViewThrowsAt_isRefusedInResolve() throws Exception {
    connection.trace(TRACE).edits(setFps(ACME, 1, 2, 50)).complete(2);
    JsonNode ack = connection.next("ack");
    assertThat(ack.has("rejected")).isTrue();
    assertThat(steps(ack))
        .containsExactly("receive", "resolve: refused", "store", "resolve", "switch");
    assertThat(told(ack).path("steps").path(1).path(2).longValue()).isEqualTo(1_300);
  }

  @Test
  void traceThatCannotBeRepeated_isIgnored() throws Exception {
    connection.text("{\"type\":\"trace\"}");
    connection.text("{\"type\":\"trace\",\"trace\":17}");
    connection.trace("").trace("x".repeat(513)).edits(setFps(ACME, 1, 2, 30)).complete(2);
    JsonNode ack = connection.next("ack");
    assertThat(ack.path("effective").longValue()).isEqualTo(2);
    assertThat(ack.has("trace")).isFalse();

    connection.trace("x".repeat(512)).complete(3);
    assertThat(told(connection.next("ack")).path("trace").stringValue()).hasSize(512);
  }
}
