package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.TcpProxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows that others change without fences. */
@ExtendWith(RealServers.class)
final class CaptureTest {
  private final Database database;
  private final PooledRedis<String, byte[]> redis;
  private final CaptureConfig captureConfig;
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final PointCacheConfig config = PointCacheConfig.of("captured")
      .withMemoryTime(Duration.ZERO)
      .withEarlyRefresh(0)
      .withFenceTime(Duration.ofSeconds(2));

  CaptureTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    postgres.requireLogicalDecoding();
    database = new Database(postgres).withVehicles();
    toClose.add(database);
    redis = PatientRedis.connect(server);
    toClose.add(0, redis);
    captureConfig = CaptureConfig.of(postgres.jdbcUrl(), postgres.username(), postgres.password())
        .withBehind(Duration.ofSeconds(4))
        .withAgain(Duration.ofMillis(600));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private Capture capture() {
    return capture(captureConfig);
  }

  private Capture capture(CaptureConfig how) {
    return capture(how, redis);
  }

  private Capture capture(CaptureConfig how, PooledRedis<String, byte[]> redis) {
    Capture capture = Capture.builder(config, how, redis, database.source()).start();
    toClose.add(0, capture);
    return capture;
  }

  private CachedTable<Vehicle> vehicles() {
    return vehicles(VEHICLES);
  }

  private CachedTable<Vehicle> vehicles(TableDefinition definition) {
    PointCache cache = PointCache.builder(config, redis, database.source()).start();
    toClose.add(0, cache);
    return cache.table(definition, Vehicle.class);
  }

  /** Comes from Redis, whoever put it there. */
  private static void awaitKept(CachedTable<Vehicle> vehicles, long key) {
    await().until(() -> vehicles.find(key).source() == Source.REDIS);
  }

  @Test
  void replicas_haveToHaveTheFences_beforeRowsAreKept(RedisProcess server) {
    try (RedisProcess replica = RedisProcess.start("masterauth " + server.password())) {
      capture(captureConfig.withReplicas(1));
      CachedTable<Vehicle> vehicles = vehicles();
      await().until(() -> redis.sync().get("pc1:captured:replicated") != null);
      assertThat(redis.sync().get("pc1:captured:wm")).isNull();
      replica.call("REPLICAOF", "127.0.0.1", Integer.toString(server.port()));
      awaitKept(vehicles, 1);
      replica.kill();
      await().until(() -> vehicles.find(1).source() == Source.DATABASE);
    }
  }

  private String generations() {
    return new String(redis.sync().get("pc1:captured:gen"), StandardCharsets.UTF_8);
  }

