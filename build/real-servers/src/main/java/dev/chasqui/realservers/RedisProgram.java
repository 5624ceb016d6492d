package dev.chasqui.realservers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A {@code redis-server} that tests can start. {@link #all()} is meant for parametrized tests:
 *
 * <pre>{@code
 * @ParameterizedTest
 * @MethodSource("dev.chasqui.realservers.RedisProgram#all")
 * void borrow_serverKilled_fails(RedisProgram program) {
 *   try (RedisProcess redis = RedisProcess.start(program)) { … }
 * }
 * }</pre>
 *
 * <p><b>Threads:</b> immutable.
 */
public final class RedisProgram {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  /** {@code Redis server v=7.0.15 sha=…}; forks begin with their own name. */
  private static final Pattern VERSION = Pattern.compile("^(\\S+) server v=(\\S+)");

  private final Path file;
  private final String make;
  private final String version;

  private RedisProgram(Path file, String make, String version) {
    this.file = file;
    this.make = make;
    this.version = version;
  }

  /** Returns the one that comes with this library: 6.2 (5.0 on Windows). */
  public static RedisProgram embedded() {
    return at(Binaries.ofUser().redis());
  }

  /**
   * Returns the one that tests use unless they say otherwise: that which the system property {@code
   * chasqui.test.redis.server} or the variable {@code CHASQUI_TEST_REDIS_SERVER} names, by its path or by its name on the
   * PATH; else the {@link #embedded()} one.
   *
   * @throws RealServerException if the named one cannot be run
   */
  public static RedisProgram forTests() {
    return forTests(GivenServers.ofThisProcess());
  }

  static RedisProgram forTests(GivenServers given) {
    return named(given).orElseGet(RedisProgram::embedded);
  }

  /**
   * Returns each one there is, without repetition: the {@link #embedded()} one, the named one of {@link #forTests()}, and
   * {@code redis-server} on the PATH.
   *
   * @throws RealServerException if the named one cannot be run
   */
  public static List<RedisProgram> all() {
    return all(GivenServers.ofThisProcess());
  }

  static List<RedisProgram> all(GivenServers given) {
    List<RedisProgram> programs = new ArrayList<>(List.of(embedded()));
    Stream.of(named(given), onPath(given, "redis-server").flatMap(RedisProgram::ifItRuns))
        .flatMap(Optional::stream)
        .filter(program -> programs.stream().noneMatch(program::isSameFile))
        .forEach(programs::add);
    return List.copyOf(programs);
  }

  private static Optional<RedisProgram> named(GivenServers given) {
    return given
        .find(GivenServers.REDIS_PROGRAM)
        .map(name -> at(onPath(given, name)
            .orElseThrow(() -> new RealServerException("There is no program " + name + ", which "
                + GivenServers.REDIS_PROGRAM + " names as the redis-server for tests"))));
  }

  /** Finds a program by its path or, if {@code name} is a mere name, in the directories that PATH lists. */
  private static Optional<Path> onPath(GivenServers given, String name) {
    Path path = Path.of(name);
    Stream<Path> candidates = path.getNameCount() > 1 || path.isAbsolute()
        ? Stream.of(path)
        : Stream.of(given
                .environment()
                .getOrDefault("PATH", "")
                .split(Pattern.quote(File.pathSeparator), -1))
            .filter(directory -> !directory.isBlank())
            .map(directory -> Path.of(directory, Platform.isWindows() ? name + ".exe" : name));
    return candidates
        .filter(candidate -> Files.isRegularFile(candidate) && Files.isExecutable(candidate))
        .findFirst();
  }

  /** Merely found, not asked for: if it is broken, tests do without it. */
  private static Optional<RedisProgram> ifItRuns(Path file) {
    try {
      return Optional.of(at(file));
    } catch (RealServerException e) {
      return Optional.empty();
    }
  }

  private static RedisProgram at(Path file) {
    Command.Result result = new Command(List.of(file.toString(), "--version"), LIMIT).run();
    Matcher matcher = VERSION.matcher(result.output());
    if (result.exitCode() != 0 || !matcher.find()) {
      throw new RealServerException(file + " is no redis-server: asked for its version, it said "
          + (result.output().isEmpty() ? "nothing" : result.output()));
    }
    return new RedisProgram(file, matcher.group(1), matcher.group(2));
  }

  private boolean isSameFile(RedisProgram other) {
    try {
      return Files.isSameFile(file, other.file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its path as it was found: Debian's is a link, and the program looks at its name to see what it is. */
  Path file() {
    return file;
  }

  /** Returns the version as the program says it, like {@code 7.0.15}. */
  public String version() {
    return version;
  }

  /** Returns its name and version, as the names of parametrized tests show it. */
  @Override
  public String toString() {
    return make + " " + version;
  }
}
