package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.DEVICE;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.TRUCK;
import static dev.chasqui.edgeclient.Dashcam.awaitStatus;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.entry;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Term;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Entries that hold for a time, on a device whose clock the test moves. */
final class WallClockTest {
  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final Instant SOON = NOON.plusSeconds(10);
  private static final URI NOWHERE = URI.create("ws://127.0.0.1:9");
  /** The first attempt to reconnect comes when the test lets it. */
  private static final long LATEST = 2 * 960_000_000_000L - 1;

  private final TestTime time = new TestTime();
  private final EdgeStore store = EdgeStore.inMemory();
  private final List<Integer> heard = new CopyOnWriteArrayList<>();
  private volatile Instant now = NOON;
  private @Nullable TestGateway gateway;
  private @Nullable EdgeClient client;

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
    }
    if (gateway != null) {
      gateway.close();
    }
    time.shutdownNow();
  }

  private EdgeClient start(URI uri) {
    EdgeClient started = dashcam(uri)
        .store(store)
        .scheduler(time)
        .nanoClock(time::nanos)
        .wallClock(() -> now)
        .random(() -> LATEST)
        .start();
    started.onChange(FPS, change -> heard.add(change.now()));
    client = started;
    return started;
  }

  /** Without a network, with these profiles of revision 1 in its store. */
  private EdgeClient offline(Profile... profiles) throws Exception {
    ProfileSet set = set(1, profiles);
    store.open(DEVICE);
    store.save(new Stored(set, set));
    store.close();
    EdgeClient started = start(NOWHERE);
    settle();
    return started;
  }

  private static ProfileSet set(long revision, Profile... profiles) {
    Map<Scope, Profile> byScope = new LinkedHashMap<>();
    for (Profile profile : profiles) {
      byScope.put(profile.scope(), profile);
    }
    return new ProfileSet(revision, byScope);
  }

  /** A client that got these profiles, in a transfer of revision 1, and acked them. */
  private TestGateway.Connection synced(Profile... profiles) throws Exception {
    gateway = new TestGateway();
    start(gateway.uri());
    TestGateway.Connection connection = gateway.accept();
    connection.next("hello");
    connection.begin("full", 1, 0, Duration.ofDays(1).toMillis());
    List.of(profiles).forEach(connection::profile);
    connection.complete(1).ackOf(1);
    return connection;
  }

  private EdgeClient client() {
    return Objects.requireNonNull(client);
  }

  private static Profile truck(Entry fps) {
    return new Profile(TRUCK, 1, 0, Map.of(FPS.key(), fps));
  }

  private static Entry fpsUntil(int fps, Instant end) {
    return entry(fps).withTerm(Term.until(end));
  }

  private static Entry fpsFrom(int fps, Instant begin) {
    return entry(fps).withTerm(new Term(begin, null, null));
  }

  private void pass(Duration duration) throws Exception {
    setClock(now.plus(duration), duration);
  }

  /** Sets the wall clock while {@code elapsed} really passes, and waits for what the client makes of it. */
  private void setClock(Instant to, Duration elapsed) throws Exception {
    now = to;
    time.advance(elapsed);
    settle();
  }

  private void settle() throws Exception {
    time.submit(() -> {}).get(20, TimeUnit.SECONDS);
  }

  @Test
  void trial_thatEndsOffline_givesWayAndIsHeardOf() throws Exception {
    EdgeClient offline =
        offline(fps(ACME, 1, 20), truck(fpsUntil(30, NOON.plus(Duration.ofMinutes(10)))));
    Live<Integer> live = offline.live(FPS);
    String before = offline.status().fingerprint();
    pass(Duration.ofMinutes(9));
    assertThat(live.get()).isEqualTo(30);
    pass(Duration.ofMinutes(1));
    assertThat(live.get()).isEqualTo(20);
    assertThat(offline.get(FPS)).isEqualTo(20);
    assertThat(heard).containsExactly(20);
    assertThat(offline.status().fingerprint())
        .isEqualTo(offline.config().fingerprint())
        .isNotEqualTo(before);
  }

  @Test
  void trial_thatBegins_isAckedWithTheNewFingerprint() throws Exception {
    TestGateway.Connection connection = synced(fps(ACME, 1, 20), truck(fpsFrom(30, SOON)));
    assertThat(client().get(FPS)).isEqualTo(20);
    pass(Duration.ofSeconds(10));
    JsonNode ack = connection.next("ack");
    assertThat(ack.path("received").longValue()).isEqualTo(1);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("effectiveAgo").longValue()).isEqualTo(10_000);
    assertThat(ack.path("fingerprint").stringValue())
        .isEqualTo(client().config().fingerprint());
    assertThat(heard).containsExactly(20, 30);
  }

  @Test
  void trial_thatComesWithALiveChange_endsInTime() throws Exception {
    TestGateway.Connection connection = synced(fps(ACME, 1, 20));
    Map<String, Entry> trial = Map.of(FPS.key(), fpsUntil(30, SOON));
    connection.edits(new ProfileEdits(ACME, 1, 2, trial, Set.of())).complete(2).ackOf(2);
    assertThat(client().get(FPS)).isEqualTo(30);
    pass(Duration.ofSeconds(10));
    connection.ackOf(2);
    assertThat(heard).containsExactly(20, 30, 15);
  }

  @Test
  void clock_setForthAndBack_isNoticedWithinAMinute() throws Exception {
    now = Instant.EPOCH; // as after a start without a battery
    Term trial = new Term(NOON, NOON.plus(Duration.ofDays(1)), null);
    EdgeClient offline = offline(fps(ACME, 1, 20), truck(entry(30).withTerm(trial)));
    assertThat(offline.get(FPS)).isEqualTo(20);
    setClock(NOON, Duration.ofMinutes(1));
    assertThat(offline.get(FPS)).isEqualTo(30);
    setClock(NOON.minusMillis(1), Duration.ofMinutes(1));
    assertThat(offline.get(FPS)).isEqualTo(20);
    setClock(NOON.plus(Duration.ofDays(2)), Duration.ofMinutes(1));
    assertThat(offline.get(FPS)).isEqualTo(20);
    setClock(NOON.plusSeconds(1), Duration.ofMinutes(1));
    assertThat(heard).containsExactly(30, 20, 30);
  }

  @Test
  void restart_afterTheEnd_startsWithoutTheTrial() throws Exception {
    EdgeClient first = offline(fps(ACME, 1, 20), truck(fpsUntil(30, SOON)));
    assertThat(first.get(FPS)).isEqualTo(30);
    first.close();
    now = SOON;
    assertThat(start(NOWHERE).get(FPS)).isEqualTo(20);
    assertThat(heard).isEmpty();
  }

  @Test
  void restart_afterTimeBrokeARule_keepsWhatWasInForceBefore() throws Exception {
    Instant turn = NOON.plus(Duration.ofMinutes(10));
    Entry untilItBreaks = entry(30).withTerm(new Term(null, turn, entry(99).value()));
    EdgeClient running = offline(fps(ACME, 1, 20), truck(untilItBreaks));
    pass(Duration.ofMinutes(11));
    assertThat(running.get(FPS)).isEqualTo(30);
    assertThat(running.status().refusal()).isNotNull();

    running.close();
    EdgeClient next = start(NOWHERE);
    settle();
    assertThat(next.get(FPS)).isEqualTo(30);
    assertThat(next.status().refusal()).isNotNull();
    assertThat(heard).isEmpty();
  }

  @Test
  void refusedProfiles_thatTimeMends_areApplied() throws Exception {
    TestGateway.Connection connection = synced(fps(ACME, 1, 20));
    Map<String, Entry> bad = Map.of(FPS.key(), fpsUntil(99, SOON));
    JsonNode ack = connection
        .edits(new ProfileEdits(ACME, 1, 2, bad, Set.of()))
        .complete(2)
        .ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);

    pass(Duration.ofSeconds(10));

    ack = connection.ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(2);
    assertThat(ack.has("rejected")).isFalse();
    assertThat(client().status().refusal()).isNull();
    assertThat(heard).containsExactly(20, 15);
  }

  @Test
  void profilesInForce_whileOthersAreRefused_followTime() throws Exception {
    TestGateway.Connection connection = synced(fps(ACME, 1, 20), truck(fpsUntil(30, SOON)));
    Map<String, Entry> bad = Map.of(MODEL.key(), entry(5));
    connection.edits(new ProfileEdits(ACME, 1, 2, bad, Set.of())).complete(2).ackOf(2);
    assertThat(client().get(FPS)).isEqualTo(30);

    pass(Duration.ofSeconds(10));

    JsonNode ack = connection.ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("rejected").path("revision").longValue()).isEqualTo(2);
    assertThat(client().get(FPS)).isEqualTo(20);
  }

  @Test
  void viewThatRefusesWhatTimeBrings_keepsWhatIsInForce_untilItPasses() throws Exception {
    Instant end = SOON.plusSeconds(10);
    TestGateway.Connection connection =
        synced(fps(ACME, 1, 20), truck(entry(50).withTerm(new Term(SOON, end, null))));
    Live<Integer> slow = client().live(Dashcam::slowFps);

    pass(Duration.ofSeconds(10));

    JsonNode ack = connection.ackOf(1);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("rejected").path("revision").longValue()).isEqualTo(1);
    assertThat(slow.get()).isEqualTo(20);
    assertThat(client().get(FPS)).isEqualTo(20);

    pass(Duration.ofSeconds(10));

    assertThat(connection.ackOf(1).has("rejected")).isFalse();
    assertThat(client().status().refusal()).isNull();
    assertThat(heard).containsExactly(20);
  }

  @Test
  void close_endsTheTimer() throws Exception {
    EdgeClient offline = offline(truck(fpsUntil(30, NOON.plus(Duration.ofDays(300_000)))));
    awaitStatus(offline, status -> status.state() == EdgeStatus.State.WAITING);
    assertThat(time.waiting()).contains(Duration.ofMinutes(1));
    offline.close();
    assertThat(time.waiting()).isEmpty();
  }

  @Test
  void profilesWithoutTime_needNoTimer() throws Exception {
    EdgeClient offline = offline(fps(ACME, 1, 20));
    awaitStatus(offline, status -> status.state() == EdgeStatus.State.WAITING);
    assertThat(time.waiting()).hasSize(1); // for the next attempt to connect
  }
}
