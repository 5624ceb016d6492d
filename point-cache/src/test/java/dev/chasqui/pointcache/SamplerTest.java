package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Answer.Found;
import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.SetArgs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a cache finds out about itself. */
@ExtendWith(RealServers.class)
final class SamplerTest {
  private static final String WATERMARK = "pc1:test:wm";

  private final Database database;
  private final PooledRedis<String, byte[]> redis;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final PointCacheConfig config = PointCacheConfig.of("test")
      .withForeignWriters(false)
      .withMemoryTime(Duration.ZERO)
      .withEarlyRefresh(0)
      .withSampling(1);

  SamplerTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    postgres.requireLogicalDecoding();
    database = new Database(postgres).withVehicles();
    redis = PatientRedis.connect(server);
  }

  @BeforeEach
  void register() {
    toClose.add(redis);
    toClose.add(database);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private CachedTable<Vehicle> vehicles(PointCacheConfig with) {
    PointCache cache =
        PointCache.builder(with, redis, database.source()).meters(registry).start();
    toClose.add(0, cache);
    return cache.table(VEHICLES, Vehicle.class);
  }

  private double count(String outcome) {
    return registry.get("pointcache.samples").tags("outcome", outcome).counter().count();
  }

  /** As capture would, that has fenced all there is. */
  private void vouch() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet end = statement.executeQuery("select pg_current_wal_insert_lsn()::text")) {
      end.next();
      vouch(end.getString(1));
    }
  }

  private void vouch(String position) {
    redis
        .sync()
        .set(
            WATERMARK,
            position.getBytes(StandardCharsets.UTF_8),
            SetArgs.Builder.px(Duration.ofMinutes(1)));
  }

  @Test
  void hits_thatAreRight_areCountedAsTheSame() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    for (int i = 0; i < 2; i++) {
      vehicles.find(1);
      vehicles.find(9);
      vehicles.findBy("vin", "V-1");
      vehicles.findAll(List.of(1, 2));
    }
    await().until(() -> count("same") >= 7);
    assertThat(count("wrong") + count("changed") + count("unknown")).isZero();
  }

  @Test
  void hit_ofARowChangedWithoutAFence_isCountedAsWrongAndTakenOut() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    vehicles.find(9);
    vehicles.findAllBy("company_id", 7);
    database.execute(
        "update vehicle set mileage = 101 where id = 1",
        "insert into vehicle values (9, 'V-9', 7, 0)");
    assertThat(vehicles.find(1).toOptional()).contains(new Vehicle(1, "V-1", 7, 100));
    await().until(() -> count("wrong") == 1);
    await()
        .untilAsserted(() ->
            assertThat(vehicles.find(1).toOptional()).contains(new Vehicle(1, "V-1", 7, 101)));
    vehicles.find(9);
    vehicles.findAllBy("company_id", 7);
    await().until(() -> count("wrong") == 3);
    await().until(() -> vehicles.find(9).toOptional().isPresent());
    await().until(() -> vehicles.findAllBy("company_id", 7).rows().size() == 3);
  }

  @Test
  void hit_ofAnIndexWithMoreKeysThanHaveTheValue_isTheSame() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.findAllBy("company_id", 7);
    database.execute("update vehicle set company_id = 8 where id = 2");
    double before = count("same");
    vehicles.findAllBy("company_id", 7);
    await().until(() -> count("same") > before);
    assertThat(count("wrong")).isZero();
  }

  @Test
  void foreignWriters_differenceIsJudgedWhenTheWatermarkHasPassedIt() throws SQLException {
    vouch();
    CachedTable<Vehicle> vehicles = vehicles(config.withForeignWriters(true));
    vehicles.find(1);
    vehicles.find(2);
    vehicles.find(3);
    vouch("0/1");
    database.execute(
        "update vehicle set mileage = 101 where id = 1",
        "update vehicle set mileage = 201 where id = 2");
    assertThat(vehicles.find(1).source()).isEqualTo(Source.REDIS);
    assertThat(vehicles.find(2).source()).isEqualTo(Source.REDIS);
    double before = count("same");
    await().until(() -> {
      vehicles.find(3);
      return count("same") > before; // then the others have been compared
    });
    assertThat(count("wrong") + count("changed")).as("it may be on its way").isZero();
    redis.sync().keys("pc1:test:*:pk:2").forEach(key -> redis.sync().del(key));
    vouch();
    await().until(() -> count("wrong") == 1 && count("changed") == 1);
    assertThat(vehicles.find(1))
        .isEqualTo(new Found<>(new Vehicle(1, "V-1", 7, 101), Source.DATABASE));
  }

  @Test
  void foreignWriters_watermarkIsGone_nobodyKnows() throws SQLException {
    vouch();
    CachedTable<Vehicle> vehicles = vehicles(config.withForeignWriters(true));
    vehicles.find(1);
    vouch("0/1");
    database.execute("update vehicle set mileage = 101 where id = 1");
    assertThat(vehicles.find(1).source()).isEqualTo(Source.REDIS);
    redis.sync().del(WATERMARK);
    await().until(() -> count("unknown") == 1);
    assertThat(count("wrong")).isZero();
  }

  @Test
  void sampling_ofNone_comparesNothing() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config.withSampling(0));
    vehicles.find(1);
    database.execute("update vehicle set mileage = 101 where id = 1");
    for (int i = 0; i < 100; i++) {
      assertThat(vehicles.find(1).source()).isEqualTo(Source.REDIS);
    }
    for (String outcome : List.of("same", "wrong", "changed", "unknown")) {
      assertThat(count(outcome)).as(outcome).isZero();
    }
  }
}
