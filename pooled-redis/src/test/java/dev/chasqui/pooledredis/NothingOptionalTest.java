package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is optional in pom.xml may be missing. */
@ExtendWith(RealServers.class)
final class NothingOptionalTest {
  private static final List<String> OPTIONAL = List.of(
      "micrometer-",
      "opentelemetry-",
      "netty-transport-native-epoll",
      "netty-transport-classes-epoll");

  /** Run by a JVM of its own; knows nothing of tests. */
  static final class Program {
    private Program() {}

    @SuppressWarnings("SystemOut") // what it has to tell
    public static void main(String... arguments) throws Exception {
      for (String missing : List.of(arguments).subList(1, arguments.length)) {
        try {
          Class.forName(missing);
          System.out.println(missing + " is there");
        } catch (ClassNotFoundException expected) {
          System.out.println("without " + missing);
        }
      }
      try (PooledRedis<String, String> redis =
          PooledRedis.connect(Servers.patient(RedisConfig.parse(arguments[0])))) {
        redis.sync().set("k", "shared");
        System.out.println(redis.async().get("k").get(20, TimeUnit.SECONDS));
        System.out.println(redis.reactive().get("k").toFuture().get(20, TimeUnit.SECONDS));
        try (ExclusiveConnection<String, String> connection = redis.borrow()) {
          connection.sync().multi();
          connection.sync().set("k", "exclusive");
          connection.sync().exec();
        }
        System.out.println(redis.sync().get("k"));
        System.out.println(redis.health().isUp());
      }
    }
  }

  @TempDir
  private Path directory;

  @Test
  void classPath_withoutAnythingOptional_isEnough(RealRedis server) throws Exception {
    List<String> missing = Stream.of(MeterRegistry.class, OpenTelemetry.class, Context.class)
        .map(Class::getName)
        .toList();
    assertThat(run(server.uri(), missing))
        .isEqualTo(Stream.concat(
                missing.stream().map(name -> "without " + name),
                Stream.of("shared", "shared", "exclusive", "true"))
            .toList());
  }

  private List<String> run(String uri, List<String> missing) throws Exception {
    Path output = directory.resolve("output");
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classPath(),
                    Program.class.getName(),
                    uri),
                missing.stream())
            .toList())
        .redirectOutput(output.toFile())
        .redirectError(errors.toFile())
        .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("has ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readAllLines(output);
  }

  /** The tests run on the module path; the program on the class path, with the same jars but the optional ones. */
  private static String classPath() throws IOException, URISyntaxException {
    Path tests = Path.of(
        Program.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return Stream.of(
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"),
            System.getProperty("surefire.test.class.path"),
            tests.toString())
        .filter(part -> part != null && !part.isEmpty())
        .flatMap(part -> Stream.of(part.split(File.pathSeparator, -1)))
        .filter(
            part -> OPTIONAL.stream().noneMatch(Path.of(part).getFileName().toString()::startsWith))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
