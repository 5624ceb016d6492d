package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.HistoryChecker.Verdict;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** That a history finds those who break a rule, among others who keep to all. */
@ExtendWith(RealServers.class)
final class HistoryPlantedBugsTest {
  private static final System.Logger LOG = System.getLogger(HistoryPlantedBugsTest.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  /** Bugs are found within some hundred. */
  private static final int MOST_OPERATIONS = 10_000;

  private static final int OPERATIONS_OF_THE_RIGHT_ONES = 300;
  private static final HistoryFaults.Rates RATES =
      new HistoryFaults.Rates(200, 0, 0, Duration.ofMillis(40), false);

  private final RealPostgres postgres;
  private final RedisProcess redis;

  @TempDir
  private Path directory;

  HistoryPlantedBugsTest(RealPostgres postgres, RedisProcess redis) {
    this.postgres = postgres;
    this.redis = redis;
  }

  private HistoryActor actor(String name, Path path, HistoryLog log) {
    return new HistoryActor(
        new HistorySettings(
            name,
            name.hashCode(),
            postgres.jdbcUrl(),
            postgres.username(),
            postgres.password(),
            postgres.jdbcUrl(),
            redis.uri(),
            path,
            false,
            false,
            RATES),
        log);
  }

  /** Until something is wrong, or so many operations are done. */
  private Verdict check(Consumer<HistoryWrongClient> bug, int enough)
      throws SQLException, IOException {
    List<HistoryEvent> first;
    try (Connection connection =
        DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password())) {
      first = HistoryTable.create(connection);
    }
    Path path = directory.resolve("log");
    try (HistoryLog log = new HistoryLog(path);
        HistoryActor one = actor("one", path, log);
        HistoryActor other = actor("other", path, log)) {
      first.forEach(log::add);
      one.start();
      other.start();
      bug.accept(new HistoryWrongClient(one));
      return await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> HistoryChecker.check(
                  new ArrayList<>(HistoryLog.read(path)), HistorySettings.bounds(false, false)),
              verdict -> !verdict.wrong().isEmpty() || operations(verdict) >= enough);
    }
  }

  /** What memory answers is not counted: a quick machine does thousands of those between two writes. */
  private static int operations(Verdict verdict) {
    return verdict.count("write")
        + verdict.counts().entrySet().stream()
            .filter(
                count -> count.getKey().startsWith("read") && !count.getKey().contains("MEMORY"))
            .mapToInt(Map.Entry::getValue)
            .sum();
  }

  private void assertFound(Consumer<HistoryWrongClient> bug, String... reasons)
      throws SQLException, IOException {
    Verdict verdict = check(bug, MOST_OPERATIONS);
    assertThat(verdict.wrong()).as("%s", verdict.counts()).isNotEmpty();
    LOG.log(
        System.Logger.Level.INFO,
        "{0} wrong answers in {1} operations, the first: {2}",
        verdict.count("wrong"),
        operations(verdict),
        verdict.wrong().get(0));
    assertThat(verdict.wrong().get(0)).containsAnyOf(reasons);
  }

  @Test
  void clients_thatKeepToTheRules_areNotAccused() throws Exception {
    Verdict verdict = check(wrong -> {}, OPERATIONS_OF_THE_RIGHT_ONES);
    assertThat(verdict.wrong()).as("%s", verdict.counts()).isEmpty();
    assertThat(verdict.count("read by id, REDIS")).isPositive();
    assertThat(verdict.count("read by id, MEMORY")).isPositive();
    assertThat(verdict.count("write, fenced, committed")).isPositive();
  }

  @Test
  void writer_deletingAfterItsCommit_isFound() throws Exception {
    assertFound(HistoryWrongClient::deleteAfterCommit, "too old", "lacks row");
  }

  @Test
  void reader_fillingWithoutToken_isFound() throws Exception {
    assertFound(HistoryWrongClient::fillWithoutToken, "too old", "lacks row");
  }

  @Test
  void reader_fillingByLogPosition_isFound() throws Exception {
    assertFound(HistoryWrongClient::fillByLogPosition, "too old", "lacks row");
  }

  @Test
  void reader_fillingFromOwnChangesThatAreRolledBack_isFound() throws Exception {
    assertFound(
        HistoryWrongClient::fillFromOwnChanges, "rolled back", "never written", "lacks row");
  }

  @Test
  void memory_withoutEpochs_isFound() throws Exception {
    assertFound(HistoryWrongClient::keepWithoutEpochs, "MEMORY");
  }
}
