package dev.chasqui.benchmarks.pooledredis;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** A table in Markdown for each operation: a line for each who takes part, a column for each number of threads. */
public final class ThreadsTable {
  private static final String FLOOR = "Floor";
  private static final double SECONDS_OF_CEILING = 3;

  /** What is done, the same for all who do it: {@code commands} and {@code get}. */
  record Task(String question, String operation) implements Comparable<Task> {
    private static final Comparator<Task> ORDER =
        Comparator.comparing(Task::question).thenComparing(Task::operation);

    @Override
    public int compareTo(Task other) {
      return ORDER.compare(this, other);
    }

    /** How many commands each thread has under way, 0 where nothing is sent. */
    int depth() {
      return switch (question) {
        case "commands" -> 1;
        case "pipelined" -> 64;
        default -> 0;
      };
    }
  }

  /**
   * What one got done, NaN where nobody measured it.
   *
   * @param perSecond operations of all threads in the best iteration
   * @param p99Micros the time within which 99 % of them were done, in microseconds
   * @param bytes allocated each time
   * @param clientMicros of processors that each took in the JVM
   * @param serverMicros of a processor that each took in Redis
   */
  record Figure(
      Task task,
      String who,
      int threads,
      double perSecond,
      double p99Micros,
      double bytes,
      double clientMicros,
      double serverMicros) {
    /** Of results that differ in nothing but the mode. */
    static Figure of(List<RunResult> modes) {
      RunResult any = modes.get(0);
      double perSecond = Double.NaN;
      double p99 = Double.NaN;
      RunResult counted = any;
      for (RunResult result : modes) {
        if (result.getParams().getMode() == Mode.Throughput) {
          perSecond = result.getPrimaryResult().getStatistics().getMax();
          counted = result;
        } else if (result.getParams().getMode() == Mode.SampleTime) {
          p99 = 1e6 * result.getPrimaryResult().getStatistics().getPercentile(99);
        }
      }
      return new Figure(
          taskOf(any),
          whoOf(any),
          any.getParams().getThreads(),
          perSecond,
          p99,
          secondary(counted, "gc.alloc.rate.norm"),
          secondary(counted, CpuProfiler.CLIENT),
          secondary(counted, CpuProfiler.SERVER));
    }

    private static double secondary(RunResult result, String name) {
      Result<?> found = result.getSecondaryResults().get(name);
      return found == null ? Double.NaN : found.getScore();
    }
  }

  private ThreadsTable() {}

  /**
   * The tables of a run. Where commands are sent, {@code redis-benchmark} sends them too now, if it is on the {@code
   * PATH}.
   */
  public static String of(Collection<RunResult> results) throws IOException {
    List<Figure> figures = new ArrayList<>(results.stream()
        .collect(groupingBy(
            result -> List.of(taskOf(result), whoOf(result), result.getParams().getThreads())))
        .values()
        .stream()
        .map(Figure::of)
        .toList());
    figures.addAll(ceilings(figures, SECONDS_OF_CEILING));
    return tables(figures);
  }

  private static Task taskOf(RunResult result) {
    String[] names = names(result);
    return new Task(names[names.length - 3], names[names.length - 1].replaceFirst("\\d+$", ""));
  }

  private static String whoOf(RunResult result) {
    String[] names = names(result);
    return names[names.length - 2];
  }

  private static String[] names(RunResult result) {
    return result.getParams().getBenchmark().split("\\.", -1);
  }

  /** What {@code redis-benchmark} gets done of the tasks in which commands are sent; nothing if it is not there. */
  static List<Figure> ceilings(Collection<Figure> figures, double seconds) throws IOException {
    Optional<Path> program = Ceiling.program();
    Map<Task, SortedSet<Integer>> threads = figures.stream()
        .filter(figure -> figure.task().depth() > 0)
        .collect(groupingBy(
            Figure::task,
            TreeMap::new,
            mapping(Figure::threads, toCollection(TreeSet<Integer>::new))));
    List<Figure> ceilings = new ArrayList<>();
    if (program.isEmpty() || threads.isEmpty()) {
      return ceilings;
    }
    try (FilledRedis redis = FilledRedis.start()) {
      Ceiling ceiling = new Ceiling(program.get(), redis.uri(), seconds);
      for (Map.Entry<Task, SortedSet<Integer>> each : threads.entrySet()) {
        Task task = each.getKey();
        for (int connections : each.getValue()) {
          Ceiling.Round best = ceiling.best(task.operation(), connections, task.depth());
          // A time of a whole batch is no time of a command.
          double p99 = task.depth() == 1 ? best.p99Micros() : Double.NaN;
          ceilings.add(new Figure(
              task,
              Ceiling.PROGRAM,
              connections,
              best.perSecond(),
              p99,
              Double.NaN,
              Double.NaN,
              Double.NaN));
        }
      }
    }
    return ceilings;
  }

