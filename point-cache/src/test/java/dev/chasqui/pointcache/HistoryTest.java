package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.HistoryChecker.Verdict;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealReplica;
import dev.chasqui.realservers.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Three processes, and one of the client for Node.js where that is there, read and write the same rows while much goes wrong, and no answer is older than SPEC §7 says: for 10
 * seconds with fences that are kept, and for 10 with fences that may be lost. For longer with {@code
 * -Dchasqui.history.minutes=30}: five minutes at a time are a history of its own. {@code -Dchasqui.history.seed} repeats what went
 * wrong, though not what it hit.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "processes compare their System.nanoTime()")
final class HistoryTest {
  private static final System.Logger LOG = System.getLogger(HistoryTest.class.getName());
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final List<String> EXPECTED = List.of(
      "read by id, MEMORY",
      "read by id, REDIS, java",
      "read by id, REDIS, standby",
      "read by id, DATABASE, java",
      "read by id, DATABASE, standby",
      "read by name, REDIS",
      "read by name, DATABASE",
      "read by grp, REDIS",
      "read by grp, DATABASE",
      "write, fenced, committed",
      "write, foreign, committed",
      "write, rolled back",
      "fault, pause before load",
      "fault, pause after load",
      "fault, pause after changes",
      "fault, pause before commit",
      "fault, pause after commit",
      "fault, abandon after load",
      "fault, abandon before commit",
      "fault, commit hangs",
      "fault, halt",
      "fault, CLIENTS_CUT_FROM_REDIS",
      "fault, REDIS_PAUSED",
      "fault, SESSIONS_CUT_FROM_POSTGRES",
      "fault, PROCESS_KILLED",
      "fault, PROCESS_STOPPED",
      "fault, STANDBY_PAUSED",
      "fault, CAPTURE_STOPPED",
      "fault, GENERATION_CHANGED");
  private static final List<String> EXPECTED_WITH_NODE = List.of(
      "read by id, REDIS, node",
      "read by id, DATABASE, node",
      "read by name, REDIS, node",
      "read by grp, REDIS, node",
      "write, fenced, committed, node",
      "write, foreign, committed, node",
      "fault, NODE_KILLED");
  private static final List<String> EXPECTED_WITH_LOSS =
      List.of("fault, KEY_DELETED", "fault, REDIS_RESTARTED");

  @Test
  void answers_whileFencesAreKept_areAsFreshAsP1Says() throws Exception {
    check(false);
  }

  @Test
  void answers_whateverIsLost_areAsFreshAsP2Says() throws Exception {
    check(true);
  }

  private static void check(boolean lossy) throws Exception {
    int minutes = Integer.getInteger("chasqui.history.minutes", 0);
    long seed = Long.getLong("chasqui.history.seed", new Random().nextInt(1_000_000));
    int rounds = Math.max(1, minutes / 10);
    Duration length = minutes == 0
        ? Duration.ofSeconds(10)
        : Duration.ofSeconds(30L * minutes).dividedBy(rounds);
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < rounds; i++) {
      round(lossy, seed + i, length)
          .counts()
          .forEach((what, n) -> counts.merge(what, n, Integer::sum));
    }
    Verdict all = new Verdict(List.of(), counts);
    LOG.log(
        System.Logger.Level.INFO,
        "{0} histories of {1}, the first of seed {2}: nothing wrong in {3} reads and {4} writes, with {5} faults: {6}",
        rounds,
        lossy ? "P2" : "P1",
        Long.toString(seed),
        all.count("read"),
        all.count("write"),
        all.count("fault"),
        counts);
  }

  private static Verdict round(boolean lossy, long seed, Duration length) throws Exception {
    Path directory =
        Path.of("target", "history", (lossy ? "p2-" : "p1-") + seed).toAbsolutePath();
    delete(directory);
    Files.createDirectories(directory);
    Verdict verdict;
    try (RealPostgres postgres = RealPostgres.embedded();
        RealReplica standby = postgres.startReplica();
        RedisProcess redis = RedisProcess.start();
        HistoryRun run = new HistoryRun(postgres, standby, redis, directory, seed, lossy)) {
      run.begin();
      run.go(length);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!missing(run.check(), lossy).isEmpty() && System.nanoTime() - end < 0) {
        run.go(Duration.ofSeconds(2)); // the machine is slow
      }
      run.end();
      verdict = run.check();
      LOG.log(
          System.Logger.Level.INFO,
          "{0}: {1} operations",
          run,
          verdict.count("read") + verdict.count("write"));
      assertThat(verdict.wrong()).as("%s: %s", run, verdict.counts()).isEmpty();
      assertThat(missing(verdict, lossy)).as("%s: %s", run, verdict.counts()).isEmpty();
    }
    delete(directory);
    return verdict;
  }

  private static List<String> missing(Verdict verdict, boolean lossy) {
    List<String> missing = new ArrayList<>(EXPECTED);
    if (lossy) {
      missing.addAll(EXPECTED_WITH_LOSS);
    }
    if (HistoryRun.withNode()) {
      missing.addAll(EXPECTED_WITH_NODE);
    }
    missing.removeIf(expected -> verdict.count(expected) > 0);
    return missing;
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
