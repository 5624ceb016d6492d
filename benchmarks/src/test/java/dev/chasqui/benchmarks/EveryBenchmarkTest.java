package dev.chasqui.benchmarks;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.Options;

/** That every benchmark can be run, not how fast: once, in this process, unmeasured. */
final class EveryBenchmarkTest {
  private static final String GIVEN_REDIS = "chasqui.test.redis.uri";
  private static final String GIVEN_POSTGRES = "chasqui.test.postgres.url";
  private static final List<String> ONCE = List.of(
      "-f",
      "0",
      "-wi",
      "0",
      "-i",
      "1",
      "-bm",
      "ss",
      "-v",
      "SILENT",
      "-p",
      "levelsAndOverrides=10x130",
      "-p",
      "devicesAndKeys=500x10",
      "-p",
      "devices=500");

  @Test
  void run_everyBenchmarkOnce_givesAPageWithAllOfThem(@TempDir Path folder) throws Exception {
    Path json = folder.resolve("results.json");
    Options options = Main.options("hierarchical-config", ONCE, json);

    Collection<RunResult> results = new Runner(options).run();

    assertThat(names(results)).isEqualTo(benchmarksOf("hierarchicalconfig"));
    assertThat(json)
        .content()
        .contains(
            "resolve.Chasqui.resolveAndReadAll", "10x130", "plan.Chasqui.firstPlan", "500x10");
    assertThat(ResultPage.of("hierarchical-config", Main.tables(results), results))
        .startsWith("## hierarchical-config\n")
        .contains("| readInt | Chasqui |", "| resolveAndReadAll 10x130 | Lightbend |")
        .contains("JMH 1.", "JVM flags: ");
  }

  /** Of methods that differ only in the number of threads the one with 1: JMH takes a second to end more. */
  @Test
  void run_everyBenchmarkOfRedisOnce_givesResultsOfAllOfThem(@TempDir Path folder)
      throws Exception {
    List<String> onOneThread = new ArrayList<>(ONCE);
    onOneThread.addAll(List.of("-e", "[a-z](8|64)$"));
    Collection<RunResult> results;
    // One server that each benchmark finds empty and leaves so is quicker than one for each.
    try (RealRedis redis = RealRedis.forTests()) {
      System.setProperty(GIVEN_REDIS, redis.uri());
      results = new Runner(
              Main.options("pooled-redis", onOneThread, folder.resolve("results.json")))
          .run();
    } finally {
      System.clearProperty(GIVEN_REDIS);
    }

    assertThat(names(results))
        .isEqualTo(benchmarksOf("pooledredis").stream()
            .filter(name -> name.endsWith("1"))
            .collect(toSet()));
  }

  @Test
  void run_everyBenchmarkOfPointCacheOnce_givesResultsOfAllOfThem(@TempDir Path folder)
      throws Exception {
    List<String> onOneThread = new ArrayList<>(ONCE);
    onOneThread.addAll(List.of("-e", "[a-z](8|64)$"));
    Collection<RunResult> results;
    try (RealRedis redis = RealRedis.forTests();
        RealPostgres postgres = RealPostgres.forTests()) {
      System.setProperty(GIVEN_REDIS, redis.uri());
      System.setProperty(
          GIVEN_POSTGRES,
          postgres.jdbcUrl() + "?user=" + postgres.username() + "&password=" + postgres.password());
      results = new Runner(Main.options("point-cache", onOneThread, folder.resolve("results.json")))
          .run();
    } finally {
      System.clearProperty(GIVEN_REDIS);
      System.clearProperty(GIVEN_POSTGRES);
    }

    assertThat(names(results))
        .isEqualTo(benchmarksOf("pointcache").stream()
            .filter(name -> !name.matches(".*[a-z](8|64)"))
            .collect(toSet()));
  }

  @Test
  void run_everyBenchmarkOfTracingOnce_givesResultsOfAllOfThem(@TempDir Path folder)
      throws Exception {
    Collection<RunResult> results =
        new Runner(Main.options("tracing", ONCE, folder.resolve("results.json"))).run();

    assertThat(names(results)).isEqualTo(benchmarksOf("tracing"));
  }

  @Test
  void run_everyBenchmarkOfFeatureFlagsOnce_givesResultsOfAllOfThem(@TempDir Path folder)
      throws Exception {
    List<String> withFewFlags = new ArrayList<>(ONCE);
    withFewFlags.addAll(List.of("-p", "flags=100"));
    Collection<RunResult> results = new Runner(
            Main.options("feature-flags", withFewFlags, folder.resolve("results.json")))
        .run();

    assertThat(names(results)).isEqualTo(benchmarksOf("featureflags"));
  }

