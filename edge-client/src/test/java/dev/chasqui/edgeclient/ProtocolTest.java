package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.TRUCK;
import static dev.chasqui.edgeclient.Dashcam.awaitStatus;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.entry;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Violation;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The rules of PROTOCOL.md, seen from the gateway. */
final class ProtocolTest {
  private final TestGateway gateway = new TestGateway();
  private final EdgeStore store = EdgeStore.inMemory();
  private final TestTime time = new TestTime();
  private EdgeClient client = start();
  private final List<Integer> heard = new CopyOnWriteArrayList<>();

  private EdgeClient start() {
    return dashcam(gateway.uri())
        .store(store)
        .software("dashcam 2.3")
        .scheduler(time)
        .nanoClock(time::nanos)
        .start();
  }

  /** A connection on which the device got these profiles. */
  private TestGateway.Connection synced(long revision, Profile... profiles) throws Exception {
    client.onChange(FPS, change -> heard.add(change.now()));
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.full(revision, profiles).ackOf(revision);
    return connection;
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
    time.shutdownNow();
  }

  @Test
  void firstContact_fullTransfer_isAppliedAndAcked() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    JsonNode hello = connection.next("hello");
    assertThat(connection.path()).isEqualTo("/v1/devices/acme-truck-7-cam/stream");
    assertThat(hello.path("profiles").isEmpty()).isTrue();
    assertThat(hello.path("software").stringValue()).isEqualTo("dashcam 2.3");

    connection.full(57, fps(ACME, 41, 20), fps(TRUCK, 50, 30));

