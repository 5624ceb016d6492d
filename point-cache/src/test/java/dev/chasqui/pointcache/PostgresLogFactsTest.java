package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.PostgresChanges.Change;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What capture takes for granted about what {@code pgoutput} tells. */
@ExtendWith(RealServers.class)
final class PostgresLogFactsTest {
  private final RealPostgres postgres;
  private final PostgresSession first;
  private final PostgresSession second;

  PostgresLogFactsTest(RealPostgres postgres) throws SQLException {
    this.postgres = postgres;
    first = PostgresSession.open(postgres);
    second = PostgresSession.open(postgres);
  }

  @BeforeEach
  void prepare() throws SQLException {
    first.run("CREATE TABLE t(id int PRIMARY KEY, v text, n int)");
    first.run("INSERT INTO t VALUES (1, 'one', 0)");
    PostgresChanges.prepare(postgres);
  }

  @AfterEach
  void closeSessions() throws SQLException {
    first.close();
    second.close();
  }

  private static void beat(PostgresSession session, String content) {
    session.ask("SELECT pg_logical_emit_message(false, 'beat', ?, true)", content);
  }

  /** What was told until now. */
  private List<Change> changes() throws SQLException {
    beat(second, "now");
    try (PostgresChanges changes = PostgresChanges.open(postgres, true)) {
      return changes.until("MESSAGE now");
    }
  }

  private static List<String> whats(List<Change> changes) {
    return changes.stream().map(Change::what).toList();
  }

