package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RealReplicaTest {
  private final RealPostgres server = RealPostgres.embedded();
  private RealPostgres primary = server;

  @BeforeEach
  void createDatabase() {
    primary = server.emptyDatabase();
    Servers.postgres(primary, "CREATE TABLE truck(id bigint, driver text)");
  }

  @AfterEach
  void dropDatabase() {
    primary.close();
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Test
  void awaitReplay_afterACommit_showsIt() {
    try (RealReplica replica = primary.startReplica()) {
      Servers.postgres(primary, "INSERT INTO truck VALUES (1, 'Ann')");
      replica.awaitReplay();
      assertThat(Servers.replica(replica, "SELECT driver FROM truck")).isEqualTo("Ann");
    }
  }

  @Test
  void startReplica_amidCommits_missesNone() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger committed = new AtomicInteger();
    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
      while (!enough.get()) {
        Servers.postgres(
            primary, "INSERT INTO truck SELECT n, repeat('x', 500) FROM generate_series(1, 100) n");
        committed.incrementAndGet();
      }
    });
    await().until(() -> committed.get() > 10);
    try (RealReplica replica = primary.startReplica()) {
      enough.set(true);
      writer.join();
      replica.awaitReplay();
      String sum = "SELECT count(*) || ' ' || sum(id) || ' ' || sum(length(driver)) FROM truck";
      assertThat(Servers.replica(replica, sum)).isEqualTo(Servers.postgres(primary, sum));
    }
  }

  @Test
  void pauseReplay_untilResumed_hidesWhatIsCommitted() {
    try (RealReplica replica = primary.startReplica()) {
      replica.pauseReplay();
      Servers.postgres(primary, "INSERT INTO truck VALUES (1, 'Ann')");
      await()
          .untilAsserted(() -> assertThat(Servers.replica(
                  replica, "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"))
              .isEqualTo("t"));
      assertThat(Servers.replica(replica, "SELECT count(*) FROM truck")).isEqualTo("0");
      replica.resumeReplay();
      replica.awaitReplay();
      assertThat(Servers.replica(replica, "SELECT count(*) FROM truck")).isEqualTo("1");
    }
  }

  @Test
  void jdbcUrl_ofTheReplica_takesNoWrites() {
    try (RealReplica replica = primary.startReplica()) {
      assertThatThrownBy(() -> Servers.replica(replica, "INSERT INTO truck VALUES (1, 'Ann')"))
          .hasStackTraceContaining("read-only transaction");
    }
  }

  @Test
  void close_whilePaused_leavesNoProcessNoFilesAndNoSlot() throws Exception {
    RealReplica replica = primary.startReplica();
    Path data = Path.of(Servers.data(replica));
    long pid = Servers.pid(replica);
    replica.pauseReplay();
    replica.close();
    replica.close();
    assertThat(data.getParent()).doesNotExist();
    await().until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    assertThat(Servers.postgres(primary, "SELECT count(*) FROM pg_replication_slots"))
        .isEqualTo("0");
  }

  @Test
  void close_afterThePrimary_isInOrder() {
    RealPostgres ending = RealPostgres.embedded();
    RealReplica replica = ending.startReplica();
    ending.close();
    replica.close();
  }

  @Test
  void startReplica_ofAGivenServer_isRefusedSayingWhatToUse() {
    String url = server.jdbcUrl() + "?user=" + server.username() + "&password=" + server.password();
    GivenServers given = new GivenServers(Map.of(GivenServers.POSTGRES, url), Map.of());
    try (RealPostgres others = RealPostgres.forTests(given)) {
      assertThatThrownBy(others::startReplica)
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining("RealPostgres.embedded()");
    }
  }

  @Test
  void startReplica_ofDataThatStay_isRefused(@TempDir Path directory) {
    try (RealPostgres kept = RealPostgres.open(directory)) {
      assertThatThrownBy(kept::startReplica).isInstanceOf(RealServerException.class);
    }
  }
}