    JsonNode ack = connection.next("ack");
    assertThat(ack.path("received").longValue()).isEqualTo(57);
    assertThat(ack.path("effective").longValue()).isEqualTo(57);
    assertThat(ack.path("fingerprint").stringValue()).isEqualTo(client.config().fingerprint());
    assertThat(ack.has("rejected")).isFalse();
    assertThat(client.get(FPS)).isEqualTo(30);
    assertThat(client.awaitSynced(Duration.ZERO)).isTrue();
  }

  @Test
  void ack_afterAWhile_saysHowLongAgo() throws Exception {
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.full(1, fps(ACME, 1, 20)).ackOf(1);
    time.advance(Duration.ofMillis(180));

    connection.begin("none", 1).complete(1);

    JsonNode ack = connection.next("ack");
    assertThat(ack.path("receivedAgo").longValue()).isEqualTo(180);
    assertThat(ack.path("effectiveAgo").longValue()).isEqualTo(180);
  }

  @Test
  void connectionThatBreaksWithinATransfer_leavesWhatItHad() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.begin("full", 2).profile(fps(ACME, 2, 40)).cut();

    TestGateway.Connection next = gateway.accept();
    JsonNode hello = next.next("hello");

    assertThat(hello.path("profiles").toString()).isEqualTo("{\"company:acme\":1}");
    assertThat(client.get(FPS)).isEqualTo(20);
  }

  @Test
  void changes_replaceTheProfilesOfTheSameScope() throws Exception {
    TestGateway.Connection connection = synced(2, fps(ACME, 1, 20), fps(TRUCK, 2, 30));
    connection.begin("changes", 3).profile(fps(TRUCK, 3, 31)).complete(3).ackOf(3);
    assertThat(client.get(FPS)).isEqualTo(31);
    connection.begin("changes", 4).profile(Profile.empty(TRUCK)).complete(4).ackOf(4);
    assertThat(client.get(FPS)).as("the company's is still there").isEqualTo(20);
  }

  @Test
  void full_replacesAllThatTheDeviceHolds() throws Exception {
    TestGateway.Connection connection = synced(2, fps(ACME, 1, 20), fps(TRUCK, 2, 30));
    connection.full(3, fps(Scope.parse("company:other"), 3, 25)).ackOf(3);
    assertThat(client.get(FPS)).isEqualTo(25);
  }

  @Test
  void none_movesTheRevisionAndIsAckedAgain() throws Exception {
    TestGateway.Connection connection = synced(2, fps(ACME, 1, 20));
    connection.cut();
    TestGateway.Connection next = gateway.accept();
    next.next("hello");
    next.begin("none", 9).complete(9);

    assertThat(next.next("ack").path("effective").longValue()).isEqualTo(9);
    assertThat(heard).containsExactly(20);
  }

  @Test
  void answerOfASetBackServer_setsTheRevisionBack() throws Exception {
    TestGateway.Connection connection = synced(60, fps(ACME, 60, 20));
    connection.cut();
    TestGateway.Connection next = gateway.accept();
    next.next("hello");
    next.full(50, fps(ACME, 45, 18));

    assertThat(next.next("ack").path("effective").longValue()).isEqualTo(50);
    assertThat(client.get(FPS)).isEqualTo(18);
  }

  @Test
  void liveEdits_showOnlyWhenComplete_andAllAtOnce() throws Exception {
    TestGateway.Connection connection = synced(2, fps(ACME, 1, 20), fps(TRUCK, 2, 30));
    List<String> seen = new CopyOnWriteArrayList<>();
    client.onChange(
        change -> seen.add(change.now().get(FPS) + " " + change.now().get(MODEL)));
    ProfileEdits model =
        new ProfileEdits(ACME, 1, 3, Map.of(MODEL.key(), entry("large")), Set.of());

    connection.edits(setFps(TRUCK, 2, 3, 31)).edits(model).complete(3).ackOf(3);

    assertThat(seen).containsExactly("31 large");
  }

  @Test
  void removedEntry_givesWayToTheNextAbove() throws Exception {
    TestGateway.Connection connection = synced(2, fps(ACME, 1, 20), fps(TRUCK, 2, 30));
    connection
        .edits(new ProfileEdits(TRUCK, 2, 3, Map.of(), Set.of(FPS.key())))
        .complete(3)
        .ackOf(3);
    assertThat(heard).containsExactly(30, 20);
  }

  @Test
  void repeatedTransfer_changesNothingAndReachesNoListener() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);
    connection.edits(setFps(ACME, 2, 3, 22)).complete(3).ackOf(3);

    connection.edits(setFps(ACME, 1, 2, 21)).complete(2);
    JsonNode ack = connection.next("ack");

    assertThat(ack.path("received").longValue()).isEqualTo(3);
    assertThat(heard).containsExactly(20, 21, 22);
  }

  @Test
  void gap_saysHelloAgainAndSkipsUntilBegin() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.edits(setFps(ACME, 2, 3, 22)).complete(3);
    assertThat(connection.next("hello").path("profiles").toString())
        .isEqualTo("{\"company:acme\":1}");
    connection.edits(setFps(ACME, 3, 4, 23)).complete(4); // under way when the hello came

    connection.begin("changes", 4).profile(fps(ACME, 4, 23)).complete(4).ackOf(4);

    assertThat(heard).containsExactly(20, 23);
    assertThat(connection.saidNothing()).isTrue();
  }

  @Test
  void editsOfAScopeNotHeld_areAGap() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.edits(setFps(TRUCK, 0, 2, 22)).complete(2);
    connection.next("hello");
  }

  @Test
  void gapThatNeverCloses_closesTheConnection() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    for (int i = 0; i < 3; i++) {
      connection.edits(setFps(ACME, 2, 3, 22)).complete(3).next("hello");
      connection.begin("none", 1).complete(1).ackOf(1);
    }
    connection.edits(setFps(ACME, 2, 3, 22)).complete(3);
    assertThat(connection.awaitClosed()).isEqualTo(Transport.BAD_MESSAGE);
    gateway.accept().next("hello");
  }

  @Test
  void brokenRule_keepsTheConfigAndSaysWhy_untilItIsMended() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    JsonNode ack = connection.edits(setFps(ACME, 1, 2, 99)).complete(2).ackOf(2);

    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    JsonNode rejected = ack.path("rejected");
    assertThat(rejected.path("revision").longValue()).isEqualTo(2);
    JsonNode violation = rejected.path("violations").get(0);
    assertThat(violation.path("setting").stringValue()).isEqualTo("camera.fps");
    assertThat(violation.path("scope").stringValue()).isEqualTo("company:acme");
    assertThat(violation.path("rule").stringValue()).isEqualTo("out-of-range");
    assertThat(violation.path("message").stringValue()).contains("between 1 and 60");
    assertThat(client.status().refusal()).isNotNull();
    assertThat(client.get(FPS)).isEqualTo(20);

    ack = connection.edits(setFps(ACME, 2, 3, 33)).complete(3).ackOf(3);
    assertThat(ack.path("effective").longValue()).isEqualTo(3);
    assertThat(ack.has("rejected")).isFalse();
    assertThat(client.status().refusal()).isNull();
    assertThat(heard).containsExactly(20, 33);
  }

  @Test
  void refusal_survivesARestart() throws Exception {
    synced(1, fps(ACME, 1, 20)).edits(setFps(ACME, 1, 2, 99)).complete(2).ackOf(2);
    client.close();
    client = start();
    TestGateway.Connection connection = gateway.accept();
    assertThat(connection.next("hello").path("profiles").toString())
        .isEqualTo("{\"company:acme\":2}");
    JsonNode ack = connection.begin("none", 2).complete(2).ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("rejected").path("revision").longValue()).isEqualTo(2);
    assertThat(client.get(FPS)).isEqualTo(20);
  }

  @Test
  void violationsBeyondAFrame_areCounted() throws Exception {
    Refusal refusal = new Refusal(
        7,
        Collections.nCopies(
            2_000,
            new Violation(Violation.Rule.WRONG_TYPE, "k".repeat(100), ACME, "é".repeat(50))));
    String frame = DeviceFrame.ack(7, 1, 0, 0, "f".repeat(64), refusal, fullTimes());
    JsonNode rejected = JsonMapper.shared().readTree(frame).path("rejected");
    assertThat(Utf8.length(frame)).isBetween(50_000, 65_536);
    assertThat(JsonMapper.shared().readTree(frame).path("trace").path("steps").size())
        .isEqualTo(32);
    assertThat(rejected.path("omitted").intValue() + rejected.path("violations").size())
        .isEqualTo(2_000);
  }

  /** As long as they can be. */
  private static StepTimes fullTimes() {
    StepTimes times =
        StepTimes.asked("\u0001".repeat(ServerFrame.LONGEST_TRACE), new Random(7)::nextLong);
    for (int i = 0; i < 40; i++) {
      times.begin("resolve");
      times.fail("refused");
    }
    return times;
  }

  @Test
  void ackWithin_coalescesAcksOfManyChanges() throws Exception {
    gateway.accept();
    client.close();
    client = dashcam(gateway.uri())
        .store(store)
        .scheduler(time)
        .nanoClock(time::nanos)
        .random(() -> Long.MAX_VALUE / 2)
        .start();
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.begin("full", 1, 200, 30_000).profile(fps(ACME, 1, 20)).complete(1);
    for (int revision = 2; revision <= 5; revision++) {
      connection.edits(setFps(ACME, revision - 1, revision, 20 + revision)).complete(revision);
    }
    awaitStatus(client, status -> status.effective() == 5);
    assertThat(connection.saidNothing()).isTrue();

    time.advance(Duration.ofMillis(200));

    assertThat(connection.next("ack").path("effective").longValue()).isEqualTo(5);
    assertThat(connection.saidNothing()).isTrue();
  }

  @Test
  void unknownTypesAndMembers_areIgnored() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.text("{\"type\":\"weather\",\"sun\":true}");
    connection.send(TestGateway.frame("complete").put("revision", 2).put("new", "member"));
    connection.ackOf(2);
    connection.text("{\"type\":\"weather\",\"sun\":false}");
    connection.edits(setFps(ACME, 1, 3, 33)).complete(3).ackOf(3);
    assertThat(heard).containsExactly(20, 33);
  }

  @Test
  void unreadableFrame_closesAndKeepsTheConfig() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    for (String garbage : List.of(
        "no json",
        "[]",
        "{}",
        "{\"type\":\"begin\",\"mode\":\"some\"}",
        "{\"type\":\"complete\",\"revision\":-1}",
        "{\"type\":\"profile\"}",
        "{\"type\":\"profile\",\"profile\":{\"scope\":\"company:acme\",\"revision\":1,"
            + "\"priority\":99999999999,\"entries\":{}}}",
        "{\"type\":\"edits\",\"edits\":{\"scope\":\"acme\"}}",
        "{\"type\":\"error\",\"status\":400,\"title\":\"Bad Request\",\"detail\":\"hm\"}")) {
      connection.text(garbage);
      assertThat(connection.awaitClosed()).as(garbage).isEqualTo(Transport.BAD_MESSAGE);
      connection = gateway.accept();
      assertThat(connection.next("hello").path("profiles").size()).isEqualTo(1);
      connection.begin("none", 1).complete(1).ackOf(1);
    }
    connection.binary((byte) 1);
    assertThat(connection.awaitClosed()).isEqualTo(Transport.BAD_MESSAGE);
    assertThat(client.get(FPS)).isEqualTo(20);
  }

  @Test
  void profilesThatDoNotFitTheHierarchy_areNotTakenOver() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    List<EdgeStatus> statuses = new CopyOnWriteArrayList<>();
    client.onStatus(statuses::add);
    connection.full(2, fps(Scope.parse("planet:mars"), 2, 22));
    assertThat(connection.awaitClosed()).isEqualTo(Transport.BAD_MESSAGE);
    gateway.accept();
    assertThat(statuses)
        .anySatisfy(status -> assertThat(status.problem()).contains("no level \"planet\""));
    assertThat(client.get(FPS)).isEqualTo(20);
  }

  @Test
  void messageInParts_isJoined() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    connection.parts("{\"type\":\"comp", "lete\",\"revi", "sion\":2}").ackOf(2);
  }

  @Test
  void messageAboveTheLimit_closes() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    String[] parts = new String[17];
    Arrays.fill(parts, "x".repeat(1024 * 1024));
    connection.parts(parts);
    assertThat(connection.awaitClosed()).isEqualTo(Transport.TOO_LARGE);
    gateway.accept().next("hello");
  }

  @Test
  void transferAboveTheLimit_closes() throws Exception {
    TestGateway.Connection connection = synced(1, fps(ACME, 1, 20));
    Profile large =
        new Profile(TRUCK, 2, 0, Map.of("unknown.text", entry("x".repeat(1024 * 1024))));
    connection.begin("full", 2);
    for (int i = 0; i < 17; i++) {
      connection.profile(large);
    }
    connection.complete(2);
    assertThat(connection.awaitClosed()).isEqualTo(Transport.TOO_LARGE);
    assertThat(gateway.accept().next("hello").path("profiles").size()).isEqualTo(1);
  }
}
