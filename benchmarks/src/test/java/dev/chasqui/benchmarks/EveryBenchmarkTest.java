package dev.chasqui.benchmarks;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.Options;

/** That every benchmark can be run, not how fast: once, in this process, unmeasured. */
final class EveryBenchmarkTest {
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

    assertThat(results.stream().map(result -> result.getParams().getBenchmark()).collect(toSet()))
        .isEqualTo(
            TakingPart.all().stream().map(BenchmarkListEntry::getUsername).collect(toSet()));
    assertThat(json)
        .content()
        .contains(
            "resolve.Chasqui.resolveAndReadAll", "10x130", "plan.Chasqui.firstPlan", "500x10");
    assertThat(ResultPage.of("hierarchical-config", results))
        .startsWith("## hierarchical-config\n")
        .contains("| readInt | Chasqui |", "| resolveAndReadAll 10x130 | Lightbend |")
        .contains("JMH 1.", "JVM flags: ");
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

    assertThat(ResultPage.of("x", results).lines())
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
