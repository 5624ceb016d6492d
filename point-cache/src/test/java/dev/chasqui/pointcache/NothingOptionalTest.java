package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What is optional in pom.xml may be missing. */
@ExtendWith(RealServers.class)
final class NothingOptionalTest {
  /** Run by a JVM of its own; knows nothing of tests. */
  static final class Program {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Program() {}

    @SuppressWarnings("SystemOut") // what it has to tell
    public static void main(String... arguments) throws Exception {
      try {
        Class.forName(arguments[0]);
        System.out.println(arguments[0] + " is there");
      } catch (ClassNotFoundException expected) {
        System.out.println("without " + arguments[0]);
      }
      PGSimpleDataSource database = new PGSimpleDataSource();
      database.setURL(System.getenv("CHASQUI_POSTGRES_URL"));
      database.setUser(System.getenv("CHASQUI_POSTGRES_USER"));
      database.setPassword(System.getenv("CHASQUI_POSTGRES_PASSWORD"));
      PointCacheConfig config = PointCacheConfig.of("bare").withForeignWriters(false);
      CaptureConfig captureConfig = CaptureConfig.of(
          System.getenv("CHASQUI_POSTGRES_URL"),
          System.getenv("CHASQUI_POSTGRES_USER"),
          System.getenv("CHASQUI_POSTGRES_PASSWORD"));
      try (PooledRedis<String, byte[]> redis = PooledRedis.builder(
                  RedisConfig.parse(System.getenv("CHASQUI_REDIS_URI")))
              .codec(PointCache.CODEC)
              .connect();
          PointCache cache = PointCache.builder(config, redis, database).start();
          Capture capture =
              Capture.builder(config, captureConfig, redis, database).start()) {
        CachedTable<Vehicle> vehicles = cache.table(Database.VEHICLES, Vehicle.class);
        System.out.println(vehicles.find(1));
        System.out.println(sourceOnceKept(vehicles));
        String written = cache.write((connection, fences) -> {
          fences.row(vehicles, 1);
          return "written";
        });
        System.out.println(written);
        System.out.println(capture.toString().startsWith("Capture[bare"));
      }
    }

    /** A busy machine may be too late to keep the first. */
    private static Source sourceOnceKept(CachedTable<Vehicle> vehicles) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      Source source = vehicles.find(1).source();
      while (source == Source.DATABASE && System.nanoTime() < end) {
        source = vehicles.find(1).source();
      }
      return source;
    }
  }

  @TempDir
  private Path directory;

  @Test
  void classPath_withoutAnythingOptional_isEnough(RealPostgres postgres, RealRedis redis)
      throws Exception {
    postgres.requireLogicalDecoding();
    try (Database database = new Database(postgres)) {
      database.withVehicles();
      assertThat(run(postgres, redis, Program.class.getName(), MeterRegistry.class.getName()))
          .containsExactly(
              "without " + MeterRegistry.class.getName(),
              "Found[row=Vehicle[id=1, vin=V-1, companyId=7, mileage=100], source=DATABASE]",
              "REDIS",
              "written",
              "true");
      assertThat(run(
              postgres, redis, Cli.class.getName(), "look", "vehicle", "id", "2", "--no-capture"))
          .contains("  vin         V-2", "Verdict      not in Redis");
    }
  }

  private List<String> run(RealPostgres postgres, RealRedis redis, String... command)
      throws Exception {
    Path output = directory.resolve("output");
    Path errors = directory.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classPath()),
                Stream.of(command))
            .toList())
        .redirectOutput(output.toFile())
        .redirectError(errors.toFile());
    builder.environment().put("CHASQUI_NAMESPACE", "bare");
    builder
        .environment()
        .put("CHASQUI_REDIS_URI", redis.uri() + "?commandTimeout=20s&connectTimeout=20s");
    builder.environment().put("CHASQUI_POSTGRES_URL", postgres.jdbcUrl());
    builder.environment().put("CHASQUI_POSTGRES_USER", postgres.username());
    builder.environment().put("CHASQUI_POSTGRES_PASSWORD", postgres.password());
    Process process = builder.start();
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
        .filter(part -> !Path.of(part).getFileName().toString().startsWith("micrometer-"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