  private static Change only(String what, List<Change> changes) {
    List<Change> found =
        changes.stream().filter(change -> change.what().equals(what)).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static List<@Nullable String> row(@Nullable String... values) {
    return Arrays.asList(values);
  }

  @Test
  void update_withDefaultIdentity_tellsTheNewRowOnly() throws SQLException {
    first.run("UPDATE t SET v = 'eins' WHERE id = 1");
    Change update = only("UPDATE", changes());
    assertThat(update.old()).isEmpty();
    assertThat(update.row()).isEqualTo(row("1", "eins", "0"));
  }

  @Test
  void update_ofTheKeyWithDefaultIdentity_tellsTheOldKeyOnly() throws SQLException {
    first.run("UPDATE t SET id = 2, v = NULL WHERE id = 1");
    Change update = only("UPDATE", changes());
    assertThat(update.old()).isEqualTo(row("1", null, null));
    assertThat(update.row()).isEqualTo(row("2", null, "0"));
  }

  @Test
  void delete_withDefaultIdentity_tellsTheKeyOnly() throws SQLException {
    first.run("DELETE FROM t WHERE id = 1");
    assertThat(only("DELETE", changes()).old()).isEqualTo(row("1", null, null));
  }

  @Test
  void update_withFullIdentity_tellsBothRows() throws SQLException {
    first.run("ALTER TABLE t REPLICA IDENTITY FULL");
    first.run("UPDATE t SET v = 'eins' WHERE id = 1");
    Change update = only("UPDATE", changes());
    assertThat(update.old()).isEqualTo(row("1", "one", "0"));
    assertThat(update.row()).isEqualTo(row("1", "eins", "0"));
  }

  @Test
  void delete_withFullIdentity_tellsTheOldRow() throws SQLException {
    first.run("ALTER TABLE t REPLICA IDENTITY FULL");
    first.run("DELETE FROM t WHERE id = 1");
    assertThat(only("DELETE", changes()).old()).isEqualTo(row("1", "one", "0"));
  }

  @Test
  void update_thatLeavesALargeValueAlone_leavesItOut() throws SQLException {
    first.run("ALTER TABLE t ALTER v SET STORAGE EXTERNAL");
    first.run("INSERT INTO t VALUES (2, repeat('x', 10000), 0)");
    first.run("UPDATE t SET n = 1 WHERE id = 2");
    assertThat(only("UPDATE", changes()).row()).isEqualTo(row("2", PostgresChanges.UNCHANGED, "1"));
  }

  @Test
  void generatedColumns_areNotTold() throws SQLException {
    first.run("ALTER TABLE t ADD g text GENERATED ALWAYS AS (upper(v)) STORED");
    first.run("INSERT INTO t(id, v) VALUES (2, 'two')");
    assertThat(only("INSERT", changes()).row()).isEqualTo(row("2", "two", null));
  }

  @Test
  void truncate_isTold() throws SQLException {
    first.run("TRUNCATE t");
    only("TRUNCATE", changes());
  }

  @Test
  void begin_hasRoomForTheIdsLow32Bits() throws SQLException {
    long transaction = first.begin();
    first.run("UPDATE t SET n = 1");
    first.run("COMMIT");
    Change begin = changes().get(0);
    assertThat(begin.what()).isEqualTo("BEGIN " + (transaction & 0xffff_ffffL));
    assertThat(begin.bytes()).as("kind, place, time, id").isEqualTo(1 + 8 + 8 + 4);
  }

  @Test
  void subtransactions_areToldAsTheirTransaction() throws SQLException {
    long transaction = first.begin();
    first.run("SAVEPOINT one");
    first.run("UPDATE t SET n = 1 WHERE id = 1");
    first.run("SAVEPOINT two");
    first.run("UPDATE t SET n = 2 WHERE id = 1");
    first.run("ROLLBACK TO two");
    first.run("COMMIT");
    assertThat(whats(changes())).containsExactly("BEGIN " + transaction, "UPDATE", "COMMIT");
  }

  @Test
  void changes_ofInterleavedTransactions_comeInTheOrderOfCommits() throws SQLException {
    long low = first.begin();
    first.run("UPDATE t SET n = 1 WHERE id = 1");
    long high = second.begin();
    second.run("INSERT INTO t VALUES (2, 'two', 0)");
    second.run("COMMIT");
    first.run("COMMIT");
    assertThat(whats(changes()))
        .containsExactly("BEGIN " + high, "INSERT", "COMMIT", "BEGIN " + low, "UPDATE", "COMMIT");
  }

  @Test
  void message_outsideOfTransactions_standsAmongCommitsWhereItWasSent() throws SQLException {
    long slow = first.begin();
    first.run("UPDATE t SET n = 1 WHERE id = 1");
    beat(second, "before both");
    long quick = second.begin();
    second.run("INSERT INTO t VALUES (2, 'two', 0)");
    second.run("COMMIT");
    beat(second, "between");
    first.run("COMMIT");
    beat(second, "after both");
    assertThat(whats(changes()))
        .containsExactly(
            "MESSAGE before both",
            "BEGIN " + quick,
            "INSERT",
            "COMMIT",
            "MESSAGE between",
            "BEGIN " + slow,
            "UPDATE",
            "COMMIT",
            "MESSAGE after both");
  }

  @Test
  void message_withoutFlush_arrivesAllTheSame() throws SQLException {
    try (PostgresChanges changes = PostgresChanges.open(postgres, true)) {
      first.ask("SELECT pg_logical_emit_message(false, 'beat', 'lazy')");
      assertThat(changes.until("MESSAGE lazy")).isEmpty();
    }
  }

  @Test
  void message_takesNoTransactionId() {
    first.run("BEGIN");
    beat(first, "beat");
    assertThat(first.row("SELECT pg_current_xact_id_if_assigned()")).containsExactly((String) null);
    first.run("ROLLBACK");
  }

  @Test
  void message_ofATransactionThatRollsBack_isToldNevertheless() throws SQLException {
    first.begin();
    first.run("UPDATE t SET n = 1");
    beat(first, "early");
    first.run("ROLLBACK");
    assertThat(whats(changes())).containsExactly("MESSAGE early");
  }

  @Test
  void messages_notAskedFor_areNotTold() throws SQLException {
    beat(first, "beat");
    first.run("INSERT INTO t VALUES (2, 'two', 0)");
    try (PostgresChanges changes = PostgresChanges.open(postgres, false)) {
      assertThat(whats(changes.until("COMMIT"))).hasSize(2).last().isEqualTo("INSERT");
    }
  }
}
