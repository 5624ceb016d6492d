package dev.chasqui.benchmarks;

import static java.util.stream.Collectors.partitioningBy;

import dev.chasqui.benchmarks.hierarchicalconfig.memory.Memory;
import dev.chasqui.benchmarks.pointcache.load.Load;
import dev.chasqui.benchmarks.pointcache.load.LoadOptions;
import dev.chasqui.benchmarks.pooledredis.CpuProfiler;
import dev.chasqui.benchmarks.pooledredis.ThreadsTable;
import dev.chasqui.benchmarks.pooledredis.fairness.Fairness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks of one part: {@code hierarchical-config[/name] [options of JMH]}. Leaves {@code
 * <part>.json}, as JMH writes it, and {@code <part>.md} in the folder that the environment variable
 * {@code CHASQUI_RESULTS} names, otherwise in the working directory. {@code hierarchical-config/memory
 * [devices]} counts bytes instead and leaves {@code hierarchical-config-memory.md} there, {@code
 * pooled-redis/fairness [seconds]} counts who gets a connection and leaves {@code pooled-redis-fairness.md}, {@code
 * point-cache/load [options]} has processes read and write, and leaves {@code point-cache-load.md}.
 */
public final class Main {
  private static final String USAGE = """
      usage: run <part>[/<start of a benchmark's name>] [options of JMH]
        run hierarchical-config
        run hierarchical-config/read/Chasqui.readInt -f 1 -wi 3 -i 5
      usage: run hierarchical-config/memory [devices of the fleet]
      usage: run pooled-redis/fairness [seconds for each pool]
      usage: run point-cache/load [--operations 2000000 and others]""";
  private static final String MEMORY = "hierarchical-config/memory";
  private static final String DEVICES = "1000000";
  private static final Set<String> WITH_REDIS = Set.of("pooled-redis", "point-cache");
  /** Of a few nanoseconds each, which other work on the machine would drown. */
  private static final String WITHOUT_WAITING = "feature-flags";

  private static final Set<Mode> COUNTED = EnumSet.of(Mode.Throughput, Mode.SampleTime);
  private static final String FAIRNESS = "pooled-redis/fairness";
  private static final String SECONDS = "5";
  private static final String LOAD = "point-cache/load";
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0 || arguments[0].startsWith("-")) {
      exit(USAGE);
    }
    Path folder = Files.createDirectories( // now, or what took an hour would have no place
        Path.of(System.getenv().getOrDefault("CHASQUI_RESULTS", ".")));
    List<String> options = List.of(arguments).subList(1, arguments.length);
    try {
      if (arguments[0].equals(MEMORY)) {
        leave(MEMORY, Memory.page(devices(options)), folder);
      } else if (arguments[0].equals(FAIRNESS)) {
        Duration seconds = Duration.ofSeconds(seconds(options));
        leave(FAIRNESS, Fairness.page(WARM_UP, seconds), folder);
      } else if (arguments[0].equals(LOAD)) {
        leave(LOAD, Load.page(loadOptions(options)), folder);
      } else {
        run(arguments[0], options, folder);
      }
    } catch (NoBenchmarksException e) {
      exit("there is no benchmark " + arguments[0] + "\n" + USAGE);
    } catch (CommandLineOptionException | RunnerException e) {
      exit(String.valueOf(e.getMessage()));
    }
  }

  static int devices(List<String> options) throws CommandLineOptionException {
    return number(options, DEVICES, "devices");
  }

  static int seconds(List<String> options) throws CommandLineOptionException {
    return number(options, SECONDS, "seconds");
  }

  private static LoadOptions loadOptions(List<String> options) throws CommandLineOptionException {
    try {
      return LoadOptions.parse(options);
    } catch (IllegalArgumentException e) {
      throw new CommandLineOptionException(String.valueOf(e.getMessage()));
    }
  }

  private static int number(List<String> options, String otherwise, String what)
      throws CommandLineOptionException {
    String number = options.isEmpty() ? otherwise : String.join(" ", options);
    if (!number.matches("[1-9][0-9]{0,7}")) {
      throw new CommandLineOptionException(
          "not a number of " + what + ": " + number + "\n" + USAGE);
    }
    return Integer.parseInt(number);
  }

  private static void leave(String program, String page, Path folder) throws IOException {
    Path markdown = folder.resolve(program.replace('/', '-') + ".md");
    Files.writeString(markdown, page);
    System.out.printf(Locale.ROOT, "%n%s%nAlso in %s%n", page, markdown);
  }

  private static void run(String benchmarks, List<String> jmhOptions, Path folder)
      throws IOException, CommandLineOptionException, RunnerException {
    String part = part(benchmarks);
    Path json = folder.resolve(part + ".json");
    Path markdown = folder.resolve(part + ".md");
    Collection<RunResult> results = new Runner(options(benchmarks, jmhOptions, json)).run();
    String page = ResultPage.of(part, tables(results), results);
    Files.writeString(markdown, page);
    System.out.printf(Locale.ROOT, "%n%s%nAlso in %s and %s%n", page, markdown, json);
  }

  /** A table of what was timed, and those of what many threads got done. */
  static String tables(Collection<RunResult> results) throws IOException {
    Map<Boolean, List<RunResult>> counted = results.stream()
        .collect(partitioningBy(result -> COUNTED.contains(result.getParams().getMode())));
    List<String> tables = new ArrayList<>();
    List<RunResult> timed = counted.getOrDefault(false, List.of());
    if (!timed.isEmpty()) {
      tables.add(ResultPage.table(timed.stream().map(ResultPage.Row::of).toList()));
    }
    List<RunResult> ofThreads = counted.getOrDefault(true, List.of());
    if (!ofThreads.isEmpty()) {
      tables.add(ThreadsTable.of(ofThreads));
    }
    return String.join("\n", tables);
  }

  static Options options(String benchmarks, List<String> jmhOptions, Path json)
      throws CommandLineOptionException {
    CommandLineOptions given = new CommandLineOptions(jmhOptions.toArray(String[]::new));
    if (!given.getIncludes().isEmpty()) { // they would be added to the part's benchmarks
      throw new CommandLineOptionException(
          "not an option of JMH: " + given.getIncludes() + "\n" + USAGE);
    }
    ChainedOptionsBuilder options = new OptionsBuilder()
        .parent(given)
        .include(pattern(benchmarks))
        .addProfiler(GCProfiler.class)
        .resultFormat(ResultFormatType.JSON)
        .result(json.toString())
        .shouldFailOnError(true);
    if (WITH_REDIS.contains(part(benchmarks))) {
      options.addProfiler(CpuProfiler.class);
    }
    if (part(benchmarks).equals(WITHOUT_WAITING)) {
      options.addProfiler(WorkerCpu.class);
    }
    return options.build();
  }

  private static String part(String benchmarks) {
    return benchmarks.replaceFirst("/.*", "");
  }

  private static String pattern(String benchmarks) {
    String[] partAndName = benchmarks.split("/", 2);
    String name = partAndName.length == 1 ? "" : partAndName[1].replaceAll("[/.]", "\\\\.");
    return "^dev\\.chasqui\\.benchmarks\\." + partAndName[0].replace("-", "") + "\\." + name;
  }

  private static void exit(String message) {
    System.err.println(message);
    System.exit(2);
  }
}