  @Test
  void run_severalIterations_countProcessorTimeOfBoth(@TempDir Path folder) throws Exception {
    List<String> thrice = new ArrayList<>(ONCE);
    thrice.set(ONCE.indexOf("-i") + 1, "3");
    Collection<RunResult> results;
    try (RealRedis redis = RealRedis.forTests()) {
      System.setProperty(GIVEN_REDIS, redis.uri());
      results = new Runner(Main.options(
              "pooled-redis/commands/Chasqui.get1", thrice, folder.resolve("results.json")))
          .run();
    } finally {
      System.clearProperty(GIVEN_REDIS);
    }

    assertThat(results).isNotEmpty().allSatisfy(result -> {
      assertThat(score(result, "cpu.client.norm")).isFinite();
      assertThat(score(result, "cpu.server.norm")).isFinite();
    });
  }

  private static double score(RunResult result, String secondary) {
    return requireNonNull(result.getSecondaryResults().get(secondary), secondary)
        .getScore();
  }

  @Test
  void threads_ofBenchmarksOfRedis_areWhatTheirNamesSay() {
    assertThat(TakingPart.all())
        .filteredOn(benchmark ->
            benchmark.getUsername().matches(".*\\.(pooledredis|pointcache\\.(redis|many))\\..*"))
        .isNotEmpty()
        .allSatisfy(benchmark -> assertThat(benchmark.getUsername())
            .matches(".*[a-z]" + benchmark.getThreads().get()));
  }

  @Test
  void parts_ofAllBenchmarks_areRunHere() {
    assertThat(TakingPart.all())
        .extracting(BenchmarkListEntry::getUsername)
        .allMatch(name -> name.matches(
            ".*\\.(hierarchicalconfig|pooledredis|pointcache|tracing|featureflags)\\..*"));
  }

  private static Set<String> names(Collection<RunResult> results) {
    return results.stream().map(result -> result.getParams().getBenchmark()).collect(toSet());
  }

  private static Set<String> benchmarksOf(String part) {
    return TakingPart.all().stream()
        .map(BenchmarkListEntry::getUsername)
        .filter(name -> name.startsWith("dev.chasqui.benchmarks." + part + "."))
        .collect(toSet());
  }

  @Test
  void options_nameGiven_areOfThePartAndJmh() throws Exception {
    Options options = Main.options(
        "hierarchical-config/read/Chasqui.readInt", List.of("-f", "3"), Path.of("x.json"));

    assertThat(options.getIncludes())
        .containsExactly(
            "^dev\\.chasqui\\.benchmarks\\.hierarchicalconfig\\.read\\.Chasqui\\.readInt");
    assertThat(options.getForkCount().get()).isEqualTo(3);
  }

  @Test
  void of_resultsMeasuredInTwoWays_saysWhichWasMeasuredHow(@TempDir Path folder) throws Exception {
    List<RunResult> results = new ArrayList<>();
    for (String name : List.of("readInt", "readBoolean")) {
      List<String> iterations = new ArrayList<>(ONCE);
      iterations.set(ONCE.indexOf("-i") + 1, name.equals("readInt") ? "1" : "2");
      results.addAll(new Runner(Main.options(
              "hierarchical-config/read/Floor." + name, iterations, folder.resolve("x.json")))
          .run());
    }

    assertThat(ResultPage.of("x", Main.tables(results), results).lines())
        .anyMatch(line -> line.startsWith("readInt: ") && line.contains("measurement: 1 "))
        .anyMatch(line -> line.startsWith("readBoolean: ") && line.contains("measurement: 2 "));
  }

  @Test
  void options_secondName_isRefused() {
    assertThatThrownBy(
            () -> Main.options("hierarchical-config", List.of("read"), Path.of("x.json")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContainingAll("[read]", "usage: run");
  }

  @Test
  void seconds_noNumber_isRefused() throws Exception {
    assertThat(Main.seconds(List.of("20"))).isEqualTo(20);
    assertThatThrownBy(() -> Main.seconds(List.of("-1")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContainingAll("not a number of seconds: -1", "usage: run");
  }

  @Test
  void devices_noNumber_isRefused() throws Exception {
    assertThat(Main.devices(List.of())).isEqualTo(1_000_000);
    assertThat(Main.devices(List.of("20"))).isEqualTo(20);
    assertThatThrownBy(() -> Main.devices(List.of("0")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContainingAll("not a number of devices: 0", "usage: run");
    assertThatThrownBy(() -> Main.devices(List.of("20", "-f")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContaining("20 -f");
  }
}
