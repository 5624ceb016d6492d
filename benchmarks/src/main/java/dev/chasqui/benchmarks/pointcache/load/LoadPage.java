package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.benchmarks.pointcache.load.Course.Stage;
import dev.chasqui.pointcache.Source;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;

/** What people read of a run, in Markdown. */
record LoadPage(LoadOptions options, List<Course> courses, List<Possible> possible) {
  private static final double AIM_COLD_COUNTED = 0.95;
  private static final double AIM_WARM = 0.99;

  /** How many times the run's length is looked at for what is possible at all. */
  private static final int LOOK_AHEAD = 10;

  static String of(LoadOptions options, List<Course> courses) {
    return new LoadPage(options, courses, Possible.of(options, LOOK_AHEAD * options.stages()))
        .toString();
  }

  @Override
  public String toString() {
    return "## point-cache: load\n\n" + speeds() + "\n" + latencies() + "\n" + shares() + "\n"
        + aims() + "\n" + staleness() + "\n" + circumstances() + "\n";
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.2f", 100 * part);
  }

  private String speeds() {
    StringBuilder table = new StringBuilder("""
        | Who | Stage | operations/s | reads without PostgreSQL, % | the same counted by PostgreSQL | transactions/s there \
        | CPU of workers, s | µs/operation | Redis, MB | failed |
        |---|---|--:|--:|--:|--:|--:|--:|--:|--:|
        """);
    for (Course course : courses) {
      table.append(speed(course, "cold", course.cold(), ""));
      table.append(speed(course, "warm", course.warm(), megabytes(course)));
    }
    return table.toString();
  }

  private static String megabytes(Course course) {
    return String.format(Locale.ROOT, "%,.0f", course.redisBytes() / 1e6);
  }

