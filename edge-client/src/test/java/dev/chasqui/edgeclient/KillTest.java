package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.COUNTER;
import static dev.chasqui.edgeclient.Dashcam.DEVICE;
import static dev.chasqui.edgeclient.Dashcam.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Scanner;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Kills a device in the midst of a stream of changes, again and again. What was acked is never lost; no value is heard of
 * twice; none older than one that was heard of.
 */
final class KillTest {
  private static final int ROUNDS = 10;

  @TempDir
  private Path directory;

  private Profile truth = Profile.empty(ACME);

  @Test
  void kill_atAnyMoment_losesNothingAckedAndRepeatsNothing() throws Exception {
    Random random = new Random(2026);
    Path journal = Files.createFile(directory.resolve("journal"));
    long acked = 0;
    try (TestGateway gateway = new TestGateway()) {
      for (int round = 0; round <= ROUNDS; round++) {
        Process device = start(gateway, journal);
        try {
          TestGateway.Connection connection = gateway.accept();
          JsonNode hello = connection.next("hello");
          assertThat(hello.path("profiles").path("company:acme").asLong(0))
              .as("revision held after round %d", round)
              .isGreaterThanOrEqualTo(acked);
          connection.full(truth.revision(), truth);
          acked = connection.ackOf(truth.revision()).path("received").longValue();
          if (round == ROUNDS) {
            break;
          }
          int changes = 1 + random.nextInt(40);
          int ackedAt = random.nextInt(changes);
          for (int i = 0; i < changes; i++) {
            connection.edits(nextChange()).complete(truth.revision());
            if (i == ackedAt) {
              acked = connection.ackOf(truth.revision()).path("received").longValue();
            }
          }
        } finally {
          device.destroyForcibly();
          assertThat(device.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
      }
    }
    assertThat(stored().get(COUNTER)).isEqualTo((int) truth.revision());
    assertJournalOf(journal);
  }

  /** The value is the revision, so the values only rise. */
  private ProfileEdits nextChange() {
    long next = truth.revision() + 1;
    ProfileEdits edits = new ProfileEdits(
        ACME, truth.revision(), next, Map.of(COUNTER.key(), entry((int) next)), Set.of());
    truth = truth.with(edits);
    return edits;
  }

  private EffectiveConfig stored() throws IOException {
    EdgeStore store = EdgeStore.directory(directory.resolve("store"));
    try {
      return new Resolver(Catalogue.of(COUNTER), Hierarchy.DEFAULT)
          .resolve(
              store.open(DEVICE).effective().profiles().values(),
              DeviceContext.NONE,
              Instant.EPOCH);
    } finally {
      store.close();
    }
  }

  private static void assertJournalOf(Path journal) throws IOException {
    long last = Long.MIN_VALUE;
    for (String line : Files.readAllLines(journal)) {
      Scanner words = new Scanner(line);
      assertThat(words.next()).isEqualTo("change");
      long before = words.nextLong();
      assertThat(before).as("%s after %d", line, last).isGreaterThanOrEqualTo(last);
      last = words.nextLong();
      assertThat(last).as(line).isGreaterThan(before);
    }
    assertThat(last).isPositive();
  }

  private Process start(TestGateway gateway, Path journal) throws IOException {
    String classPath = String.join(
        File.pathSeparator,
        Path.of("target", "test-classes").toAbsolutePath().toString(),
        Path.of("target", "classes").toAbsolutePath().toString(),
        System.getProperty("jdk.module.path", ""),
        System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            classPath,
            KilledDevice.class.getName(),
            gateway.uri().toString(),
            directory.resolve("store").toString(),
            journal.toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }
}
