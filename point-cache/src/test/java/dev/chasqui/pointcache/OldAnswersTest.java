package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Answer.Absent;
import dev.chasqui.pointcache.Answer.Found;
import dev.chasqui.pointcache.Database.CountingLoader;
import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is answered while the database fails, or takes its time. */
@ExtendWith(RealServers.class)
final class OldAnswersTest {
  private static final Vehicle ONE = new Vehicle(1, "V-1", 7, 100);
  private static final Vehicle TWO = new Vehicle(2, "V-2", 7, 200);
  private final Database database;
  private final PooledRedis<String, byte[]> redis;
  private final CountingLoader loader;
  private final AtomicLong moved = new AtomicLong();
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final PointCacheConfig config = PointCacheConfig.of("test")
      .withForeignWriters(false)
      .withMemoryTime(Duration.ZERO)
      .withEarlyRefresh(0)
      .withOldTime(Duration.ofHours(1))
      .withSoftTimeout(Duration.ofSeconds(20));

  OldAnswersTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    database = new Database(postgres).withVehicles();
    redis = PatientRedis.connect(server);
    loader = new CountingLoader(new JdbcRowLoader(database.source(), config.loadTimeout()));
  }

  @BeforeEach
  void register() {
    toClose.add(redis);
    toClose.add(database);
  }

  @AfterEach
  void close() throws Exception {
    goOn.countDown();
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private CachedTable<Vehicle> vehicles(PointCacheConfig with) {
    PointCache cache = PointCache.builder(with, redis, database.source())
        .loader(loader)
        .nanoClock(() -> System.nanoTime() + moved.get())
        .start();
    toClose.add(0, cache);
    return cache.table(VEHICLES, Vehicle.class);
  }

  private static void fail() {
    throw new IllegalStateException("out of order");
  }

  private void forget() {
    redis.sync().keys("pc1:test:*:public.vehicle:*").forEach(key -> redis.sync().del(key));
  }

  private void hang() {
    hanging.countDown();
    try {
      assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void find_databaseFails_isWhatItWasAndSaysSo() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    vehicles.find(9);
    forget();
    loader.before = OldAnswersTest::fail;
    assertThat(vehicles.find(1)).isEqualTo(new Found<>(ONE, Source.OLD));
    assertThat(vehicles.find(9)).isEqualTo(new Absent<>(Source.OLD));
    assertThatThrownBy(() -> vehicles.find(2))
        .as("never answered before")
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("out of order");
    loader.before = () -> {};
    assertThat(vehicles.find(1)).isEqualTo(new Found<>(ONE, Source.DATABASE));
  }

  @Test
  void findAll_databaseFails_isWhatItWasIfEachWasAnsweredBefore() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.findAll(List.of(1, 2));
    forget();
    loader.before = OldAnswersTest::fail;
    assertThat(vehicles.findAll(List.of(2, 1)))
        .isEqualTo(Map.of(1, new Found<>(ONE, Source.OLD), 2, new Found<>(TWO, Source.OLD)));
    assertThatThrownBy(() -> vehicles.findAll(List.of(1, 3))).hasMessage("out of order");
  }

  @Test
  void findAllBy_databaseFails_isWhatItWas() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.findAllBy("company_id", 7);
    loader.before = OldAnswersTest::fail;
    Answers<Vehicle> indexIsKept = vehicles.findAllBy("company_id", 7);
    assertThat(indexIsKept.source()).isEqualTo(Source.OLD);
    assertThat(indexIsKept.rows()).containsExactlyInAnyOrder(ONE, TWO);
    forget();
    Answers<Vehicle> nothingIsKept = vehicles.findAllBy("company_id", 7);
    assertThat(nothingIsKept.source()).isEqualTo(Source.OLD);
    assertThat(nothingIsKept.rows()).containsExactlyInAnyOrder(ONE, TWO);
    assertThatThrownBy(() -> vehicles.findAllBy("company_id", 8)).hasMessage("out of order");
  }

  @Test
  void find_neitherRedisNorDatabase_isWhatItWas(RedisProcess server) {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    server.kill();
    loader.before = OldAnswersTest::fail;
    assertThat(vehicles.find(1)).isEqualTo(new Found<>(ONE, Source.OLD));
  }

  @Test
  void find_databaseIsSlow_isWhatItWasAndTheRowIsKeptForTheNext() throws InterruptedException {
    CachedTable<Vehicle> vehicles = vehicles(config.withSoftTimeout(Duration.ofMillis(5)));
    await().until(() -> vehicles.find(1).source() == Source.REDIS);
    forget();
    loader.before = this::hang;
    assertThat(vehicles.find(1)).isEqualTo(new Found<>(ONE, Source.OLD));
    assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();
    loader.before = OldAnswersTest::fail; // for all but him who hangs
    goOn.countDown();
    await().until(() -> vehicles.find(1).source() == Source.REDIS);
  }

  @Test
  void find_oldTimeIsOver_throwsWhatTheDatabaseThrows() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    forget();
    loader.before = OldAnswersTest::fail;
    moved.addAndGet(config.oldTime().toNanos());
    assertThatThrownBy(() -> vehicles.find(1)).hasMessage("out of order");
  }

  @Test
  void find_nobodyAskedForOldAnswers_throwsWhatTheDatabaseThrows() {
    CachedTable<Vehicle> vehicles = vehicles(config.withOldTime(Duration.ZERO));
    vehicles.find(1);
    vehicles.findBy("vin", "V-1");
    forget();
    loader.before = OldAnswersTest::fail;
    assertThatThrownBy(() -> vehicles.find(1)).hasMessage("out of order");
    assertThatThrownBy(() -> vehicles.findBy("vin", "V-1")).hasMessage("out of order");
  }

  @Test
  void find_afterClose_stillComesFromTheDatabase() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    forget();
    AutoCloseable cache = toClose.get(0);
    assertThat(cache).isInstanceOf(PointCache.class);
    ((PointCache) cache).close();
    assertThat(vehicles.find(1).toOptional()).contains(ONE);
  }
}
