package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.chasqui.pointcache.Answer.Absent;
import dev.chasqui.pointcache.Answer.Found;
import dev.chasqui.pointcache.Database.CountingLoader;
import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reading and writing through the cache, with real servers. */
@ExtendWith(RealServers.class)
final class PointCacheTest {
  private static final Vehicle ONE = new Vehicle(1, "V-1", 7, 100);
  private static final Vehicle TWO = new Vehicle(2, "V-2", 7, 200);
  private static final Vehicle THREE = new Vehicle(3, "V-3", 8, 300);

  private final Database database;
  private final PooledRedis<String, byte[]> redis;
  private final CountingLoader loader;
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final PointCacheConfig config = PointCacheConfig.of("test")
      .withForeignWriters(false)
      .withMemoryTime(Duration.ZERO)
      .withEarlyRefresh(0);

  PointCacheTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    database = new Database(postgres).withVehicles();
    toClose.add(database);
    redis = PatientRedis.connect(server);
    toClose.add(0, redis);
    loader = new CountingLoader(new JdbcRowLoader(database.source(), config.loadTimeout()));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private static Answer<Vehicle> found(Vehicle vehicle, Source source) {
    return new Found<>(vehicle, source);
  }

  private static Answer<Vehicle> absent(Source source) {
    return new Absent<>(source);
  }

  private PointCache cache(PointCacheConfig with) {
    PointCache cache =
        PointCache.builder(with, redis, database.source()).loader(loader).start();
    toClose.add(0, cache);
    return cache;
  }

  private CachedTable<Vehicle> vehicles(PointCacheConfig with) {
    return cache(with).table(VEHICLES, Vehicle.class);
  }

  /** Everything in Redis, without what differs from run to run. */
  private String kept(String end) {
    List<String> keys = redis.sync().keys("pc1:test:*:" + end);
    assertThat(keys).as("keys that end with %s", end).hasSize(1);
    return new String(redis.sync().get(keys.get(0)), StandardCharsets.UTF_8);
  }

