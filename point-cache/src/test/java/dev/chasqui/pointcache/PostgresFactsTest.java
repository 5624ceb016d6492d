package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealReplica;
import dev.chasqui.realservers.RealServers;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the protocol takes for granted about PostgreSQL's transactions and snapshots. */
@ExtendWith(RealServers.class)
final class PostgresFactsTest {
  private static final String ROW = "SELECT v::text FROM t WHERE id = 1";
  /** The statement of 4.3, for one row. */
  private static final String READ =
      "SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text END,"
          + " t.id::text, t.v::text FROM (SELECT 1) o LEFT JOIN t ON t.id = ?";

  /** A snapshot from which a standby takes what it does not know. */
  private static final String CAUTIOUS =
      "SELECT CASE WHEN pg_is_in_recovery() THEN concat(pg_snapshot_xmin(s), ':', pg_snapshot_xmin(s), ':')"
          + " ELSE s::text END FROM pg_current_snapshot() s";

  private static final String SAW = "SELECT pg_visible_in_snapshot(?::text::xid8, ?::pg_snapshot)";

  private final RealPostgres postgres;
  private final PostgresSession reader;
  private final PostgresSession first;
  private final PostgresSession second;

  PostgresFactsTest(RealPostgres postgres) throws SQLException {
    this.postgres = postgres;
    reader = PostgresSession.open(postgres);
    first = PostgresSession.open(postgres);
    second = PostgresSession.open(postgres);
  }

  @BeforeEach
  void createTable() {
    createTable(reader);
  }

  private static void createTable(PostgresSession session) {
    session.run("CREATE TABLE t(id int PRIMARY KEY, v int)");
    session.run("INSERT INTO t VALUES (1, 0), (2, 0)");
  }

  @AfterEach
  void closeSessions() throws SQLException {
    first.close();
    second.close();
    reader.close();
  }

  /** What the cache makes of a snapshot's text. */
  private static boolean saw(String snapshot, long transaction) {
    String[] parts = snapshot.split(":", -1);
    if (transaction < Long.parseLong(parts[0])) {
      return true;
    }
    return transaction < Long.parseLong(parts[1])
        && !List.of(parts[2].split(",", -1)).contains(Long.toString(transaction));
  }

