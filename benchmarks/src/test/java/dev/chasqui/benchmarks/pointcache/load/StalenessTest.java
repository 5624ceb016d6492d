package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.pointcache.load.Staleness.Reads;
import dev.chasqui.pointcache.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StalenessTest {
  private static final int KEY = 7;

  private final Staleness staleness = new Staleness(Duration.ofNanos(100));

  @Test
  void read_ofLatestVersion_isFresh() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.wrote(KEY, 2, 2_000);
    staleness.read(KEY, 2, Source.REDIS, 9_000);

    assertThat(staleness.reads(Source.REDIS)).isEqualTo(new Reads(1, 0, 0, 0));
  }

  @Test
  void read_ofVersionThatNobodyHeardOfYet_isFresh() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY, 2, Source.REDIS, 1_500);

    assertThat(staleness.reads(Source.REDIS).stale()).isZero();
  }

  @Test
  void read_begunBeforeTheLaterWasAcknowledged_isFresh() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY, 0, Source.DATABASE, 1_000);

    assertThat(staleness.reads(Source.DATABASE).stale()).isZero();
  }

  @Test
  void read_begunAfterTheLaterWasAcknowledged_isBeyondTheBoundOfRedis() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY, 0, Source.REDIS, 1_001);

    assertThat(staleness.reads(Source.REDIS)).isEqualTo(new Reads(1, 1, 1, 1));
  }

  @Test
  void read_fromMemoryWithinItsTime_isStaleButNotBeyond() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY, 0, Source.MEMORY, 1_100);

    assertThat(staleness.reads(Source.MEMORY)).isEqualTo(new Reads(1, 1, 0, 100));
  }

  @Test
  void read_fromMemoryAfterItsTime_isBeyond() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY, 0, Source.MEMORY, 1_101);

    assertThat(staleness.reads(Source.MEMORY)).isEqualTo(new Reads(1, 1, 1, 101));
  }

  @Test
  void read_versionsAcknowledgedInAnotherOrder_countsFromTheFirst() {
    staleness.wrote(KEY, 3, 1_000); // the writer of 1 was slow to hear of it
    staleness.wrote(KEY, 1, 5_000);
    staleness.wrote(KEY, 2, 4_000);
    staleness.read(KEY, 0, Source.REDIS, 1_010);

    assertThat(staleness.reads(Source.REDIS).stalest()).isEqualTo(10);
  }

  @Test
  void read_versionsToldFromTheLast_countsFromTheFirst() {
    staleness.wrote(KEY, 1, 5_000);
    staleness.wrote(KEY, 2, 4_000);
    staleness.wrote(KEY, 3, 1_000);
    staleness.read(KEY, 0, Source.REDIS, 1_010);
    staleness.read(KEY, 2, Source.REDIS, 1_020);

    assertThat(staleness.reads(Source.REDIS)).isEqualTo(new Reads(2, 2, 2, 20));
  }

  @Test
  void read_ofAnotherKey_isFresh() {
    staleness.wrote(KEY, 1, 1_000);
    staleness.read(KEY + 1, 0, Source.REDIS, 9_000);

    assertThat(staleness.reads(Source.REDIS).stale()).isZero();
  }

  @Test
  void of_logsOfSeveralThreads_knowsTheirWritesBeforeItChecks(@TempDir Path folder)
      throws IOException {
    Path reader = folder.resolve("reader");
    Path writer = folder.resolve("writer");
    try (EventLog log = new EventLog(reader)) {
      log.read(KEY, 0, Source.REDIS, 1_050);
      log.read(KEY, 0, Source.MEMORY, 1_050);
      log.read(KEY, 1, Source.DATABASE, 1_050);
    }
    try (EventLog log = new EventLog(writer)) {
      log.wrote(KEY, 1, 1_000);
    }

    Staleness found = Staleness.of(List.of(reader, writer), Duration.ofNanos(100));

    assertThat(found.reads(Source.REDIS)).isEqualTo(new Reads(1, 1, 1, 50));
    assertThat(found.reads(Source.MEMORY)).isEqualTo(new Reads(1, 1, 0, 50));
    assertThat(found.reads(Source.DATABASE)).isEqualTo(new Reads(1, 0, 0, 0));
  }
}
