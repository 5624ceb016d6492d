package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class MetersTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(pointcache[.a-z]+)` \\| \\S+.*?\\|(.*?)\\|");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).counter().count();
  }

  @Test
  void meters_countWhatHappens(RealPostgres postgres, RedisProcess server) throws Exception {
    PointCacheConfig config =
        PointCacheConfig.of("metered").withMemoryTime(Duration.ZERO).withEarlyRefresh(0);
    CaptureConfig captured =
        CaptureConfig.of(postgres.jdbcUrl(), postgres.username(), postgres.password());
    try (Database database = new Database(postgres).withVehicles();
        PooledRedis<String, byte[]> redis = PatientRedis.connect(server);
        Capture capture = Capture.builder(config, captured, redis, database.source())
            .meters(registry)
            .start();
        PointCache cache = PointCache.builder(config, redis, database.source())
            .meters(registry)
            .start()) {
      CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
      await().until(() -> vehicles.find(1).source() == Source.REDIS);
      assertThat(registry.get("pointcache.bypassed").gauge().value()).isZero();
      assertThat(registry.get("pointcache.capture.leading").gauge().value()).isEqualTo(1);
      assertThat(registry.get("pointcache.capture.behind").gauge().value()).isBetween(0.0, 20.0);
      assertThat(count("pointcache.fills", "outcome", "kept", "table", "public.vehicle"))
          .isEqualTo(1);
      double answers = count("pointcache.answers", "source", "redis");
      vehicles.find(1);
      assertThat(count("pointcache.answers", "source", "redis")).isEqualTo(answers + 1);
      cache.write((connection, fences) -> {
        fences.row(vehicles, 1).value(vehicles, "vin", "V-1");
        fences.place();
        return vehicles.find(1); // while the transaction is open
      });
      assertThat(count("pointcache.fences", "outcome", "placed")).isEqualTo(2);
      assertThat(count("pointcache.fills", "outcome", "fenced")).isEqualTo(1);
      assertThat(registry.get("pointcache.load").tags("outcome", "read").timer().count())
          .isPositive();
      database.execute("update vehicle set mileage = 101 where id = 1");
      await().until(() -> count("pointcache.capture.fences") >= 6); // three columns, twice
      assertThat(readme()).isEqualTo(registered());
      assertThat(capture.isLeading()).isTrue();
    }
    assertThat(registry.getMeters()).as("gone with what they are of").isEmpty();
  }

  private Set<String> registered() {
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getName()
            + meter.getId().getTags().stream()
                .map(Tag::getKey)
                .filter(key -> !key.equals("namespace"))
                .sorted()
                .toList())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> readme() throws IOException {
    Set<String> rows = new TreeSet<>();
    Matcher row = ROW.matcher(Files.readString(Path.of("README.md")));
    while (row.find()) {
      List<String> tags = Pattern.compile("`([a-z]+)`(?= =|, `(?:source|outcome)`)")
          .matcher(row.group(2))
          .results()
          .map(found -> found.group(1))
          .sorted()
          .toList();
      rows.add(row.group(1) + tags);
    }
    return rows;
  }
}
