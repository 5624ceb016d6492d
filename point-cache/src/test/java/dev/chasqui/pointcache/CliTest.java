package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.SetArgs;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator sees. */
@ExtendWith(RealServers.class)
final class CliTest {
  private static final String ONE = "[\"1\",\"V-1\",\"7\",\"100\"]";

  private final RealPostgres postgres;
  private final Database database;
  private final PooledRedis<String, byte[]> redis;
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final PointCacheConfig config = PointCacheConfig.of("fleet")
      .withForeignWriters(false)
      .withMemoryTime(Duration.ZERO)
      .withEarlyRefresh(0);

  CliTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    this.postgres = postgres;
    database = new Database(postgres).withVehicles();
    toClose.add(database);
    redis = PatientRedis.connect(server);
    toClose.add(0, redis);
    environment.put("CHASQUI_NAMESPACE", "fleet");
    environment.put("CHASQUI_REDIS_URI", server.uri() + "?commandTimeout=20s&connectTimeout=20s");
    environment.put("CHASQUI_POSTGRES_URL", postgres.jdbcUrl());
    environment.put("CHASQUI_POSTGRES_USER", postgres.username());
    environment.put("CHASQUI_POSTGRES_PASSWORD", postgres.password());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  /** Runs {@code line}, of words without spaces; returns what it says, as one line without runs of spaces. */
  private String run(int code, String... line) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    int was = Cli.run(environment, new PrintWriter(out, true), new PrintWriter(err, true), line);
    String all = out + "" + err;
    assertThat(was).as(all).isEqualTo(code);
    assertThat(code == Cli.FAILED ? out : err).as("the other output").asString().isEmpty();
    return all.replaceAll("\\s+", " ").trim();
  }

  private CachedTable<Vehicle> vehicles() {
    PointCache cache = PointCache.builder(config, redis, database.source()).start();
    toClose.add(0, cache);
    return cache.table(VEHICLES, Vehicle.class);
  }

  private void putGenerations(String generations) {
    redis.sync().set("pc1:fleet:gen", generations.getBytes(StandardCharsets.UTF_8));
  }

  /** Puts something there, of the generation 1, for a minute. */
  private void put(String end, String value) {
    redis
        .sync()
        .set(
            "pc1:fleet:1:public.vehicle:" + end,
            value.getBytes(StandardCharsets.UTF_8),
            SetArgs.Builder.ex(60));
  }

  private String fingerprint() {
    return new Catalogue(database.source()).find(VEHICLES).fingerprint();
  }

  private String value(char kind, String payload) {
    return "V|5:5:|" + kind + "j," + fingerprint() + ",3,9999999999999|" + payload;
  }

  private void vouch() {
    redis
        .sync()
        .set("pc1:fleet:wm", "0/1A2B3C".getBytes(StandardCharsets.UTF_8), SetArgs.Builder.ex(60));
  }

  // look, by primary key

  @Test
  void look_keptRow_isTheSameAsTheDatabase() {
    vouch();
    vehicles().find(1);
    String shown = run(Cli.OK, "look", "vehicle", "id", "1");
    assertThat(shown)
        .matches(
            "Readers use Redis: there is a watermark Key pc1:fleet:\\d+:public.vehicle:pk:1 Redis a row, for another (5\\d min|1 h) .*")
        .containsPattern(
            "of snapshot \\d+:\\d+:\\S*, read in \\d+ ms, by the same columns, fingerprint "
                + fingerprint())
        .contains(
            "Database one row id 1 vin V-1 company_id 7 mileage 100 Verdict the same as the database")
        .endsWith("mileage 100 Verdict the same as the database");
  }

  @Test
  void look_keptRowThatOthersChanged_differsByName() throws SQLException {
    vehicles().find(1);
    database.execute("update vehicle set mileage = 101, vin = 'V-1b' where id = 1");
    String shown = run(Cli.DIFFERS, "look", "public.vehicle", "id", "1");
    assertThat(shown)
        .contains("vin V-1 V-1b <- in the database company_id 7 mileage 100 101 <- in the database")
        .contains(
            "Verdict differs from the database, in vin, mileage. That is normal for as long as capture")
        .contains("Readers bypass Redis: there is no watermark (SPEC 5.4).");
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "id", "1", "--no-capture"))
        .contains("That is normal at the moment of a commit only")
        .startsWith("Readers use Redis, as long as they reach it Key");
  }

  @Test
  void look_rowThatCameOrWent_differs() throws SQLException {
    CachedTable<Vehicle> vehicles = vehicles();
    vehicles.find(1);
    vehicles.find(9);
    assertThat(run(Cli.OK, "look", "vehicle", "id", "9"))
        .contains("Redis that there is no such row, for another")
        .contains("Database no such row Verdict the same as the database");
    database.execute(
        "delete from vehicle where id = 1", "insert into vehicle values (9, 'V-9', 7, 0)");
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "id", "1"))
        .contains("Database no such row id 1 vin V-1")
        .contains("differs from the database, which has no such row.");
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "id", "9"))
        .contains("Database one row id 9 vin V-9")
        .contains("differs from the database, which has such a row.");
  }

  @Test
  void look_nothingKept_showsTheRowOfTheDatabase() {
    putGenerations("1");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains("Key pc1:fleet:1:public.vehicle:pk:1 Redis nothing Database one row id 1 vin V-1")
        .contains("Verdict not in Redis");
  }

  @Test
  void look_withoutGenerations_makesNone() {
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .isEqualTo(
            "Readers bypass Redis, or there are none: it has no generation of fleet (SPEC 5.1)"
                + " Database one row Verdict not in Redis");
    assertThat(redis.sync().dbsize()).isZero();
  }

  @Test
  void look_lease_saysWhoseAndForHowLong() {
    putGenerations("1");
    long now = System.currentTimeMillis();
    put("pk:1", "E|me-1@" + (now + 1_000_000) + "|");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .containsPattern(
            "Redis no value, for another \\S+ s lease of me-1, for another 16 min \\d+ s Database");
    put("pk:1", "E|me-1@" + (now - 1_000_000) + "|");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .containsPattern("lease of me-1, over for 16 min \\d+ s: whoever asks gets it Database");
  }

  @Test
  void look_fences_saysWhatBecameOfTheirTransactions() throws SQLException {
    putGenerations("1");
    try (Connection committed = database.connect();
        Connection rolledBack = database.connect();
        Connection open = database.connect()) {
      String third = begin(open); // the others have later ids, and end earlier
      String first = begin(committed);
      String second = begin(rolledBack);
      committed.commit();
      rolledBack.rollback();
      put("pk:1", "E||" + String.join(",", first, second, third, "3", "9007199254740991"));
      String shown = run(Cli.OK, "look", "vehicle", "id", "1");
      assertThat(shown)
          .contains("fence of " + first + ", committed: who reads now may fill")
          .contains("fence of " + second + ", rolled back: who reads now may fill")
          .contains("fence of " + third + ", in progress: nobody fills before the end")
          .contains("fence of 3, ended long ago: who reads now may fill")
          .contains(
              "fence of 9007199254740991, not begun by this database. Is it another's (SPEC A6)? Nobody"
                  + " fills Database");
      put("pk:1", "E||>" + first);
      assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
          .contains(
              "fence of all up to " + first + ", some in progress: nobody fills before the end");
      open.rollback();
      assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
          .contains("fence of all up to " + first + ", ended: who reads now may fill");
      put("pk:1", "E||" + first + "|12:15:12,14");
      assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
          .contains(
              "may fill in place of a value of snapshot 12:15:12,14: who fills must have seen what that"
                  + " had Database");
    }
  }

  private static String begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet id = statement.executeQuery("select pg_current_xact_id()::text")) {
      id.next();
      return id.getString(1);
    }
  }

  @Test
  void look_whatClientsCannotUse_saysWhy() {
    putGenerations("1");
    String good = value('R', ONE);
    put("pk:1", good.replace(fingerprint(), "00000000"));
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains(
            "Redis a value, for another",
            "by other columns, fingerprint 00000000 Database one row id 1")
        .contains(
            "cannot be used: its client knew other columns than there are now, whose fingerprint is "
                + fingerprint());
    put("pk:1", good.replace("Rj,", "Qz,"));
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains("cannot be used: its head Qz," + fingerprint()
            + ",3,9999999999999 is not of this version");
    put("pk:1", value('I', "[]"));
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains("cannot be used: its kind is not of such keys (SPEC 2.4)");
    for (String payload : List.of("[\"1\"]", "[", "{}")) {
      put("pk:1", value('R', payload));
      assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
          .contains("cannot be used: its payload is not as it must be (SPEC 2.5)");
    }
    put("pk:1", "hello\u001b[2J");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains("Redis what no client puts there, for another", "hello\\u001b[2J Database")
        .contains("cannot be used: it is neither a value nor an empty (SPEC 2.8)");
  }

  @Test
  void look_withoutTimeToLive_saysSo() {
    putGenerations("1");
    redis
        .sync()
        .set("pc1:fleet:1:public.vehicle:pk:1", value('R', ONE).getBytes(StandardCharsets.UTF_8));
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1"))
        .contains("a row, without an end, which no client gives it");
  }

  @Test
  void look_whileAllRowsAreDropped_showsBothGenerations() {
    putGenerations("1 2");
    put("pk:1", value('R', ONE.replace("100", "99")));
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "id", "1"))
        .containsPattern(
            "Key pc1:fleet:1:\\S+ of the generation that readers use Redis a row.*in mileage.*"
                + "Key pc1:fleet:2:\\S+ of the other generation Redis nothing .* Verdict not in Redis");
  }

  @Test
  void look_longTexts_areShortenedUnlessFull() throws SQLException {
    putGenerations("1");
    String vin = "a".repeat(45);
    database.execute("insert into vehicle values (9, '" + vin + "\n', 7, 0)");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "9"))
        .contains("vin " + "a".repeat(37) + "... company_id");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "9", "--full"))
        .contains("vin " + vin + "\\u000a company_id");
  }

  @Test
  void look_null_isNamed() throws SQLException {
    putGenerations("1");
    database.execute("alter table vehicle add note text");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1")).contains("note NULL Verdict");
  }

  // look, by other columns

  @Test
  void look_byOtherColumns_checksKeysAndRows() {
    CachedTable<Vehicle> vehicles = vehicles();
    vehicles.findBy("vin", "V-1");
    vehicles.findAllBy("company_id", 7);
    vehicles.find(1);
    assertThat(run(Cli.OK, "look", "vehicle", "vin", "V-1"))
        .containsPattern("Key pc1:fleet:\\d+:public.vehicle:u:vin:V-1 Redis one primary key, for")
        .contains(
            "Database one row 1 row the same as in the database Verdict the same as the database");
    String shown = run(Cli.OK, "look", "vehicle", "company_id", "7");
    assertThat(shown)
        .containsPattern(
            "Key pc1:fleet:\\d+:public.vehicle:n:company_id:7 Redis 2 primary keys, for")
        .contains(
            "Database 2 rows 1 row the same as in the database 2 row not in Redis Verdict the same as");
    vehicles.findAllBy("company_id", 77);
    assertThat(run(Cli.OK, "look", "vehicle", "company_id", "77"))
        .contains("Redis 0 primary keys")
        .contains("Database no such row Verdict the same as the database");
  }

  @Test
  void look_byOtherColumns_saysWhichRowsDiffer() {
    putGenerations("1");
    put("n:company_id:7", value('I', "[\"1\"]"));
    put("pk:1", value('R', ONE.replace("100", "99")));
    put("pk:2", value('R', "[]"));
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "company_id", "7"))
        .contains(
            "1 row differs in mileage 2 not among the keys, row cannot be used Verdict differs from the"
                + " database, for the id 1, 2.");
  }

  @Test
  void look_byOtherColumns_keysOfRowsThatHaveGone_areNoDifference() {
    putGenerations("1");
    put("n:company_id:7", value('I', "[\"1\",\"2\",\"3\",\"9\"]"));
    put("pk:9", value('N', "[]"));
    assertThat(run(Cli.OK, "look", "vehicle", "company_id", "7"))
        .contains(
            "3 has another company_id since, row not in Redis 9 deleted since, row the same as in the")
        .contains(
            "Verdict the same as the database, but for keys of rows that have gone: readers notice");
    put("pk:3", value('R', "[\"3\",\"V-3\",\"7\",\"300\"]"));
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "company_id", "7"))
        .contains("3 has another company_id since, row differs in company_id", "for the id 3.");
  }

  @Test
  void look_tooManyKeys_areNotKept() {
    putGenerations("1");
    put("n:company_id:7", value('X', "[]"));
    assertThat(run(Cli.OK, "look", "vehicle", "company_id", "7"))
        .contains("Redis that there are too many keys to keep")
        .contains("Database 2 rows Verdict not kept: readers ask the database");
    put("n:company_id:7", value('R', ONE));
    assertThat(run(Cli.OK, "look", "vehicle", "company_id", "7"))
        .contains("Database 2 rows Verdict cannot be used: its kind");
    put("n:company_id:7", value('I', "[null]"));
    assertThat(run(Cli.OK, "look", "vehicle", "company_id", "7"))
        .contains("cannot be used: its payload");
  }

  @Test
  void look_manyRows_namesSomeUnlessFull() throws SQLException {
    putGenerations("1");
    database.execute(
        "insert into vehicle select i, 'W' || i, 5, 0 from generate_series(100, 129) i");
    put("n:company_id:5", value('I', "[]"));
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "company_id", "5"))
        .contains("119 not among the keys, row not in Redis ... 10 more (--full) Verdict")
        .contains("118, 119 and others.")
        .doesNotContain("120");
    assertThat(run(Cli.DIFFERS, "look", "vehicle", "company_id", "5", "--full"))
        .contains("129 not among", "128, 129.");
  }

  @Test
  void look_valuesOfAnyType_haveTheirKeys() throws SQLException {
    putGenerations("1");
    database.execute("create schema other");
    assertKey("bigint", "007", "7");
    assertKey("smallint", "-3", "-3");
    assertKey(
        "uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    assertKey("boolean", "true", "t");
    assertKey("boolean", "F", "f");
    assertKey("date", "2026-11-27", "2026-11-27");
    assertKey("bytea", "\\xAB01", "\\xab01");
    assertKey("varchar(3)", "a b", "a%20b");
  }

  private void assertKey(String type, String value, String end) throws SQLException {
    database.execute(
        "drop table if exists other.t", "create table other.t (id " + type + " primary key)");
    assertThat(run(Cli.OK, "look", "other.t", "id", value))
        .contains("Key pc1:fleet:1:other.t:pk:" + end + " Redis nothing Database no such row");
  }

  // evict

  @Test
  void evict_keptRow_isGone() {
    vehicles().find(1);
    String shown = run(Cli.OK, "evict", "vehicle", "id", "1");
    assertThat(shown)
        .matches(
            "Key pc1:fleet:\\d+:public.vehicle:pk:1 Was a row, for another .*fingerprint \\w{8} Is no value,"
                + " for another \\S+ .*fence of \\d+, rolled back: who reads now may fill in place of a value of .* Verdict evicted, and all processes that keep it in memory have been told");
    assertThat(run(Cli.OK, "look", "vehicle", "id", "1")).contains("Verdict not in Redis");
    assertThat(vehicles().find(1).source()).isEqualTo(Source.DATABASE);
    assertThat(vehicles().find(1).source()).isEqualTo(Source.REDIS);
  }

  @Test
  void evict_byOtherColumn_leavesTheRows() {
    CachedTable<Vehicle> vehicles = vehicles();
    vehicles.find(1);
    vehicles.findBy("vin", "V-1");
    assertThat(run(Cli.OK, "evict", "vehicle", "vin", "V-1"))
        .contains(
            "Was one primary key",
            "Is no value",
            "; its rows are kept by their own keys, and still are");
    assertThat(vehicles.find(1).source()).isEqualTo(Source.REDIS);
    assertThat(vehicles.findBy("vin", "V-1").source()).isEqualTo(Source.DATABASE);
  }

  @Test
  void evict_whileAllRowsAreDropped_doesSoInBothGenerations() {
    putGenerations("1 2");
    put("pk:1", value('R', ONE));
    assertThat(run(Cli.OK, "evict", "vehicle", "id", "1"))
        .containsPattern(
            "Key pc1:fleet:1:\\S+ Was a row, .* Is no value, .* Key pc1:fleet:2:\\S+ Was nothing Is no value");
  }

  @Test
  void evict_withoutGenerations_makesNone() {
    assertThat(run(Cli.OK, "evict", "vehicle", "id", "1"))
        .isEqualTo("Verdict not in Redis, which has no generation of the namespace (SPEC 5.1)");
    assertThat(redis.sync().dbsize()).isZero();
  }

  @Test
  void evict_tableThatNobodyCaptures_isNotPublished() throws SQLException {
    putGenerations("1");
    run(Cli.OK, "evict", "vehicle", "id", "1");
    assertThat(run(Cli.DIFFERS, "state")).contains("Publication point_cache_fleet: none");
  }

  // state

  @Test
  void state_nobodyHasBeenHere_saysSoAndChangesNothing() {
    String shown = run(Cli.DIFFERS, "state");
    assertThat(shown)
        .startsWith(
            "Namespace fleet Generation none: no client has been here Watermark none Readers bypass")
        .contains("Slot point_cache_fleet: none: no capture has run, or it was dropped")
        .contains(
            "Publication point_cache_fleet: none: no client has asked for a table that others write to")
        .containsPattern("Redis \\d+\\.\\d+\\S*, 0 keys of all namespaces, noeviction$");
    assertThat(redis.sync().dbsize()).isZero();
  }

  @Test
  void state_captured_saysHowFarCaptureIs() throws SQLException {
    postgres.requireLogicalDecoding();
    PointCacheConfig captured = config.withForeignWriters(true);
    Capture capture = Capture.builder(
            captured,
            CaptureConfig.of(postgres.jdbcUrl(), postgres.username(), postgres.password()),
            redis,
            database.source())
        .start();
    toClose.add(0, capture);
    PointCache cache = PointCache.builder(captured, redis, database.source()).start();
    toClose.add(0, cache);
    cache.table(VEHICLES, Vehicle.class);
    await().until(() -> redis.sync().exists("pc1:fleet:wm") == 1);
    String shown = run(Cli.OK, "state");
    assertThat(shown)
        .containsPattern(
            "Generation \\d+ Watermark [0-9A-F]+/[0-9A-F]+, for another (\\d\\.\\d s|\\d+ ms) Readers use Redis:")
        .containsPattern(
            "Slot point_cache_fleet: active, wal_status reserved, \\S+ \\w+ of the log behind, keeps"
                + " \\S+ \\w+ of it Publication point_cache_fleet: public.vehicle Redis");
    capture.close();
    await().until(() -> redis.sync().exists("pc1:fleet:wm") == 0);
    await()
        .untilAsserted(() -> assertThat(run(Cli.DIFFERS, "state"))
            .contains(
                "Watermark none",
                "Slot point_cache_fleet: not active: no capture is running, wal_status"));
    assertThat(run(Cli.OK, "state", "--no-capture")).contains("Readers use Redis, as long as");
  }

  @Test
  void state_allRowsAreBeingDropped_saysHowFar() throws SQLException {
    database.execute("create publication point_cache_fleet");
    putGenerations("1 2");
    assertThat(run(Cli.DIFFERS, "state"))
        .contains("Generation 1, soon 2: all rows are being dropped (SPEC 5.3)")
        .contains("Publication point_cache_fleet: no tables");
    putGenerations("2 1");
    assertThat(run(Cli.DIFFERS, "state"))
        .contains(
            "Generation 2, and for a while fences also in 1: all rows have been dropped (SPEC 5.3)");
    putGenerations("x");
    assertThat(run(Cli.FAILED, "state"))
        .contains("Redis: pc1:fleet:gen must be one or two numbers");
  }

  @Test
  void state_redisThatEvictsFences_saysSo() {
    redis.sync().configSet("maxmemory-policy", "allkeys-random");
    try {
      assertThat(run(Cli.DIFFERS, "state"))
          .endsWith("allkeys-random, which may evict fences (SPEC A3)");
    } finally {
      redis.sync().configSet("maxmemory-policy", "noeviction");
    }
  }

  // the command line

  @Test
  void option_given_winsOverTheEnvironment() {
    assertThat(run(Cli.DIFFERS, "state", "--namespace", "other")).startsWith("Namespace other");
    assertThat(run(Cli.FAILED, "look", "vehicle", "id", "1", "--postgres-user=nobody"))
        .contains("nobody");
  }

  @Test
  void words_afterTwoDashes_areNoOptions() throws SQLException {
    putGenerations("1");
    database.execute("create table t (id text primary key)");
    assertThat(run(Cli.OK, "look", "--full", "--", "t", "id", "--full"))
        .contains("Key pc1:fleet:1:public.t:pk:--full Redis nothing");
  }

  @Test
  void look_whatCannotBeAsked_saysWhy() throws SQLException {
    database.execute(
        "create table small (id smallint primary key, yes boolean, day date, bytes bytea, number numeric)",
        "create index on small (yes)",
        "create index on small (day)",
        "create index on small (bytes)",
        "create index on small (number)");
    assertRefused("none", "id", "1", "there is no table public.none");
    assertRefused(
        "vehicle",
        "none",
        "1",
        "public.vehicle has no column none, but [id, vin, company_id, mileage]");
    assertRefused("vehicle", "mileage", "1", "public.vehicle.mileage has no index that begins");
    assertRefused("vehicle", "id", "x", "public.vehicle.id is a bigint, which \"x\" is not");
    assertRefused(
        "small",
        "id",
        "70000",
        "public.small.id is a smallint, which \"70000\" is not: must be -32768 to 32767");
    assertRefused(
        "small",
        "yes",
        "maybe",
        "public.small.yes is a boolean, which \"maybe\" is not: there are t and f");
    assertRefused("small", "day", "soon", "public.small.day is a date, which \"soon\" is not");
    assertRefused(
        "small",
        "bytes",
        "12",
        "public.small.bytes is a bytea, which \"12\" is not: it is \\x and hexadecimal digits");
    assertRefused("small", "number", "1", "public.small.number: numeric is no type to ask by");
  }

  private void assertRefused(String table, String column, String value, String message) {
    assertThat(run(Cli.FAILED, "look", table, column, value)).startsWith("point-cache: " + message);
  }

  @Test
  void server_thatIsNotThere_isNamed() {
    String redisUri = environment.get("CHASQUI_REDIS_URI");
    environment.put("CHASQUI_REDIS_URI", "redis://:secret@127.0.0.1:1");
    assertThat(run(Cli.FAILED, "state"))
        .startsWith("point-cache: Redis: ")
        .doesNotContain("secret");
    environment.put("CHASQUI_REDIS_URI", String.valueOf(redisUri));
    environment.put("CHASQUI_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none?password=secret");
    assertThat(run(Cli.FAILED, "look", "vehicle", "id", "1"))
        .contains("127.0.0.1:1 refused")
        .doesNotContain("secret");
  }
}
