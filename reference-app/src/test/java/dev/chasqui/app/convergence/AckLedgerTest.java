package dev.chasqui.app.convergence;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.FPS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.app.TestFleet;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(RealServers.class)
final class AckLedgerTest {
  private TestFleet fleet;
  private AckLedger ledger;
  private Convergence convergence;

  @BeforeEach
  void open(RealPostgres postgres) {
    fleet = new TestFleet(postgres);
    ledger = new AckLedger(fleet.jdbi(), fleet.meters);
    convergence = new Convergence(fleet.jdbi());
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  private Ack ack(
      String device, long received, long effective, long millis, @Nullable JsonNode rejected) {
    return new Ack(device, received, effective, millis, millis, "f", rejected);
  }

  private long committedMillis(long revision) {
    return fleet.changes.find(revision).orElseThrow().committedAt().toEpochMilli() + 1;
  }

  @Test
  void apply_acksOfSomeDevices_countsThemWithTheirTimes() {
    long revision = fleet.set(ACME, FPS, 20).orElseThrow();
    long committed = committedMillis(revision);

    ledger.apply(List.of(
        ack("a1", revision, revision, committed + 100, null),
        ack("b1", revision, revision, committed + 100, null)));

    assertThat(convergence.progress(revision)).hasValueSatisfying(progress -> {
      assertThat(progress.targets()).isEqualTo(2);
      assertThat(progress.effective()).isEqualTo(1);
      assertThat(progress.offline()).isEqualTo(1);
      assertThat(progress.p99()).isBetween(Duration.ofMillis(100), Duration.ofMillis(102));
    });
    assertThat(convergence.stragglers(revision, 10))
        .extracting(Convergence.Straggler::device)
        .containsExactly("a2");
  }

  @Test
  void apply_ackOfSeveralChanges_fillsEach() {
    long first = fleet.set(ACME, FPS, 20).orElseThrow();
    long second = fleet.set(ACME, FPS, 21).orElseThrow();

    ledger.apply(List.of(ack("a1", second, second, committedMillis(second) + 50, null)));

    assertThat(convergence.progress(first).orElseThrow().effective()).isEqualTo(1);
    assertThat(convergence.progress(second).orElseThrow().effective()).isEqualTo(1);
  }

  @Test
  void apply_again_changesNothing() {
    long revision = fleet.set(ACME, FPS, 20).orElseThrow();
    Ack ack = ack("a1", revision, revision, committedMillis(revision) + 100, null);
    ledger.apply(List.of(ack));
    Convergence.Progress before = convergence.progress(revision).orElseThrow();

    ledger.apply(List.of(ack, ack));
    ledger.apply(List.of(ack("a1", revision, revision, committedMillis(revision) + 900, null)));

    assertThat(convergence.progress(revision)).hasValue(before);
  }

  @Test
  void apply_clockBehind_isNeverBeforeTheCommit() {
    long revision = fleet.set(ACME, FPS, 20).orElseThrow();

    ledger.apply(List.of(ack("a1", revision, revision, 1_000, null)));

    assertThat(convergence.progress(revision).orElseThrow().max()).isEqualTo(Duration.ZERO);
  }

  @Test
  void apply_rejection_isARefusalUntilTheDeviceRunsIt() {
    long revision = fleet.set(ACME, FPS, 20).orElseThrow();
    long next = fleet.set(ACME, FPS, 21).orElseThrow();
    JsonNode rejected = JsonMapper.shared()
        .readTree("{\"revision\":" + revision + ",\"violations\":[{\"message\":\"too fast\"}]}");

    ledger.apply(List.of(ack("a1", revision, revision - 1, committedMillis(revision), rejected)));

    assertThat(convergence.progress(revision).orElseThrow().refused()).isEqualTo(1);
    assertThat(convergence.stragglers(revision, 1)).singleElement().satisfies(straggler -> {
      assertThat(straggler.stage()).isEqualTo(Convergence.Stage.REFUSED);
      assertThat(straggler.detail()).isEqualTo("too fast");
    });
    assertThat(convergence.companies().get(ACME))
        .isEqualTo(new Convergence.ScopeStatus(2, 0, 0, 1));

    ledger.apply(List.of(ack("a1", next, next, committedMillis(next), null)));

    assertThat(convergence.progress(revision).orElseThrow().refused()).isZero();
    assertThat(convergence.device("a1").orElseThrow().refusal()).isNull();
  }

  @Test
  void apply_revisionThatDoesNotExist_isLeftOut() {
    long newest = fleet.changes.latestRevision();

    ledger.apply(List.of(ack("a1", newest + 1, newest + 1, 1, null), ack("x", 1, 1, 1, null)));

    assertThat(convergence.device("a1").orElseThrow().received()).isZero();
    assertThat(fleet.meters.counter("chasqui.acks.refused").count()).isEqualTo(2);
  }

  @Test
  void presence_ofAKilledNode_isForgottenAtItsNextStart() {
    try (DevicePresence killed = new DevicePresence(fleet.jdbi(), "one")) {
      fleet
          .jdbi()
          .useHandle(
              handle -> handle.execute(
                  "update device_state set node = 'one' where device_id in (select id from scope where key = 'a1')"));
      killed.start();
      assertThat(convergence.device("a1").orElseThrow().connected()).isFalse();
    }
  }
}
