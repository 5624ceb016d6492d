package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a JVM that was killed with {@code kill -9}. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no shell to watch there")
final class KilledJvmTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir
  private Path directory;

  @Test
  void kill_withServersForTests_leavesNoProcessesAndNoFiles() throws Exception {
    Holder holder = start();
    holder.process().destroyForcibly();
    assertGone(holder);
    await().atMost(PATIENCE).until(() -> !Files.exists(holder.data().getParent()));
  }

  @Test
  void kill_withAPausedRedisThatWasRestarted_leavesNoProcessAndNoFiles() throws Exception {
    Path report = directory.resolve("report");
    Process jvm = run(report, "paused");
    List<String> lines = Files.readAllLines(report);
    ProcessHandle redis = ProcessHandle.of(Long.parseLong(lines.get(0))).orElseThrow();
    assertThat(Path.of(lines.get(1))).isDirectory();
    jvm.destroyForcibly();
    await().atMost(PATIENCE).until(() -> !redis.isAlive());
    await().atMost(PATIENCE).until(() -> !Files.exists(Path.of(lines.get(1))));
  }

  @Test
  void kill_withAPausedReplica_leavesNoProcessesAndNoFiles() throws Exception {
    Path report = directory.resolve("report");
    Process jvm = run(report, "replica");
    List<String> lines = Files.readAllLines(report);
    List<ProcessHandle> servers = Stream.of(lines.get(0), lines.get(1))
        .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
        .toList();
    Path data = Path.of(lines.get(2));
    assertThat(data).isDirectory();
    jvm.destroyForcibly();
    await().atMost(PATIENCE).until(() -> servers.stream().noneMatch(ProcessHandle::isAlive));
    await().atMost(PATIENCE).until(() -> !Files.exists(data.getParent()));
  }

  @Test
  void kill_withPersistentServers_nextStartHasTheData() throws Exception {
    Holder holder = start(directory.toString());
    holder.process().destroyForcibly().waitFor();
    // At once, while the servers may still be ending.
    assertDataIsThere();
    assertGone(holder);
  }

  @Test
  void kill_withTheWatchdogs_nextStartStopsTheOrphansAndHasTheData() throws Exception {
    Holder holder = start(directory.toString());
    List<ProcessHandle> watchdogs = holder.process().children().toList();
    assertThat(watchdogs).hasSize(2);
    watchdogs.forEach(ProcessHandle::destroyForcibly);
    holder.process().destroyForcibly().waitFor();
    assertThat(ProcessHandle.of(holder.postgres())).as("orphan").isPresent();
    assertDataIsThere();
    assertGone(holder);
  }

  private void assertDataIsThere() throws Exception {
    try (RealPostgres postgres = RealPostgres.open(directory.resolve("postgres"));
        RealRedis redis = RealRedis.open(directory.resolve("redis"))) {
      assertThat(Servers.postgres(postgres, "SELECT word FROM kept")).isEqualTo("before the kill");
      assertThat(Servers.redis(redis, "GET", "kept")).isEqualTo("before the kill");
    }
  }

  private static void assertGone(Holder holder) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(Stream.of(holder.postgres(), holder.redis())
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .filter(ProcessHandle::isAlive))
            .isEmpty());
  }

  private record Holder(Process process, long postgres, long redis, Path data) {}

  private Holder start(String... arguments) throws Exception {
    Path report = directory.resolve("report");
    Process process = run(report, arguments);
    List<String> lines = Files.readAllLines(report);
    return new Holder(
        process, Long.parseLong(lines.get(0)), Long.parseLong(lines.get(1)), Path.of(lines.get(2)));
  }

  private Process run(Path report, String... arguments) throws Exception {
    List<String> line = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        classPath(),
        ServerHolder.class.getName(),
        report.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    Path output = directory.resolve("output");
    Process process = builder.redirectOutput(output.toFile()).start();
    await().atMost(PATIENCE).until(() -> Files.exists(report) || !process.isAlive());
    assertThat(report).as(() -> read(output)).exists();
    return process;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The tests run on the module path; the child on the class path, with the same jars. */
  private static String classPath() {
    return Stream.of(
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"),
            System.getProperty("surefire.test.class.path"),
            Path.of("target", "test-classes").toAbsolutePath().toString())
        .filter(part -> part != null && !part.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
