package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.awaitStatus;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReconnectTest {
  /** As a random number: the greatest below each of the back-off's bounds. */
  private static final long LATEST = 2 * 960_000_000_000L - 1;

  private final TestGateway gateway = new TestGateway();
  private final TestTime time = new TestTime();
  private EdgeClient client = start(gateway.uri());

  private EdgeClient start(URI uri) {
    return builder(uri).start();
  }

  private EdgeClient.Builder builder(URI uri) {
    return dashcam(uri).inMemory().scheduler(time).nanoClock(time::nanos);
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
    time.shutdownNow();
  }

  private void stopFirst() throws Exception {
    gateway.accept();
    client.close();
    await().until(() -> time.waiting().isEmpty());
  }

  private TestGateway.Connection synced() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.full(1, fps(ACME, 1, 20)).ackOf(1);
    return connection;
  }

  @Test
  void start_withoutNetwork_returnsAndServesTheDefaults() throws Exception {
    stopFirst();
    URI nowhere = gateway.uri();
    gateway.close();
    client = builder(nowhere).random(() -> LATEST).start();
    EdgeStatus status = awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(client.get(FPS)).isEqualTo(15);
    assertThat(status.problem()).contains(nowhere.toString()).contains("ConnectException");
    assertThat(client.awaitSynced(Duration.ofMillis(1))).isFalse();
  }

  @Test
  void failuresInARow_doubleTheBoundUpToAMinute() {
    Backoff backoff = new Backoff(() -> LATEST);
    for (long bound : new long[] {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      assertThat(backoff.failed()).isEqualTo(Duration.ofSeconds(bound).toNanos() - 1);
    }
    backoff.reset();
    assertThat(backoff.failed()).isLessThan(Duration.ofSeconds(1).toNanos());
  }

  @Test
  void unknownDevice_saysSoAndRetriesSlowly() throws Exception {
    stopFirst();
    gateway.refuse(404, Map.of());
    client = start(gateway.uri());
    EdgeStatus status = awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(status.problem()).contains("does not know device acme-truck-7-cam (404)");
    gateway.open();
    assertThat(time.waiting()).containsExactly(Duration.ofSeconds(60));
    time.advance(Duration.ofSeconds(60));
    assertThat(awaitStatus(client, EdgeStatus::connected).problem()).isNull();
  }

  @Test
  void busyNode_isLeftAloneForItsRetryAfter() throws Exception {
    stopFirst();
    gateway.refuse(503, Map.of("Retry-After", "7"));
    client = start(gateway.uri());
    awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(time.waiting()).containsExactly(Duration.ofSeconds(7));
    gateway.open();
    time.advance(Duration.ofSeconds(7));
    awaitStatus(client, EdgeStatus::connected);
  }

  @Test
  void retryAfterOfYears_countsAsAnHour() throws Exception {
    stopFirst();
    gateway.refuse(503, Map.of("Retry-After", "999999999999"));
    client = start(gateway.uri());
    awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(time.waiting()).containsExactly(Duration.ofHours(1));
  }

  @Test
  void goodbye_isAnsweredAndWaitedFor() throws Exception {
    TestGateway.Connection connection = synced();
    connection.send(
        TestGateway.frame("goodbye").put("retryAfter", 1500).put("reason", "going down"));
    assertThat(connection.awaitClosed()).isEqualTo(Transport.NORMAL);
    EdgeStatus status = awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(status.problem()).contains("going down");
    assertThat(time.waiting()).containsExactly(Duration.ofMillis(1500));
    time.advance(Duration.ofMillis(1500));
    assertThat(gateway.accept().next("hello").path("profiles").size()).isEqualTo(1);
  }

  @Test
  void gatewayThatNeverAnswersTheUpgrade_isGivenUp() throws Exception {
    stopFirst();
    gateway.ignoreRequests();
    client = builder(gateway.uri())
        .random(() -> LATEST)
        .patience(Duration.ofMillis(200))
        .start();
    EdgeStatus status = awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(status.problem()).contains("Timeout");
  }

  @Test
  void gatewayThatNeverAnswersTheHello_isTakenForDead() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    await().until(() -> !time.waiting().isEmpty()); // it listens only once the hello is on its way
    time.advance(Duration.ofSeconds(30));
    assertThat(connection.awaitClosed()).isZero();
    gateway.accept().next("hello");
  }

  @Test
  void silenceOfTwoAndAHalfHeartbeats_isDeath_aPingIsLife() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.begin("none", 1, 0, 1_000).complete(1).ackOf(1);
    awaitStatus(client, now -> now.state() == EdgeStatus.State.LIVE);
    time.advance(Duration.ofSeconds(2));
    connection.ping().send(TestGateway.frame("complete").put("revision", 2)).ackOf(2);
    time.advance(Duration.ofMillis(2_400)); // 4.4 s since the hello, less than 2.5 since the ping
    connection.complete(3).ackOf(3);
    time.advance(Duration.ofMillis(2_500));
    assertThat(connection.awaitClosed()).isZero();
    gateway.accept();
  }

  @Test
  void pingAlone_keepsTheConnection() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.begin("none", 1, 0, 1_000).complete(1).ackOf(1);
    time.advance(Duration.ofSeconds(2));
    connection.ping().awaitPong();
    connection.ping().awaitPong(); // comes once the device has seen the first
    time.advance(Duration.ofSeconds(2));
    connection.complete(2).ackOf(2);
    assertThat(gateway.nobodyConnected()).isTrue();
  }

  @Test
  void connectionThatLivedForAMinute_forgivesTheFailuresBefore() throws Exception {
    stopFirst();
    gateway.refuse(503, Map.of());
    client = builder(gateway.uri()).random(() -> LATEST).start();
    for (int failures = 1; failures <= 4; failures++) {
      await().until(() -> !time.waiting().isEmpty());
      if (failures == 4) {
        assertThat(time.waiting().get(0)).isGreaterThan(Duration.ofSeconds(7));
        gateway.open();
      }
      time.advance(time.waiting().get(0));
    }
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.begin("none", 1, 0, 600_000).complete(1);
    awaitStatus(client, now -> now.state() == EdgeStatus.State.LIVE);
    time.advance(Duration.ofMinutes(1));
    connection.cut();
    awaitStatus(client, now -> now.state() == EdgeStatus.State.WAITING);
    assertThat(time.waiting().get(0)).isLessThan(Duration.ofSeconds(1));
  }
}