  @Test
  void commit_inTheLogAndDecoded_isNotVisibleYet() throws Exception {
    try (RealPostgres server = RealPostgres.embedded();
        PostgresSession observer = PostgresSession.open(server);
        PostgresSession writer = PostgresSession.open(server)) {
      createTable(observer);
      observer.ask("SELECT pg_create_logical_replication_slot('captured', 'test_decoding')");
      observer.run("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
      observer.ask("SELECT pg_reload_conf()");
      try {
        long transaction = 0;
        CompletableFuture<Void> commit = CompletableFuture.completedFuture(null);
        String before = "";
        while (commit.isDone()) { // until the server heeds the setting
          before = observer.ask(ROW);
          transaction = writer.begin();
          writer.run("SET LOCAL synchronous_commit = on");
          writer.run("UPDATE t SET v = v + 1 WHERE id = 1");
          CompletableFuture<Void> attempt = CompletableFuture.runAsync(() -> writer.run("COMMIT"));
          await().until(() -> attempt.isDone() || waitsForTheGhost(observer));
          commit = attempt;
        }

        assertThat(observer.rows(
                "SELECT data FROM pg_logical_slot_peek_changes('captured', NULL, NULL)"))
            .contains(List.of("COMMIT " + transaction));
        assertThat(observer.ask("SELECT max(lsn) <= pg_current_wal_flush_lsn()"
                + " FROM pg_logical_slot_peek_changes('captured', NULL, NULL)"))
            .isEqualTo("t");
        List<@Nullable String> read = observer.row(READ, 1);
        assertThat(read.get(2)).isEqualTo(before);
        assertThat(saw(String.valueOf(read.get(0)), transaction)).isFalse();

        observer.run("ALTER SYSTEM RESET synchronous_standby_names");
        observer.ask("SELECT pg_reload_conf()");
        commit.join();
        assertThat(saw(observer.ask(READ, 1), transaction)).isTrue();
      } finally {
        observer.run("ALTER SYSTEM RESET synchronous_standby_names"); // or nothing ends
        observer.ask("SELECT pg_reload_conf()");
      }
    }
  }

  private static boolean waitsForTheGhost(PostgresSession observer) {
    return observer
        .ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        .equals("1");
  }

  @Test
  void xmin_ofARow_goesDown() {
    long low = first.begin();
    long high = second.begin();
    second.run("UPDATE t SET v = 2 WHERE id = 1");
    second.run("COMMIT");
    assertThat(reader.ask("SELECT xmin FROM t WHERE id = 1")).isEqualTo("" + high);
    first.run("UPDATE t SET v = 1 WHERE id = 1");
    first.run("COMMIT");
    assertThat(reader.ask("SELECT xmin FROM t WHERE id = 1")).isEqualTo("" + low);
    assertThat(low).isLessThan(high);
  }

  @Test
  void snapshot_insideAWritingTransaction_takesItForVisible() {
    long writing = first.begin();
    first.run("UPDATE t SET v = 1 WHERE id = 1");
    second.begin();
    second.run("COMMIT"); // a later one has ended
    String within = first.ask("SELECT pg_current_snapshot()::text");
    assertThat(first.ask(SAW, "" + writing, within)).isEqualTo("t");
    assertThat(saw(within, writing)).isTrue();
    assertThat(saw(reader.ask("SELECT pg_current_snapshot()::text"), writing)).isFalse();
  }

  @Test
  void read_insideAWritingTransaction_givesNoSnapshot() {
    first.begin();
    assertThat(first.row(READ, 1)).containsExactly(null, "1", "0");
  }

  @Test
  void read_insideATransactionThatWillWrite_givesASnapshot() {
    first.run("BEGIN"); // why 4.9 forbids blocks, not only those with an id
    assertThat(first.row(READ, 1).get(0)).isNotNull();
  }

  @Test
  void read_ofARowThatIsThere_givesItAndItsSnapshot() {
    long past = first.begin();
    first.run("COMMIT");
    List<@Nullable String> row = reader.row(READ, 1);
    assertThat(row.subList(1, 3)).containsExactly("1", "0");
    assertThat(row.get(0)).matches("\\d+:\\d+:(\\d+(,\\d+)*)?");
    assertThat(saw(String.valueOf(row.get(0)), past)).isTrue();
  }

  @Test
  void read_ofNoRow_givesALineWithTheSnapshot() {
    List<List<@Nullable String>> rows = reader.rows(READ, 7);
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).subList(1, 3)).containsExactly(null, null);
    assertThat(rows.get(0).get(0)).matches("\\d+:\\d+:(\\d+(,\\d+)*)?");
  }

  @Test
  void read_manyTimes_takesNoTransactionId() {
    String before = reader.ask("SELECT pg_snapshot_xmax(pg_current_snapshot())");
    for (int i = 0; i < 20; i++) {
      reader.row(READ, 1);
    }
    assertThat(reader.ask("SELECT pg_snapshot_xmax(pg_current_snapshot())")).isEqualTo(before);
  }

  @Test
  void subtransaction_writesItsOwnIdInTheRow_butSnapshotsNameTheTransaction() {
    long transaction = first.begin();
    first.run("SAVEPOINT s");
    first.run("UPDATE t SET v = 1 WHERE id = 1");
    long inRow = Long.parseLong(first.ask("SELECT xmin FROM t WHERE id = 1"));
    assertThat(inRow).isGreaterThan(transaction);
    assertThat(first.ask("SELECT pg_current_xact_id()")).isEqualTo("" + transaction);
    second.begin();
    second.run("COMMIT");
    String during = reader.ask(READ, 1);
    assertThat(saw(during, transaction)).isFalse();
    assertThat(saw(during, inRow))
        .as("no transaction of its own: taken for ended")
        .isTrue();
    first.run("RELEASE s");
    first.run("COMMIT");
    assertThat(saw(reader.ask(READ, 1), transaction)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void snapshotText_withManyTransactionsUnderWay_saysWhichHaveEnded(long seed) throws SQLException {
    Random random = new Random(seed);
    List<PostgresSession> sessions = new ArrayList<>();
    TreeMap<Integer, Long> underWay = new TreeMap<>(); // by session
    List<Long> all = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        sessions.add(PostgresSession.open(postgres));
      }
      for (int step = 0; step < 150; step++) {
        int chosen = random.nextInt(sessions.size());
        PostgresSession session = sessions.get(chosen);
        if (!underWay.containsKey(chosen)) {
          long transaction = session.begin();
          underWay.put(chosen, transaction);
          all.add(transaction);
        } else if (random.nextInt(4) == 0) {
          session.run("SAVEPOINT s");
          session.run("INSERT INTO t VALUES (" + (100 + step) + ", 0)");
        } else {
          session.run(random.nextBoolean() ? "COMMIT" : "ROLLBACK");
          underWay.remove(chosen);
        }
        List<@Nullable String> answer = reader.row(
            "SELECT s::text, string_agg(pg_visible_in_snapshot(x::text::xid8, s)::text, ',' ORDER BY n)"
                + " FROM pg_current_snapshot() s, unnest(string_to_array(?, ','))"
                + " WITH ORDINALITY u(x, n) GROUP BY s::text",
            all.stream().map(String::valueOf).collect(Collectors.joining(",")));
        String snapshot = String.valueOf(answer.get(0));
        String ended = all.stream()
            .map(transaction -> !underWay.containsValue(transaction))
            .map(String::valueOf)
            .collect(Collectors.joining(","));
        String seen = all.stream()
            .map(transaction -> saw(snapshot, transaction))
            .map(String::valueOf)
            .collect(Collectors.joining(","));
        assertThat(answer.get(1)).as("the server's, step %d", step).isEqualTo(ended);
        assertThat(seen).as("ours, step %d: %s", step, snapshot).isEqualTo(ended);
      }
    } finally {
      for (PostgresSession session : sessions) {
        session.close();
      }
    }
  }

  @Test
  void snapshot_ofAStandbyThatLags_hasNotSeenWhatItDoesNotShow() throws Exception {
    try (RealPostgres server = RealPostgres.embedded();
        PostgresSession writer = PostgresSession.open(server)) {
      createTable(writer);
      try (RealReplica replica = server.startReplica();
          PostgresSession standby = PostgresSession.open(replica)) {
        replica.pauseReplay();
        long transaction = writer.begin();
        writer.run("UPDATE t SET v = 1 WHERE id = 1");
        writer.run("COMMIT");
        List<@Nullable String> behind = standby.row(READ, 1);
        assertThat(behind.get(2)).isEqualTo("0");
        assertThat(saw(String.valueOf(behind.get(0)), transaction)).isFalse();
        replica.resumeReplay();
        replica.awaitReplay();
        List<@Nullable String> after = standby.row(READ, 1);
        assertThat(after.get(2)).isEqualTo("1");
        assertThat(saw(String.valueOf(after.get(0)), transaction)).isTrue();
      }
    }
  }

  /** So a standby's snapshot says of none but those below its xmin that they have ended. */
  @Test
  void snapshotText_ofAStandby_leavesOutTransactionsUnderWay() throws Exception {
    try (RealPostgres server = RealPostgres.embedded();
        PostgresSession writer = PostgresSession.open(server);
        PostgresSession later = PostgresSession.open(server)) {
      createTable(writer);
      try (RealReplica replica = server.startReplica();
          PostgresSession standby = PostgresSession.open(replica)) {
        long underWay = writer.begin();
        writer.run("UPDATE t SET v = 1 WHERE id = 1");
        later.begin();
        later.run("COMMIT");
        replica.awaitReplay();

        List<@Nullable String> read = standby.row(READ, 1);
        String whole = String.valueOf(read.get(0));
        assertThat(read.get(2)).isEqualTo("0");
        assertThat(saw(whole, underWay)).as("what to beware of: " + whole).isTrue();
        assertThat(standby.ask(SAW, "" + underWay, whole))
            .as("PostgreSQL's rule")
            .isEqualTo("t");
        assertThat(saw(standby.ask(CAUTIOUS), underWay)).isFalse();

        writer.run("COMMIT");
        replica.awaitReplay();
        assertThat(standby.row(READ, 1).get(2)).isEqualTo("1");
        assertThat(saw(standby.ask(CAUTIOUS), underWay)).isTrue();
      }
    }
  }

  @Test
  void cautiousSnapshot_ofThePrimary_isTheWholeOne() {
    first.begin();
    second.begin();
    second.run("COMMIT");
    assertThat(reader.ask("SELECT pg_current_snapshot()::text = (" + CAUTIOUS + ")"))
        .isEqualTo("t");
  }
}