  @Test
  void rows_changedWithoutFences_areTheNewOnesSoon() throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    vehicles.find(9);
    awaitKept(vehicles, 9);
    assertThat(vehicles.findAllBy("company_id", 8).rows()).hasSize(1);
    assertThat(vehicles.findBy("vin", "V-9").toOptional()).isEmpty();
    database.execute(
        "update vehicle set mileage = 101, company_id = 8 where id = 1",
        "insert into vehicle values (9, 'V-9', 8, 900)",
        "delete from vehicle where id = 3");
    Vehicle one = new Vehicle(1, "V-1", 8, 101);
    Vehicle nine = new Vehicle(9, "V-9", 8, 900);
    await().untilAsserted(() -> {
      assertThat(vehicles.find(1).toOptional()).contains(one);
      assertThat(vehicles.find(9).toOptional()).contains(nine);
      assertThat(vehicles.findBy("vin", "V-9").toOptional()).contains(nine);
      assertThat(vehicles.findAllBy("company_id", 8).rows()).containsExactlyInAnyOrder(one, nine);
    });
    awaitKept(vehicles, 1);
    assertThat(vehicles.find(1).toOptional()).contains(one);
  }

  @Test
  void keys_changedWithoutFences_leaveTheOldOnesEmpty() throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 2);
    database.execute("update vehicle set id = 20 where id = 2");
    await().until(() -> vehicles.find(2).toOptional().isEmpty());
    assertThat(vehicles.find(20).toOptional()).contains(new Vehicle(20, "V-2", 7, 200));
  }

  @Test
  void capture_ofTwoTheFirstEnds_theOtherGoesOn() throws SQLException {
    Capture first = capture();
    await().until(first::isLeading);
    Capture second = capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    assertThat(second.isLeading()).isFalse();
    first.close();
    database.execute("update vehicle set mileage = 101 where id = 1");
    await().until(second::isLeading);
    await().until(() -> vehicles.find(1).toOptional().orElseThrow().mileage() == 101);
    awaitKept(vehicles, 1);
  }

  @Test
  void capture_ended_nothingIsKeptAnyMore() throws SQLException {
    Capture capture = capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    capture.close();
    await().until(() -> vehicles.find(1).source() == Source.DATABASE);
    database.execute("update vehicle set mileage = 101 where id = 1");
    assertThat(vehicles.find(1).toOptional().orElseThrow().mileage()).isEqualTo(101);
    capture();
    awaitKept(vehicles, 1);
    assertThat(vehicles.find(1).toOptional().orElseThrow().mileage()).isEqualTo(101);
  }

  @Test
  void capture_longBehind_vouchesForNothingBecauseOfHeartbeatsOfAnEarlierOne() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles();
    database.execute(
        "select pg_create_logical_replication_slot('point_cache_captured', 'pgoutput')");
    redis.sync().set("pc1:captured:wm", new byte[0]);
    awaitKept(vehicles, 1);
    redis.sync().del("pc1:captured:wm");
    Capture earlier = capture(captureConfig.withAgain(Duration.ofSeconds(3)));
    await()
        .until(() -> ask("select count(*)::text from pg_stat_activity where state = 'idle'"
                + " and datname = current_database() and query like '%pg_logical_emit_message%'"
                + " and pid <> pg_backend_pid()")
            .equals("1"));
    earlier.close(); // before it has dealt with its first heartbeat
    database.execute(
        "do $$ begin for i in 100..2000 loop insert into vehicle values (i, 'V-' || i, 9, 0);"
            + " commit; end loop; end $$",
        "update vehicle set mileage = 101 where id = 1");
    capture(captureConfig.withAgain(Duration.ofMillis(501)));
    await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(10)).until(() -> {
      Answer<Vehicle> answer = vehicles.find(1);
      assertThat(answer.toOptional().orElseThrow().mileage()).isEqualTo(101);
      return answer.source() == Source.REDIS;
    });
  }

  @Test
  void truncate_leadsToANewGeneration() throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    String before = generations();
    database.execute("truncate vehicle");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> vehicles.find(1).toOptional().isEmpty());
    await().atMost(Duration.ofSeconds(60)).until(() -> !generations().contains(before));
    awaitKept(vehicles, 1);
    assertThat(vehicles.find(1).toOptional()).isEmpty();
  }

  @Test
  void generation_changeLeftUnfinished_isBroughtToItsEnd() throws SQLException {
    Capture capture = capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    capture.close();
    await().until(() -> vehicles.find(1).source() == Source.DATABASE);
    long before = Long.parseLong(generations());
    String unfinished = before + " " + (before + 1);
    redis.sync().set("pc1:captured:gen", unfinished.getBytes(StandardCharsets.UTF_8));
    database.execute("truncate vehicle"); // as if the log no longer told of it
    database.execute(
        "select pg_replication_slot_advance('point_cache_captured', pg_current_wal_lsn())");
    capture();
    await().atMost(Duration.ofSeconds(60)).until(() -> {
      assertThat(vehicles.find(1).toOptional()).isEmpty();
      return vehicles.find(1).source() == Source.REDIS;
    });
    assertThat(Long.parseLong(generations().split(" ", -1)[0])).isGreaterThan(before);
  }

  @Test
  void slot_lost_leadsToANewGeneration() throws SQLException {
    Capture capture = capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    String before = generations();
    capture.close();
    await().until(() -> vehicles.find(1).source() == Source.DATABASE);
    database.execute("select pg_drop_replication_slot('point_cache_captured')");
    database.execute("update vehicle set mileage = 101 where id = 1");
    capture();
    await().atMost(Duration.ofSeconds(60)).until(() -> !generations().contains(before));
    awaitKept(vehicles, 1);
    assertThat(vehicles.find(1).toOptional().orElseThrow().mileage()).isEqualTo(101);
  }

  @Test
  void redis_startsEmpty_captureGoesOn(RedisProcess server) throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    server.restart();
    database.execute("update vehicle set mileage = 101 where id = 1");
    assertThat(vehicles.find(1).toOptional().orElseThrow().mileage()).isEqualTo(101);
    awaitKept(vehicles, 1);
    database.execute("update vehicle set mileage = 102 where id = 1");
    await().until(() -> vehicles.find(1).toOptional().orElseThrow().mileage() == 102);
  }

  @Test
  void log_isLetGoOf() throws SQLException {
    capture();
    vehicles();
    String position = confirmed();
    database.execute("update vehicle set mileage = 101 where id = 1");
    await().until(() -> !confirmed().equals(position));
  }

  @Test
  void changes_moreThanRoundTripsToRedis_areAllFencedByTheSame(RedisProcess server)
      throws Exception {
    TcpProxy proxy = TcpProxy.to(server.port());
    toClose.add(proxy);
    PooledRedis<String, byte[]> far = PatientRedis.connect(server, proxy);
    toClose.add(0, far);
    capture(captureConfig.withBehind(Duration.ofSeconds(20)), far);
    awaitKept(vehicles(), 1);
    String sender =
        "select active_pid::text from pg_replication_slots where slot_name = 'point_cache_captured'";
    String before = ask(sender);
    proxy.delay(Duration.ofMillis(20)); // each way
    database.execute("do $$ begin for i in 100..2100 loop"
        + " insert into vehicle values (i, 'V-' || i, 9, 0); commit; end loop; end $$");
    String position = ask("select pg_current_wal_insert_lsn()::text");
    await().atMost(Duration.ofSeconds(60)).until(() -> isPassed(position));
    assertThat(ask(sender)).isEqualTo(before);
  }

  /** Such as one that waits for another standby: it is in the log, but nobody sees it yet. */
  @Test
  void fence_lostWhileACommitHangs_isPlacedOnceThePrimaryShowsIt() throws Exception {
    try (RealPostgres own = RealPostgres.embedded();
        Database hanging = new Database(own).withVehicles()) {
      hanging.execute(
          "alter system set synchronous_commit = local",
          "alter system set synchronous_standby_names = 'ghost'",
          "select pg_reload_conf()");
      CaptureConfig how = CaptureConfig.of(own.jdbcUrl(), own.username(), own.password())
          .withBehind(Duration.ofSeconds(30))
          .withAgain(Duration.ofMillis(600));
      try (Capture capture =
              Capture.builder(config, how, redis, hanging.source()).start();
          PointCache cache = PointCache.builder(config, redis, hanging.source()).start()) {
        CachedTable<Vehicle> vehicles = cache.table(VEHICLES, Vehicle.class);
        awaitKept(vehicles, 1);
        Thread writer = new Thread(() -> {
          try {
            hanging.execute(
                "set synchronous_commit = on", "update vehicle set mileage = 101 where id = 1");
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
        writer.start();
        String key = "pc1:captured:" + generations() + ":public.vehicle:pk:1";
        await().until(() -> redis.sync().get(key)[0] == 'E');
        long twice = redisMillis() + 2 * how.again().toMillis();
        await().until(() -> redisMillis() > twice);
        redis.sync().del(key);
        awaitKept(vehicles, 1);
        assertThat(mileage(vehicles, 1)).as("as the primary shows it").isEqualTo(100);
        hanging.execute("select pg_cancel_backend(pid) from pg_stat_activity"
            + " where wait_event = 'SyncRep'");
        writer.join();
        await().until(() -> mileage(vehicles, 1) == 101);
        assertThat(capture.isLeading()).isTrue();
      }
    }
  }

  private static long mileage(CachedTable<Vehicle> vehicles, long key) {
    return vehicles.find(key).toOptional().orElseThrow().mileage();
  }

  private long redisMillis() {
    return Long.parseLong(new String(redis.sync().time().get(0), StandardCharsets.UTF_8)) * 1_000;
  }

  @Test
  void column_indexedLater_isFencedFromThenOn() throws SQLException {
    database.execute("drop index vehicle_company_id_idx");
    capture();
    CachedTable<Vehicle> before = vehicles(TableDefinition.of("vehicle").withUnique("vin"));
    awaitKept(before, 1);
    database.execute("update vehicle set mileage = 101 where id = 1"); // it knows the table now
    await().until(() -> mileage(before, 1) == 101);
    database.execute("create index on vehicle (company_id)");
    CachedTable<Vehicle> vehicles = vehicles();
    await().until(() -> vehicles.findAllBy("company_id", 8).source() == Source.REDIS);
    database.execute("insert into vehicle values (9, 'V-9', 8, 900)");
    await().until(() -> vehicles.findAllBy("company_id", 8).rows().size() == 2);
  }

  @Test
  void notes_thatAreNotOurs_areIgnored() throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    database.execute(
        "select pg_logical_emit_message(true, 'point-cache', 'captured a b c')",
        "select pg_logical_emit_message(true, 'point-cache', '')",
        "update vehicle set mileage = 101 where id = 1");
    await().until(() -> mileage(vehicles, 1) == 101);
    awaitKept(vehicles, 1);
  }

  @Test
  void columnType_changed_leadsToANewGeneration() throws SQLException {
    capture();
    CachedTable<Vehicle> vehicles = vehicles();
    awaitKept(vehicles, 1);
    database.execute("update vehicle set mileage = 101 where id = 1");
    await().until(() -> mileage(vehicles, 1) == 101);
    String before = generations();
    database.execute(
        "alter table vehicle alter column mileage type int",
        "update vehicle set mileage = 102 where id = 1");
    await().atMost(Duration.ofSeconds(60)).until(() -> !generations().contains(before));
  }

  /** Whether the watermark has. */
  private boolean isPassed(String position) throws SQLException {
    byte[] watermark = redis.sync().get("pc1:captured:wm");
    return watermark != null
        && ask("select '" + new String(watermark, StandardCharsets.UTF_8) + "'::pg_lsn >= '"
                + position + "'")
            .equals("t");
  }

  private String confirmed() throws SQLException {
    return ask("select coalesce(max(confirmed_flush_lsn)::text, 'none') from pg_replication_slots"
        + " where slot_name = 'point_cache_captured'");
  }

  private String ask(String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      found.next();
      return found.getString(1);
    }
  }
}
