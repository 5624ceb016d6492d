package dev.chasqui.benchmarks.pointcache.load;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How much is done.
 *
 * @param rows of the table
 * @param operations of all processes in one stage
 * @param stages of which the first begins with nothing kept, and the others go on with what is; at least 2
 * @param writes how many of the operations write, per cent
 * @param workers processes
 * @param threads of each process
 */
public record LoadOptions(
    List<Contender> contenders,
    int rows,
    int operations,
    int stages,
    int writes,
    int workers,
    int threads,
    long seed) {
  static final LoadOptions DEFAULT = new LoadOptions(
      List.of(Contender.CHASQUI, Contender.JETCACHE, Contender.POSTGRESQL),
      1_000_000,
      1_000_000,
      5,
      5,
      4,
      4,
      1);

  private static final String USAGE = "options of point-cache/load: --contenders "
      + Arrays.stream(Contender.values()).map(Contender::toString).collect(Collectors.joining(","))
      + " --rows n --operations n (of each stage) --stages n --writes n (per cent) --workers n"
      + " --threads n (of each worker) --seed n";

  /** Refuses what cannot be measured. */
  public LoadOptions {
    contenders = List.copyOf(contenders);
    if (rows < 1 || stages < 2 || writes < 0 || writes > 100 || workers < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "there must be rows, 2 stages, 0 to 100 per cent of writes, workers and threads; "
              + USAGE);
    }
    if (operations < workers * threads) {
      throw new IllegalArgumentException(
          "not an operation for each of " + workers * threads + " threads; " + USAGE);
    }
  }

  /** Reads {@code --rows 1000 --seed 7}; what is not named is as usual. */
  public static LoadOptions parse(List<String> words) {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i < words.size(); i += 2) {
      given.put(words.get(i), i + 1 < words.size() ? words.get(i + 1) : "");
    }
    String names = given.remove("--contenders");
    LoadOptions options = new LoadOptions(
        names == null ? DEFAULT.contenders : contenders(names),
        number(given, "--rows", DEFAULT.rows),
        number(given, "--operations", DEFAULT.operations),
        number(given, "--stages", DEFAULT.stages),
        number(given, "--writes", DEFAULT.writes),
        number(given, "--workers", DEFAULT.workers),
        number(given, "--threads", DEFAULT.threads),
        number(given, "--seed", (int) DEFAULT.seed));
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("not an option: " + given.keySet() + "; " + USAGE);
    }
    return options;
  }

  private static List<Contender> contenders(String names) {
    return Arrays.stream(names.split(",", -1)).map(LoadOptions::contender).toList();
  }

  private static Contender contender(String name) {
    return Arrays.stream(Contender.values())
        .filter(each -> each.toString().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("not a contender: " + name + "; " + USAGE));
  }

  private static int number(Map<String, String> given, String name, int otherwise) {
    String number = given.remove(name);
    if (number == null) {
      return otherwise;
    }
    if (!number.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("not a number: " + name + " " + number + "; " + USAGE);
    }
    return Integer.parseInt(number);
  }

  /** In one stage. */
  int operationsOfEachThread() {
    return operations / (workers * threads);
  }
}
