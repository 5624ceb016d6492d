package dev.chasqui.benchmarks.pooledredis;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the server gives to a client in C that does nothing with the answers: the program {@code redis-benchmark}, on one
 * thread for all its connections.
 */
final class Ceiling {
  /** The program, and what it is called in a table. */
  static final String PROGRAM = "redis-benchmark";

  private static final int ROUNDS = 3;
  private static final long FEW = 20_000;

  /**
   * What a round gave.
   *
   * @param perSecond commands a second
   * @param p99Micros the time within which 99 % of the answers came, in microseconds
   */
  record Round(double perSecond, double p99Micros) {}

  private final Path program;
  private final URI redis;
  private final double seconds;

  /** Rounds of {@code seconds} each, more or less. */
  Ceiling(Path program, URI redis, double seconds) {
    this.program = program;
    this.redis = redis;
    this.seconds = seconds;
  }

  /** Looks for the program on the {@code PATH}. */
  static Optional<Path> program() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The best of three rounds, each connection with {@code depth} commands under way. */
  Round best(String operation, int connections, int depth) throws IOException {
    double perSecond = round(operation, connections, depth, FEW).perSecond();
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      rounds.add(round(operation, connections, depth, Math.round(1 + perSecond * seconds)));
    }
    return rounds.stream().max(Comparator.comparingDouble(Round::perSecond)).orElseThrow();
  }

  private Round round(String operation, int connections, int depth, long commands)
      throws IOException {
    List<String> line = new ArrayList<>(
        List.of(program.toString(), "--csv", "-h", redis.getHost(), "-p", "" + redis.getPort()));
    String password = FilledRedis.password(redis);
    if (password != null) {
      line.addAll(List.of("-a", password));
    }
    line.addAll(List.of("-t", operation, "-d", "" + Keys.BYTES, "-r", "" + Keys.COUNT));
    line.addAll(List.of("-c", "" + connections, "-P", "" + depth, "-n", "" + commands));
    return parsed(run(line));
  }

  /**
   * The last line of the program's table.
   *
   * @throws IllegalArgumentException if it has none
   */
  static Round parsed(String csv) {
    String[] header = {};
    for (String line : csv.lines().toList()) {
      String[] cells = line.replace("\"", "").split(",", -1);
      if (cells[0].equals("test")) {
        header = cells;
      } else if (header.length > 0 && cells.length == header.length) {
        List<String> names = List.of(header);
        return new Round(
            Double.parseDouble(cells[names.indexOf("rps")]),
            1e3 * Double.parseDouble(cells[names.indexOf("p99_latency_ms")]));
      }
    }
    throw new IllegalArgumentException("no table of " + PROGRAM + ": " + csv);
  }

  private static String run(List<String> line) throws IOException {
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (Stream<String> output = process.inputReader(StandardCharsets.UTF_8).lines()) {
      return String.join("\n", output.toList());
    } finally {
      process.destroy();
    }
  }
}