  /** Task by task; whoever gets most done on most threads comes first. */
  static String tables(Collection<Figure> figures) {
    Map<Task, List<Figure>> tasks =
        figures.stream().collect(groupingBy(Figure::task, TreeMap::new, toList()));
    return tasks.entrySet().stream()
        .map(task -> new Table(task.getKey(), task.getValue()).toString())
        .collect(joining("\n"));
  }

  /** The table of one task. */
  private static final class Table {
    private final Task task;
    private final SortedSet<Integer> threads;
    private final Map<String, Map<Integer, Figure>> lines;
    private final Optional<String> yardstick;

    Table(Task task, List<Figure> figures) {
      this.task = task;
      threads = figures.stream().map(Figure::threads).collect(toCollection(TreeSet::new));
      lines = figures.stream()
          .collect(
              groupingBy(Figure::who, TreeMap::new, toMap(Figure::threads, Function.identity())));
      yardstick = Stream.of(FLOOR, Ceiling.PROGRAM).filter(lines::containsKey).findFirst();
    }

    @Override
    public String toString() {
      String columns =
          threads.stream().map(number -> " " + number + " |").collect(joining("", "| Who |", ""));
      return "### " + task.question() + ": " + task.operation() + "\n\n"
          + "Thousands a second (÷ " + yardstick.orElse("the most")
          + ") of so many threads; then for each number of threads.\n\n"
          + columns + " 99 % within µs | B/op | client CPU µs/op | server CPU µs/op |\n"
          + "|---|" + "--:|".repeat(threads.size() + 4) + "\n"
          + lines.entrySet().stream()
              .sorted(
                  Comparator.comparingDouble(line -> -perSecond(line.getValue(), threads.last())))
              .map(line -> line(line.getKey(), line.getValue()))
              .collect(joining());
    }

    private String line(String who, Map<Integer, Figure> figures) {
      String rates = threads.stream()
          .map(number -> rate(perSecond(figures, number), yardstick(number)))
          .collect(joining(" | ", "| " + who + " | ", " | "));
      return rates
          + Stream.<ToDoubleFunction<Figure>>of(
                  Figure::p99Micros, Figure::bytes, Figure::clientMicros, Figure::serverMicros)
              .map(figure -> ofEach(figures, figure))
              .collect(joining(" | ", "", " |\n"));
    }

    private double yardstick(int number) {
      return yardstick
          .map(who -> perSecond(lines.getOrDefault(who, Map.of()), number))
          .orElseGet(() -> lines.values().stream()
              .mapToDouble(figures -> perSecond(figures, number))
              .max()
              .orElse(Double.NaN));
    }

    private static double perSecond(Map<Integer, Figure> figures, int number) {
      Figure figure = figures.get(number);
      return figure == null || Double.isNaN(figure.perSecond()) ? 0 : figure.perSecond();
    }

    private static String rate(double perSecond, double yardstick) {
      return perSecond == 0
          ? ""
          : String.format(Locale.ROOT, "%,.1f", perSecond / 1e3)
              + (yardstick == 0
                  ? ""
                  : String.format(Locale.ROOT, " (%.2f)", perSecond / yardstick));
    }

    private String ofEach(Map<Integer, Figure> figures, ToDoubleFunction<Figure> figure) {
      List<String> cells = threads.stream()
          .map(number -> {
            Figure found = figures.get(number);
            return found == null ? "" : shown(figure.applyAsDouble(found));
          })
          .toList();
      return cells.stream().allMatch(String::isEmpty) ? "" : String.join(" / ", cells);
    }

    private static String shown(double number) {
      return Double.isNaN(number)
          ? ""
          : String.format(Locale.ROOT, number < 10 ? "%.1f" : "%,.0f", number);
    }
  }
}
