package dev.chasqui.benchmarks;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toList;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What people read of a run: a table in Markdown, below it what the figures were taken on. */
final class ResultPage {
  /** The class that all others of its package are measured by. */
  private static final String FLOOR = "Floor";

  private static final String BYTES_PER_OPERATION = "gc.alloc.rate.norm";

  /**
   * One figure.
   *
   * @param task what was done, the same for all who did it
   * @param who the class that did it
   * @param score mean of all iterations in {@code unit}, lower is better
   * @param error half the width of the 99.9 % confidence interval, NaN where there are too few figures
   * @param best the fastest iteration: whatever else the machine does can only slow one down
   * @param bytes allocated each time, NaN where nobody counted
   * @param cpu the fewest nanoseconds of an iteration that a measuring thread ran, NaN where nobody counted
   */
  record Row(
      String task,
      String who,
      double score,
      double error,
      double best,
      String unit,
      double bytes,
      double cpu) {
    static Row of(RunResult result) {
      BenchmarkParams params = result.getParams();
      String[] names = params.getBenchmark().split("\\.", -1);
      String values = params.getParamsKeys().stream().map(params::getParam).collect(joining(", "));
      String task = names[names.length - 1] + (values.isEmpty() ? "" : " " + values);
      Result<?> score = result.getPrimaryResult();
      Result<?> bytes = result.getSecondaryResults().get(BYTES_PER_OPERATION);
      Result<?> cpu = result.getSecondaryResults().get(WorkerCpu.NAME);
      return new Row(
          task,
          names[names.length - 2],
          score.getScore(),
          score.getScoreError(),
          score.getStatistics().getMin(),
          score.getScoreUnit(),
          bytes == null ? Double.NaN : bytes.getScore(),
          cpu == null ? Double.NaN : cpu.getStatistics().getMin());
    }
  }

  private ResultPage() {}

  static String of(String part, String tables, Collection<RunResult> results) {
    return "## " + part + "\n\n" + tables + circumstances(results);
  }

  /** Says of which tasks each is, if they were not measured alike. */
  private static String circumstances(Collection<RunResult> results) {
    Map<String, String> tasks = results.stream()
        .map(RunResult::getParams)
        .collect(groupingBy(
            ResultPage::circumstances,
            TreeMap::new,
            mapping(
                ResultPage::method,
                collectingAndThen(toCollection(TreeSet::new), names -> String.join(", ", names)))));
    StringBuilder lines = new StringBuilder();
    tasks.forEach((circumstances, names) -> lines
        .append("\n")
        .append(tasks.size() == 1 ? "" : names + ": ")
        .append(circumstances)
        .append("\n"));
    return lines.toString();
  }

  private static String method(BenchmarkParams params) {
    return params.getBenchmark().replaceFirst(".*\\.", "");
  }

  /** Task by task, the fastest first. The ratio is of the best to the best of the same task's floor. */
  static String table(Collection<Row> rows) {
    boolean hasCpu = rows.stream().anyMatch(row -> !Double.isNaN(row.cpu()));
    StringBuilder table =
        new StringBuilder("""
        | Task | Who | Mean | ± | Best | Unit | × floor | B/op |%s
        |---|---|--:|--:|--:|---|--:|--:|%s
        """.formatted(hasCpu ? " CPU ns |" : "", hasCpu ? "--:|" : ""));
    rows.stream()
        .collect(groupingBy(Row::task, TreeMap::new, toList()))
        .forEach((task, same) -> same.stream()
            .sorted(comparingDouble(Row::best).thenComparing(comparing(Row::who)))
            .forEach(row -> table.append(line(row, floor(same), hasCpu))));
    return table.toString();
  }

  private static double floor(List<Row> sameTask) {
    return sameTask.stream()
        .filter(row -> row.who().equals(FLOOR))
        .mapToDouble(Row::best)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String line(Row row, double floor, boolean hasCpu) {
    return "| %s | %s | %s | %s | %s | %s | %s | %s |%s%n"
        .formatted(
            row.task(),
            row.who(),
            shown(row.score(), 2),
            shown(row.error(), 2),
            shown(row.best(), 2),
            row.unit(),
            shown(row.best() / floor, 1),
            shown(row.bytes(), 0),
            hasCpu ? " " + shown(row.cpu(), 1) + " |" : "")
        .replace(System.lineSeparator(), "\n");
  }

  private static String shown(double number, int digits) {
    return Double.isNaN(number) ? "" : String.format(Locale.ROOT, "%,." + digits + "f", number);
  }

  private static String circumstances(BenchmarkParams params) {
    return """
        %s, JMH %s, %s %s, %s %s, %d processors. JVM flags: %s. \
        Forks: %d, warm-up: %d × %s, measurement: %d × %s, threads: %d.""".formatted(
            LocalDate.now(ZoneOffset.UTC),
            params.getJmhVersion(),
            params.getVmName(),
            params.getVmVersion(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors(),
            params.getJvmArgs().isEmpty() ? "none" : String.join(" ", params.getJvmArgs()),
            params.getForks(),
            params.getWarmup().getCount(),
            params.getWarmup().getTime(),
            params.getMeasurement().getCount(),
            params.getMeasurement().getTime(),
            params.getThreads());
  }
}