  @Test
  void find_firstAndSecondTime_comesFromTheDatabaseAndThenFromRedis() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(vehicles.find(1L)).isEqualTo(found(ONE, Source.REDIS));
    assertThat(loader.loads).hasValue(1);
    assertThat(kept("public.vehicle:pk:1"))
        .matches("V\\|\\d+:\\d+:[\\d,]*\\|Rj,"
            + vehicles.table().fingerprint()
            + ",\\d+,\\d+\\|\\[\"1\",\"V-1\",\"7\",\"100\"]");
  }

  @Test
  void find_noSuchRow_isKeptToo() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    assertThat(vehicles.find(9)).isEqualTo(absent(Source.DATABASE));
    assertThat(vehicles.find(9)).isEqualTo(absent(Source.REDIS));
    write("insert into vehicle values (9, 'V-9', 7, 0) returning id, vin, company_id", vehicles);
    assertThat(vehicles.find(9)).isEqualTo(found(new Vehicle(9, "V-9", 7, 0), Source.DATABASE));
  }

  private void write(String sql, CachedTable<Vehicle> vehicles) throws SQLException {
    PointCache cache = cache(config);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      Fences fences = cache.fences(connection);
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        assertThat(fences.execute(vehicles, statement)).isPositive();
      }
      fences.place();
      connection.commit();
    }
  }

  @Test
  void findBy_uniqueColumn_findsTheRowByItsKey() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    assertThat(vehicles.findBy("vin", "V-2")).isEqualTo(found(TWO, Source.DATABASE));
    assertThat(vehicles.findBy("vin", "V-2"))
        .as("its row is not kept yet")
        .isEqualTo(found(TWO, Source.DATABASE));
    assertThat(vehicles.findBy("vin", "V-2")).isEqualTo(found(TWO, Source.REDIS));
    assertThat(vehicles.findBy("vin", "none")).isEqualTo(absent(Source.DATABASE));
    assertThat(vehicles.findBy("vin", "none")).isEqualTo(absent(Source.REDIS));
    write("update vehicle set vin = 'none' where id = 2 returning id, vin", vehicles);
    assertThat(vehicles.findBy("vin", "none").toOptional())
        .contains(new Vehicle(2, "none", 7, 200));
    assertThat(vehicles.findBy("vin", "V-2"))
        .as("nobody told of the old value")
        .isEqualTo(absent(Source.DATABASE));
    assertThat(vehicles.findBy("vin", "V-2"))
        .as("but it was mended")
        .isEqualTo(absent(Source.REDIS));
  }

  @Test
  void findAllBy_manyRows_areThoseThatHaveTheValueNow() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    for (int i = 0; i < 3; i++) {
      assertThat(vehicles.findAllBy("company_id", 7).rows()).containsExactlyInAnyOrder(ONE, TWO);
    }
    assertThat(vehicles.findAllBy("company_id", 7).source()).isEqualTo(Source.REDIS);
    write("update vehicle set company_id = 7 where id = 3 returning id, company_id", vehicles);
    assertThat(vehicles.findAllBy("company_id", 7).rows())
        .containsExactlyInAnyOrder(ONE, TWO, new Vehicle(3, "V-3", 7, 300));
    write("delete from vehicle where id = 1 returning id", vehicles);
    assertThat(vehicles.findAllBy("company_id", 7).rows())
        .containsExactlyInAnyOrder(TWO, new Vehicle(3, "V-3", 7, 300));
    assertThat(vehicles.findAllBy("company_id", 99))
        .isEqualTo(new Answers<>(List.of(), Source.DATABASE));
    assertThat(vehicles.findAllBy("company_id", 99))
        .isEqualTo(new Answers<>(List.of(), Source.REDIS));
  }

  @Test
  void findAllBy_moreRowsThanAreKept_asksTheDatabaseAtOnce() {
    CachedTable<Vehicle> vehicles = vehicles(config.withMaximumKeys(1));
    assertThat(vehicles.findAllBy("company_id", 7).rows()).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(kept("n:company_id:7")).contains("|Xj,").endsWith("|[]");
    assertThat(vehicles.findAllBy("company_id", 7).rows()).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(loader.loads).hasValue(2);
  }

  @Test
  void findAll_manyKeys_takesOneStatementForThoseThatAreMissing() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(2);
    Map<Integer, Answer<Vehicle>> answers = vehicles.findAll(List.of(3, 9, 2, 1));
    assertThat(answers)
        .containsExactlyInAnyOrderEntriesOf(Map.of(
            1, found(ONE, Source.DATABASE),
            2, found(TWO, Source.REDIS),
            3, found(THREE, Source.DATABASE),
            9, absent(Source.DATABASE)));
    assertThat(answers.keySet()).containsExactly(3, 9, 2, 1);
    assertThat(loader.loads).hasValue(2);
    assertThat(loader.values).hasValue(4);
    assertThat(vehicles.findAll(List.of(1, 2, 3, 9)).values())
        .extracting(Answer::source)
        .containsOnly(Source.REDIS);
    assertThat(vehicles.findAll(List.of())).isEmpty();
  }

  @Test
  void execute_columnThatOnlyOthersAskBy_isFencedToo() throws SQLException {
    CachedTable<Vehicle> others = vehicles(config);
    assertThat(others.findBy("vin", "none")).isEqualTo(absent(Source.DATABASE));
    PointCache cache = cache(config);
    CachedTable<Vehicle> byKeyOnly = cache.table(TableDefinition.of("vehicle"), Vehicle.class);
    cache.write((connection, fences) -> {
      try (PreparedStatement statement =
          connection.prepareStatement("update vehicle set vin = 'none' where id = 2 returning *")) {
        return fences.execute(byKeyOnly, statement);
      }
    });
    assertThat(others.findBy("vin", "none").toOptional()).contains(new Vehicle(2, "none", 7, 200));
    assertThatThrownBy(() -> cache.fences(database.connect()).value(byKeyOnly, "mileage", 1L))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("public.vehicle is not asked for by mileage");
  }

  @Test
  void find_whileATransactionThatFencedIsOpen_isTheOldRowAndNotKept() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    PointCache cache = cache(config);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set mileage = mileage + 1 where id = 1 returning id")) {
        Fences fences = cache.fences(connection);
        fences.execute(vehicles, statement);
        fences.place();
      }
      for (int i = 0; i < 3; i++) {
        assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
      }
      connection.commit();
    }
    Vehicle after = new Vehicle(1, "V-1", 7, 101);
    assertThat(vehicles.find(1)).isEqualTo(found(after, Source.DATABASE));
    assertThat(vehicles.find(1)).isEqualTo(found(after, Source.REDIS));
  }

  @Test
  void write_ofARowThatRedisHad_leavesTheNewOneThere() throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    vehicles.find(1);
    for (int i = 1; i < 20; i++) {
      cache.write((connection, fences) -> {
        try (PreparedStatement statement = connection.prepareStatement(
            "update vehicle set mileage = mileage + 1 where id = 1 returning id")) {
          return fences.execute(vehicles, statement);
        }
      });
      Vehicle written = new Vehicle(1, "V-1", 7, 100 + i);
      await()
          .untilAsserted(
              () -> assertThat(vehicles.find(1)).isEqualTo(found(written, Source.REDIS)));
    }
    cache.write((connection, fences) -> {
      try (PreparedStatement statement =
          connection.prepareStatement("delete from vehicle where id = 1 returning id, vin")) {
        return fences.execute(vehicles, statement);
      }
    });
    await().untilAsserted(() -> assertThat(vehicles.find(1)).isEqualTo(absent(Source.REDIS)));
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void write_ofARowThatRedisDidNotHave_leavesNothingThere() throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    cache.write((connection, fences) -> {
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set mileage = 101 where id = 1 returning id")) {
        return fences.execute(vehicles, statement);
      }
    });
    assertThat(kept("public.vehicle:pk:1")).startsWith("E||");
  }

  @Test
  void write_triggerWaitsForTheCommit_isFilledAsItLeavesTheRow() throws SQLException {
    database.execute(
        "create function lengthen() returns trigger language plpgsql as $$ begin"
            + " update vehicle set vin = vin || '+' where id = new.id and vin not like '%+';"
            + " return null; end $$",
        "create constraint trigger late after update on vehicle deferrable initially deferred"
            + " for each row execute function lengthen()");
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    vehicles.find(1);
    cache.write((connection, fences) -> {
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set mileage = 101 where id = 1 returning id")) {
        return fences.execute(vehicles, statement);
      }
    });
    await()
        .untilAsserted(() -> assertThat(vehicles.find(1))
            .isEqualTo(found(new Vehicle(1, "V-1+", 7, 101), Source.REDIS)));
  }

  @Test
  void write_rolledBack_leavesNothingThere() {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    vehicles.find(1);
    assertThatThrownBy(() -> cache.write((connection, fences) -> {
          fences.row(vehicles, 1);
          throw new SQLException("no");
        }))
        .hasMessage("no");
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.REDIS));
  }

  @Test
  void find_afterARollBack_isKeptAgain() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config);
    PointCache cache = cache(config);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      cache.fences(connection).row(vehicles, 1).place();
      connection.rollback();
    }
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.REDIS));
  }

  @Test
  void find_committedBetweenReadingAndFilling_isNotKept() throws Exception {
    CachedTable<Vehicle> vehicles = vehicles(config);
    loader.after = () -> {
      loader.after = () -> {};
      try {
        write("update vehicle set mileage = 101 where id = 1 returning id", vehicles);
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    };
    assertThat(vehicles.find(1))
        .as("as it was when it was read")
        .isEqualTo(found(ONE, Source.DATABASE));
    Vehicle after = new Vehicle(1, "V-1", 7, 101);
    assertThat(vehicles.find(1)).isEqualTo(found(after, Source.DATABASE));
    assertThat(vehicles.find(1)).isEqualTo(found(after, Source.REDIS));
  }

  @Test
  void find_manyThreadsMissAtOnce_oneLoads() throws Exception {
    askTogether(vehicles(config));
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void find_manyThreadsAskWhileNothingIsKept_oneLoadsForAllThatCameMeanwhile() throws Exception {
    askTogether(vehicles(config.withForeignWriters(true)));
    assertThat(loader.loads).hasValue(2);
  }

  private void askTogether(CachedTable<Vehicle> vehicles) throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    loader.before = () -> {
      loading.countDown();
      try {
        assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    };
    List<Thread> threads = new ArrayList<>();
    List<Answer<Vehicle>> answers = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 20; i++) {
      threads.add(new Thread(() -> answers.add(vehicles.find(1))));
    }
    threads.forEach(Thread::start);
    assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
    await()
        .until(() ->
            threads.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
    goOn.countDown();
    for (Thread thread : threads) {
      thread.join(20_000);
    }
    assertThat(answers)
        .hasSize(20)
        .extracting(answer -> answer.toOptional().orElseThrow())
        .containsOnly(ONE);
  }

  @Test
  void memory_readTwiceFromRedis_isKeptUntilSomebodyElseChangesTheRow() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config.withMemoryTime(Duration.ofHours(1)));
    vehicles.find(1);
    await().until(() -> vehicles.find(1).source() == Source.MEMORY);
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.MEMORY));
    write("update vehicle set mileage = 101 where id = 1 returning id", vehicles(config));
    Vehicle after = new Vehicle(1, "V-1", 7, 101);
    await().until(() -> vehicles.find(1).toOptional().orElseThrow().equals(after));
    assertThat(vehicles.findAll(List.of(1)).values())
        .extracting(Answer::toOptional)
        .containsExactly(Optional.of(after));
  }

  @Test
  void memory_bySecondaryColumn_isKeptUntilARowGetsTheValueOrLosesIt() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles(config.withMemoryTime(Duration.ofHours(1)));
    await().until(() -> vehicles.findBy("vin", "V-2").source() == Source.MEMORY);
    assertThat(vehicles.findBy("vin", "V-2")).isEqualTo(found(TWO, Source.MEMORY));
    await().until(() -> vehicles.findAllBy("company_id", 7).source() == Source.MEMORY);
    await().until(() -> vehicles.findBy("vin", "none").source() == Source.MEMORY);
    write("update vehicle set company_id = 7 where id = 3 returning id, company_id", vehicles);
    Vehicle three = new Vehicle(3, "V-3", 7, 300);
    await()
        .untilAsserted(() -> assertThat(vehicles.findAllBy("company_id", 7).rows())
            .containsExactlyInAnyOrder(ONE, TWO, three));
    await().until(() -> vehicles.findAllBy("company_id", 7).source() == Source.MEMORY);
    write("update vehicle set company_id = 8, vin = 'none' where id = 2 returning id", vehicles);
    await()
        .untilAsserted(() -> assertThat(vehicles.findAllBy("company_id", 7).rows())
            .as("only its row was named, not what it had")
            .containsExactlyInAnyOrder(ONE, three));
    assertThat(vehicles.findBy("vin", "V-2").toOptional()).isEmpty();
  }

  @Test
  void memory_ownChangeOfSecondaryColumn_isSeenAtOnce() throws SQLException {
    PointCache cache = cache(config.withMemoryTime(Duration.ofHours(1)));
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    await().until(() -> vehicles.findBy("vin", "V-4").source() == Source.MEMORY);
    cache.write((connection, fences) -> {
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set vin = 'V-4' where id = 2 returning id, vin")) {
        return fences.execute(vehicles, statement);
      }
    });
    assertThat(vehicles.findBy("vin", "V-4").toOptional()).contains(new Vehicle(2, "V-4", 7, 200));
  }

  @Test
  void memory_ownChange_isSeenAtOnce() throws SQLException {
    PointCache cache = cache(config.withMemoryTime(Duration.ofHours(1)));
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    vehicles.find(1);
    await().until(() -> vehicles.find(1).source() == Source.MEMORY);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set mileage = 101 where id = 1 returning id")) {
        Fences fences = cache.fences(connection);
        fences.execute(vehicles, statement);
        fences.place();
      }
      connection.commit();
    }
    assertThat(vehicles.find(1).toOptional()).contains(new Vehicle(1, "V-1", 7, 101));
  }

  @Test
  void find_redisIsGone_comesFromTheDatabaseUntilItIsBack(RedisProcess server) {
    CachedTable<Vehicle> vehicles = vehicles(config);
    vehicles.find(1);
    server.kill();
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(vehicles.findBy("vin", "V-1")).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(vehicles.findAll(List.of(1, 2)).values())
        .extracting(Answer::source)
        .containsOnly(Source.DATABASE);
    server.restart();
    await().until(() -> vehicles.find(1).source() == Source.REDIS);
  }

  @Test
  void place_redisIsGone_strictThrowsAndAvailableGoesOn(RedisProcess server) throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    server.kill();
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      assertThatThrownBy(() -> cache.fences(connection).row(vehicles, 1).place())
          .isInstanceOf(FenceFailedException.class)
          .hasMessageContaining("roll the transaction back");
      cache.fences(connection, Fences.Mode.AVAILABLE).row(vehicles, 1).place();
      connection.rollback();
    }
  }

  @Test
  void write_redisIsGone_commitsIfTheModeSaysSo(RedisProcess server) throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    server.kill();
    PointCache.Work<Fences> work = (connection, fences) -> {
      try (Statement statement = connection.createStatement()) {
        statement.execute("update vehicle set mileage = mileage + 1 where id = 1");
        return fences.row(vehicles, 1);
      }
    };
    assertThatThrownBy(() -> cache.write(work)).isInstanceOf(FenceFailedException.class);
    cache.write(Fences.Mode.AVAILABLE, work);
    assertThat(vehicles.find(1).toOptional().orElseThrow().mileage()).isEqualTo(101);
  }

  @Test
  void memory_ownChange_isSeenAtOnceByOtherMappersToo() throws SQLException {
    PointCache cache = cache(config.withMemoryTime(Duration.ofHours(1)));
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    CachedTable<Row> rows = cache.table(VEHICLES, row -> row);
    await().until(() -> rows.find(1).source() == Source.MEMORY);
    cache.write((connection, fences) -> {
      try (Statement statement = connection.createStatement()) {
        statement.execute("update vehicle set mileage = 101 where id = 1");
        return fences.row(vehicles, 1);
      }
    });
    assertThat(rows.find(1).toOptional().orElseThrow().text("mileage")).isEqualTo("101");
  }

  @Test
  void table_connectionsCommitNothingByThemselves_isToldOfForGood() throws SQLException {
    HikariConfig silent = new HikariConfig();
    ((HikariDataSource) database.source()).copyStateTo(silent);
    silent.setAutoCommit(false);
    try (HikariDataSource source = new HikariDataSource(silent);
        PointCache cache =
            PointCache.builder(config.withForeignWriters(true), redis, source).start()) {
      cache.table(VEHICLES, Vehicle.class);
    }
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet told = statement.executeQuery(
            "select from pg_publication_tables where pubname = 'point_cache_test'"
                + " and tablename = 'vehicle'")) {
      assertThat(told.next()).isTrue();
    }
  }

  @Test
  void start_redisThatReadsFromReplicas_isRefused(RedisProcess server) {
    try (PooledRedis<String, byte[]> lagging = PooledRedis.builder(
            PatientRedis.config(server).withReadFrom(ReadFrom.REPLICA_PREFERRED))
        .codec(PointCache.CODEC)
        .connect()) {
      assertThatThrownBy(
              () -> PointCache.builder(config, lagging, database.source()).start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("readFrom MASTER");
    }
  }

  @Test
  void place_manyMoreKeysThanAreSentAtOnce_areAllPlaced() throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    cache.write((connection, fences) -> {
      for (int i = 1; i <= 3_500; i++) {
        fences.row(vehicles, i);
      }
      return fences;
    });
    assertThat(redis.sync().keys("pc1:test:*:public.vehicle:pk:*")).hasSize(3_500);
  }

  @Test
  void place_outsideOfATransaction_isRefused() throws SQLException {
    PointCache cache = cache(config);
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    try (Connection connection = database.connect()) {
      assertThatThrownBy(() -> cache.fences(connection).row(vehicles, 1).place())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("commits by itself");
    }
  }

  @Test
  void foreignWriters_withoutAWatermark_keepsNothing() {
    CachedTable<Vehicle> vehicles = vehicles(config.withForeignWriters(true));
    vehicles.find(1);
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    redis.sync().set("pc1:test:wm", new byte[0]);
    await().until(() -> vehicles.find(1).source() == Source.REDIS);
    redis.sync().del("pc1:test:wm");
    await().until(() -> vehicles.find(1).source() == Source.DATABASE);
  }

  @Test
  void evict_oneValue_isReadAnew() throws SQLException {
    PointCache cache = cache(config.withMemoryTime(Duration.ofHours(1)));
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    vehicles.find(1);
    await().until(() -> vehicles.find(1).source() == Source.MEMORY);
    cache.evict(vehicles, "id", 1);
    assertThat(vehicles.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    await().until(() -> vehicles.find(1).source() == Source.MEMORY);
  }

  @Test
  void dropAll_whenItsStageEnds_allIsReadAnewByEverybody() {
    PointCache cache = cache(config.withFenceTime(Duration.ofMillis(500)));
    CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
    CachedTable<Vehicle> others = vehicles(config.withFenceTime(Duration.ofMillis(500)));
    vehicles.find(1);
    assertThat(others.find(1).source()).isEqualTo(Source.REDIS);
    CompletionStage<Void> first = cache.dropAll();
    CompletionStage<Void> second = cache.dropAll();
    assertThat(first).succeedsWithin(Duration.ofSeconds(60));
    assertThat(others.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(vehicles.find(1).source()).isEqualTo(Source.REDIS);
    assertThat(second).succeedsWithin(Duration.ofSeconds(60));
    CompletionStage<Void> never = cache.dropAll();
    cache.close();
    assertThat(never)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("PointCache is closed");
  }

  @Test
  void columnsChanged_otherProcessHasAnotherFingerprint_readsAndReplaces() throws SQLException {
    CachedTable<Vehicle> before = vehicles(config);
    before.find(1);
    database.execute("alter table vehicle add color text not null default 'red'");
    CachedTable<Row> after = cache(config).table(VEHICLES, row -> row);
    Answer<Row> answer = after.find(1);
    assertThat(answer.source()).isEqualTo(Source.DATABASE);
    assertThat(answer.toOptional().orElseThrow().text("color")).isEqualTo("red");
    assertThat(after.find(1).source()).isEqualTo(Source.REDIS);
    assertThat(before.find(1))
        .as("a deploy in the other direction")
        .isEqualTo(found(ONE, Source.DATABASE));
  }

  @Test
  void values_ofAnotherType_areRefusedByName() {
    CachedTable<Vehicle> vehicles = vehicles(config);
    assertThatThrownBy(() -> vehicles.find("1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("id must be a Long, Integer or Short, was java.lang.String");
    assertThatThrownBy(() -> vehicles.findBy("company_id", 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("public.vehicle is not asked for by a unique column company_id");
    assertThatThrownBy(() -> vehicles.findAllBy("mileage", 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not asked for by mileage");
  }
}