  private static String speed(Course course, String name, Stage stage, String megabytes) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %,.0f | %s | %s | %,.0f | %,.0f | %,.0f | %s | %,d |%n",
        course.contender(),
        name,
        stage.perSecond(stage.operations()),
        percent(stage.spared()),
        percent(stage.sparedByCounts()),
        stage.perSecond(stage.counts().transactions()),
        stage.work().cpuNanos() / 1e9,
        stage.work().cpuNanos() / 1e3 / stage.operations(),
        megabytes,
        stage.work().failures());
  }

  private String latencies() {
    StringBuilder table = new StringBuilder("""
        | Microseconds | Stage | read: median | 95 % | 99 % | 99.9 % | write: median | 95 % | 99 % | 99.9 % |
        |---|---|--:|--:|--:|--:|--:|--:|--:|--:|
        """);
    for (Course course : courses) {
      table.append(latency(course, "cold", course.cold()));
      table.append(latency(course, "warm", course.warm()));
    }
    return table.toString();
  }

  private static String latency(Course course, String name, Stage stage) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s |%n",
        course.contender(),
        name,
        quantiles(stage.work().reads()),
        quantiles(stage.work().writes()));
  }

  private static String quantiles(Latencies latencies) {
    return List.of(0.5, 0.95, 0.99, 0.999).stream()
        .map(part -> String.format(Locale.ROOT, "%,.0f", latencies.quantile(part) / 1e3))
        .collect(Collectors.joining(" | "));
  }

  /** Of those who keep something. */
  private List<Course> caches() {
    return courses.stream()
        .filter(course -> course.contender() != Contender.POSTGRESQL)
        .toList();
  }

  private String shares() {
    StringBuilder table = new StringBuilder("| Reads without PostgreSQL in per cent, in the stage "
        + "(since the start) | possible if given what is written | possible if forgetting it |");
    caches().forEach(course -> table.append(" ").append(course.contender()).append(" |"));
    table.append("\n|---|--:|--:|").append("--:|".repeat(caches().size())).append("\n");
    for (int i = 0; i < options.stages(); i++) {
      int stage = i;
      table.append(String.format(
          Locale.ROOT,
          "| up to %,d operations |%s%s%s%n",
          (long) (stage + 1) * options.operations(),
          cell(possible.get(stage).keeping(), possibleUpTo(stage).keeping()),
          cell(possible.get(stage).forgetting(), possibleUpTo(stage).forgetting()),
          caches().stream()
              .map(course ->
                  cell(course.stages().get(stage).spared(), course.upTo(stage).spared()))
              .collect(Collectors.joining())));
    }
    return table.toString();
  }

  private static String cell(double inStage, double upToNow) {
    return " " + percent(inStage) + " (" + percent(upToNow) + ") |";
  }

  private Possible possibleUpTo(int stage) {
    return possible.subList(0, stage + 1).stream().reduce(Possible::plus).orElseThrow();
  }

  private String aims() {
    StringBuilder lines = new StringBuilder();
    lines.append(aim(
        "possible if given what is written",
        possible.size(),
        stage -> possibleUpTo(stage).keeping(),
        stage -> possible.get(stage).keeping()));
    lines.append(aim(
        "possible if forgetting it",
        possible.size(),
        stage -> possibleUpTo(stage).forgetting(),
        stage -> possible.get(stage).forgetting()));
    caches()
        .forEach(course -> lines.append(aim(
            course.contender().toString(),
            options.stages(),
            stage -> course.upTo(stage).spared(),
            stage -> course.stages().get(stage).spared())));
    return lines.toString();
  }

  private String aim(
      String who, int stages, IntToDoubleFunction upTo, IntToDoubleFunction inStage) {
    return String.format(
        Locale.ROOT,
        "- %s: at least %.0f %% with the cold start counted %s, at least %.0f %% when warm %s%n",
        who,
        100 * AIM_COLD_COUNTED,
        from(upTo, stages, AIM_COLD_COUNTED),
        100 * AIM_WARM,
        from(inStage, stages, AIM_WARM));
  }

  /** From when on it holds until the end. */
  private String from(IntToDoubleFunction part, int stages, double aim) {
    int first = stages;
    while (first > 0 && part.applyAsDouble(first - 1) >= aim) {
      first--;
    }
    return first == stages
        ? "not within " + operations(stages)
        : "from " + operations(first + 1) + " on";
  }

  private String operations(int stages) {
    return String.format(Locale.ROOT, "%,d operations", (long) stages * options.operations());
  }

  private String staleness() {
    StringBuilder table = new StringBuilder("""
        | Reads | from | how many | stale | beyond the bound | stalest, ms |
        |---|---|--:|--:|--:|--:|
        """);
    for (Course course : courses) {
      for (Source source : Source.values()) {
        Staleness.Reads reads = course.staleness().reads(source);
        if (reads.count() > 0) {
          table.append(String.format(
              Locale.ROOT,
              "| %s | %s | %,d | %,d | %,d | %,.1f |%n",
              course.contender(),
              name(course.contender(), source),
              reads.count(),
              reads.stale(),
              reads.beyond(),
              reads.stalest() / 1e6));
        }
      }
    }
    return table.toString()
        + String.format(
            Locale.ROOT,
            "%nThe bound: no read that began at t shows a version lower than the largest that was acknowledged to its writer"
                + " before t, from Redis and from the database; before t - %s from a process' memory, and from wherever"
                + " JetCache has it, which does not tell.%n",
            time(Load.MEMORY_TIME.toString()));
  }

  private static String name(Contender contender, Source source) {
    return contender == Contender.JETCACHE && source == Source.MEMORY
        ? "memory or Redis"
        : source.toString().toLowerCase(Locale.ROOT);
  }

  private static String time(String duration) {
    return duration.substring(2).toLowerCase(Locale.ROOT);
  }

  private String circumstances() {
    return String.format(
        Locale.ROOT,
        "%s, %s %s, %s %s, %d processors. %,d rows, %d %% writes, both by Zipf(%.2f), %d workers of %d threads, each"
            + " with %s; seed %d. Stages of %,d operations (without a cache a fifth of it), cold is the first of %d. Both"
            + " caches keep %,d rows for %s in memory, and rows for %s in Redis.",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("java.vm.name"),
        System.getProperty("java.vm.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        options.rows(),
        options.writes(),
        Zipf.EXPONENT,
        options.workers(),
        options.threads(),
        String.join(" ", WorkerProcess.FLAGS),
        options.seed(),
        options.operations(),
        options.stages(),
        Load.MEMORY_ROWS,
        time(Load.MEMORY_TIME.toString()),
        time(Load.TIME_TO_LIVE.toString()));
  }
}
