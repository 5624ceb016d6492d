package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example of README.md: compiled, run, and the same text. */
@ExtendWith(RealServers.class)
final class ReadmeTest {
  record Vehicle(long id, String vin, long companyId, long mileage) {}

  @Test
  void example_works(RealPostgres postgres, RealRedis server) throws Exception {
    try (Database vehicle = new Database(postgres).withVehicles()) {
      vehicle.execute("insert into vehicle values (17, 'V-17', 3, 1000)");
      DataSource database = vehicle.source();
      String uri = server.uri();
      PointCacheConfig config = PointCacheConfig.of("fleet").withForeignWriters(false);
      // [example]
      try (PooledRedis<String, byte[]> redis = PooledRedis.builder(RedisConfig.parse(uri))
              .codec(PointCache.CODEC)
              .connect();
          PointCache cache = PointCache.builder(config, redis, database).start()) {
        CachedTable<Vehicle> vehicles = cache.table(
            TableDefinition.of("vehicle").withUnique("vin").withIndexed("company_id"),
            Vehicle.class);

        Answer<Vehicle> one =
            vehicles.find(7); // asks the database if neither memory nor Redis has it
        List<Vehicle> ofCompany = vehicles.findAllBy("company_id", 3).rows();

        cache.write((connection, fences) -> {
          try (PreparedStatement statement = connection.prepareStatement(
              "UPDATE vehicle SET mileage = mileage + 12 WHERE company_id = 3 RETURNING id")) {
            return fences.execute(
                vehicles, statement); // nobody is shown the old rows once it commits
          }
        });
        // [/example]
        assertThat(one.toOptional()).isEmpty();
        assertThat(ofCompany).extracting(Vehicle::id).containsExactly(17L);
        assertThat(vehicles.find(17).toOptional()).contains(new Vehicle(17, "V-17", 3, 1012));
      }
    }
  }

  @Test
  void readme_hasThisExample() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/chasqui/pointcache/ReadmeTest.java"));
    String example = source.substring(
        source.indexOf("// [example]\n") + "// [example]\n".length(),
        source.indexOf("// [/example]"));
    assertThat(words(Files.readString(Path.of("README.md")))).contains(words(example));
  }

  /** Without indentation and line ends, which differ. */
  private static String words(String text) {
    return text.replaceAll("\\s+", " ").trim();
  }
}
