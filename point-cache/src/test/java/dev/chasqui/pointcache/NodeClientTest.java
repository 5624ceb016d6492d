package dev.chasqui.pointcache;

import static dev.chasqui.pointcache.Database.VEHICLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.Answer.Absent;
import dev.chasqui.pointcache.Answer.Found;
import dev.chasqui.pointcache.Database.Vehicle;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client in another language, written from SPEC.md, and this one share what is kept. Skipped without Node.js. */
@ExtendWith(RealServers.class)
final class NodeClientTest {
  private static final Vehicle ONE = new Vehicle(1, "V-1", 7, 100);
  private static final Vehicle TWO = new Vehicle(2, "V-2", 7, 200);
  /** Nobody bypasses the cache because the machine was busy. */
  private static final Duration SELDOM = Duration.ofHours(1);

  @TempDir
  private Path directory;

  private final RealPostgres postgres;
  private final RedisProcess server;
  private final Database database;
  private final Steps steps;
  private final PooledRedis<String, byte[]> redis;
  private final PointCache cache;
  private final CachedTable<Vehicle> java;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  NodeClientTest(RealPostgres postgres, RedisProcess server) throws SQLException {
    this.postgres = postgres;
    this.server = server;
    NodeClient.program(); // or nothing is started
    database = new Database(postgres).withVehicles();
    toClose.add(0, database);
    steps = new Steps(PatientRedis.config(server));
    toClose.add(0, steps);
    redis = PatientRedis.connect(server);
    toClose.add(0, redis);
    cache = PointCache.builder(
            PointCacheConfig.of("test")
                .withForeignWriters(false)
                .withMemoryTime(Duration.ZERO)
                .withEarlyRefresh(0)
                .withPollTime(SELDOM),
            redis,
            database.source())
        .start();
    toClose.add(0, cache);
    java = cache.table(VEHICLES, Vehicle.class);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private NodeClient node() {
    return node(Map.of("captured", false, "pollMillis", SELDOM.toMillis()));
  }

  private NodeClient node(Map<String, Object> options) {
    Map<String, Object> all = new LinkedHashMap<>(options);
    all.put("namespace", "test");
    NodeClient node = NodeClient.start(server.uri(), postgres, all, directory);
    toClose.add(0, node);
    return node;
  }

  private static Answer<Vehicle> found(Vehicle vehicle, Source source) {
    return new Found<>(vehicle, source);
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  /** As the Node client answers. */
  private static JsonNode row(Vehicle vehicle, String source) {
    return json("{'row': " + text(vehicle) + ", 'source': '" + source + "'}");
  }

  private static JsonNode rows(String source, Vehicle... vehicles) {
    List<String> texts = Arrays.stream(vehicles).map(NodeClientTest::text).toList();
    return json("{'rows': [" + String.join(",", texts) + "], 'source': '" + source + "'}");
  }

  private static String text(Vehicle vehicle) {
    return "{'id': '%d', 'vin': '%s', 'company_id': '%d', 'mileage': '%d'}"
        .formatted(vehicle.id(), vehicle.vin(), vehicle.companyId(), vehicle.mileage());
  }

  private static JsonNode none(String source) {
    return json("{'row': null, 'source': '" + source + "'}");
  }

  @Test
  void node_afterJavaFilled_readsItFromRedis() {
    NodeClient node = node();
    java.find(1);
    java.find(9);
    java.findBy("vin", "V-1");
    java.findAllBy("company_id", 7);
    java.find(2);
    assertThat(node.ask("{'do': 'find', 'key': '1'}")).isEqualTo(row(ONE, "redis"));
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "redis"));
    assertThat(node.ask("{'do': 'find', 'key': 9}")).isEqualTo(none("redis"));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'vin', 'value': 'V-1'}"))
        .isEqualTo(rows("redis", ONE));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 7}"))
        .isIn(rows("redis", ONE, TWO), rows("redis", TWO, ONE));
    assertThat(node.ask("{'do': 'findAll', 'keys': [2, 9, 3, 1, 2]}"))
        .as("of which one is missing")
        .containsExactly(
            row(TWO, "redis"),
            none("redis"),
            row(new Vehicle(3, "V-3", 8, 300), "database"),
            row(ONE, "redis"),
            row(TWO, "redis"));
    assertThat(java.find(3).source()).isEqualTo(Source.REDIS);
  }

  @Test
  void java_afterNodeFilled_readsItFromRedis() {
    NodeClient node = node();
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    assertThat(node.ask("{'do': 'find', 'key': 9}")).isEqualTo(none("database"));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'vin', 'value': 'V-1'}"))
        .isEqualTo(rows("database", ONE));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'vin', 'value': 'none'}"))
        .isEqualTo(rows("database"));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 7}"))
        .isIn(rows("database", ONE, TWO), rows("database", TWO, ONE));
    node.ask("{'do': 'findAll', 'keys': [2, 3]}");
    assertThat(java.find(1)).isEqualTo(found(ONE, Source.REDIS));
    assertThat(java.find(9)).isEqualTo(new Absent<>(Source.REDIS));
    assertThat(java.findBy("vin", "V-1")).isEqualTo(found(ONE, Source.REDIS));
    assertThat(java.findBy("vin", "none")).isEqualTo(new Absent<>(Source.REDIS));
    Answers<Vehicle> ofCompany = java.findAllBy("company_id", 7);
    assertThat(ofCompany.rows()).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(ofCompany.source()).isEqualTo(Source.REDIS);
    assertThat(java.find(3).source()).isEqualTo(Source.REDIS);
  }

  @Test
  void node_moreRowsThanItKeeps_saysSoToJava() {
    NodeClient node =
        node(Map.of("captured", false, "pollMillis", SELDOM.toMillis(), "maximumKeys", 1));
    for (int i = 0; i < 2; i++) {
      assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 7}"))
          .isIn(rows("database", ONE, TWO), rows("database", TWO, ONE));
    }
    assertThat(java.findAllBy("company_id", 7).rows()).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(java.findAllBy("company_id", 7).source()).isEqualTo(Source.DATABASE);
  }

  @Test
  void node_writes_fencesWhatJavaKept() {
    NodeClient node = node();
    for (int i = 0; i < 2; i++) {
      java.find(1);
      java.findBy("vin", "W-1");
    }
    assertThat(java.find(1).source()).isEqualTo(Source.REDIS);
    assertThat(java.findBy("vin", "W-1")).isEqualTo(new Absent<>(Source.REDIS));
    node.ask(
        "{'do': 'begin', 'sql': 'update vehicle set vin = `W-1` where id = 1 returning id, vin'}");
    for (int i = 0; i < 2; i++) {
      assertThat(java.find(1)).as("not committed").isEqualTo(found(ONE, Source.DATABASE));
      assertThat(java.findBy("vin", "W-1")).isEqualTo(new Absent<>(Source.DATABASE));
    }
    assertThat(node.ask("{'do': 'end', 'how': 'commit'}").asString()).isEqualTo("committed");
    Vehicle after = new Vehicle(1, "W-1", 7, 100);
    assertThat(java.find(1)).isEqualTo(found(after, Source.DATABASE));
    assertThat(java.findBy("vin", "W-1")).isEqualTo(found(after, Source.DATABASE));
    assertThat(java.findBy("vin", "W-1")).isEqualTo(found(after, Source.REDIS));
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(after, "redis"));
  }

  @Test
  void node_rollsBack_whatIsThereIsKeptAgain() {
    NodeClient node = node();
    java.find(1);
    node.ask("{'do': 'begin', 'sql': 'delete from vehicle where id = 1 returning id'}");
    assertThat(java.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(node.ask("{'do': 'end', 'how': 'rollback'}").asString()).isEqualTo("rolled back");
    assertThat(java.find(1)).isEqualTo(found(ONE, Source.DATABASE));
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "redis"));
  }

  @Test
  void java_writes_fencesWhatNodeKept() throws SQLException {
    NodeClient node = node();
    for (int i = 0; i < 2; i++) {
      node.ask("{'do': 'find', 'key': 3}");
      node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 7}");
      node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 8}");
    }
    cache.write((connection, fences) -> {
      try (PreparedStatement statement = connection.prepareStatement(
          "update vehicle set company_id = 7 where id = 3 returning id, company_id")) {
        int rows = fences.execute(java, statement);
        fences.place();
        assertThat(node.ask("{'do': 'find', 'key': 3}").required("source").asString())
            .isEqualTo("database");
        return rows;
      }
    });
    Vehicle after = new Vehicle(3, "V-3", 7, 300);
    assertThat(node.ask("{'do': 'find', 'key': 3}")).isEqualTo(row(after, "database"));
    assertThat(node.ask("{'do': 'find', 'key': 3}")).isEqualTo(row(after, "redis"));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 7}")
            .required("rows")
            .size())
        .isEqualTo(3);
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 8}"))
        .as("nobody told of the old value")
        .isEqualTo(rows("database"));
    assertThat(node.ask("{'do': 'findAllBy', 'column': 'company_id', 'value': 8}"))
        .as("but it was mended")
        .isEqualTo(rows("redis"));
    assertThat(java.findAllBy("company_id", 8)).isEqualTo(new Answers<>(List.of(), Source.REDIS));
  }

  @Test
  void node_anotherHasTheLease_readsTheDatabaseWithoutFilling() {
    NodeClient node = node();
    String key = "pc1:test:" + steps.get("pc1:test:gen") + ":public.vehicle:pk:1";
    steps.lease(key, "another");
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    assertThat(node.ask("{'do': 'findAll', 'keys': [1]}")).containsExactly(row(ONE, "database"));
    assertThat(steps.kept(key)).isEqualTo("E|another@*|");
    steps.endLease(key);
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "redis"));
  }

  @Test
  void columnsChanged_nodeThatKnowsThem_replacesWhatJavaKept() throws SQLException {
    java.find(1);
    java.findBy("vin", "V-1");
    database.execute("alter table vehicle add color text");
    NodeClient node = node();
    JsonNode first = node.ask("{'do': 'find', 'key': 1}");
    assertThat(first.required("source").asString()).isEqualTo("database");
    assertThat(first.required("row").required("color").isNull()).isTrue();
    assertThat(node.ask("{'do': 'find', 'key': 1}").required("source").asString())
        .isEqualTo("redis");
    assertThat(
            node.ask("{'do': 'findAll', 'keys': [1]}").get(0).required("source").asString())
        .isEqualTo("redis");
    assertThat(java.find(1)).as("in the other direction").isEqualTo(found(ONE, Source.DATABASE));
  }

  @Test
  void garbage_isReplacedByEither() {
    NodeClient node = node();
    String key = "pc1:test:" + steps.get("pc1:test:gen") + ":public.vehicle:pk:";
    steps.set(key + 1, "garbage");
    steps.set(key + 2, "garbage");
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    assertThat(java.find(1)).isEqualTo(found(ONE, Source.REDIS));
    assertThat(java.find(2)).isEqualTo(found(TWO, Source.DATABASE));
    assertThat(node.ask("{'do': 'find', 'key': 2}")).isEqualTo(row(TWO, "redis"));
  }

  @Test
  void generations_nodeReadsTheFirstAndFencesInBoth() {
    NodeClient node = node(Map.of("captured", false, "pollMillis", 100));
    await().until(() -> node.ask("{'do': 'state'}").required("read").asString().length() > 1);
    steps.set("pc1:test:gen", "17 18");
    await().until(() -> node.ask("{'do': 'state'}").required("read").asString().equals("17"));
    node.ask("{'do': 'write', 'sql': 'update vehicle set mileage = 1 where id = 1 returning id'}");
    assertThat(steps.kept("pc1:test:17:public.vehicle:pk:1")).startsWith("E||");
    assertThat(steps.kept("pc1:test:18:public.vehicle:pk:1"))
        .isEqualTo(steps.kept("pc1:test:17:public.vehicle:pk:1"));
    await()
        .until(() ->
            node.ask("{'do': 'find', 'key': 1}").required("source").asString().equals("redis"));
    assertThat(steps.kept("pc1:test:17:public.vehicle:pk:1")).startsWith("V|");
    assertThat(steps.kept("pc1:test:18:public.vehicle:pk:1")).startsWith("E||");
  }

  @Test
  void generations_none_nodePutsOneThatJavaTakes() {
    steps.redis().sync().del("pc1:test:gen");
    NodeClient node = node();
    String read = node.ask("{'do': 'state'}").required("read").asString();
    assertThat(read).matches("1\\d{12}").isEqualTo(steps.get("pc1:test:gen"));
  }

  @Test
  void watermark_gone_nodeBypassesTheCache() throws SQLException {
    database.execute("create publication point_cache_test for table vehicle");
    NodeClient node = node(Map.of("captured", true, "pollMillis", 100));
    java.find(1);
    for (int i = 0; i < 2; i++) {
      assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
      assertThat(node.ask("{'do': 'findAll', 'keys': [2]}")).containsExactly(row(TWO, "database"));
    }
    assertThat(steps.redis().sync().keys("pc1:test:*:pk:2"))
        .as("nothing is filled")
        .isEmpty();
    steps.set("pc1:test:wm", "");
    await().until(() -> node.ask("{'do': 'find', 'key': 1}").equals(row(ONE, "redis")));
    steps.redis().sync().del("pc1:test:wm");
    await().until(() -> node.ask("{'do': 'find', 'key': 1}").equals(row(ONE, "database")));
  }

  @Test
  void redisGone_nodeReadsTheDatabaseAndStrictWritersRollBack() {
    NodeClient node = node(Map.of("captured", false, "pollMillis", 100));
    node.ask("{'do': 'find', 'key': 1}");
    server.kill();
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    assertThat(node.ask("{'do': 'findAll', 'keys': [1]}")).containsExactly(row(ONE, "database"));
    String update = "'update vehicle set mileage = mileage + 1 where id = 1 returning id'";
    assertThat(node.refusal("{'do': 'write', 'sql': " + update + "}"))
        .startsWith("FenceError: roll back");
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
    node.ask("{'do': 'write', 'mode': 'available', 'sql': " + update + "}");
    Vehicle after = new Vehicle(1, "V-1", 7, 101);
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(after, "database"));
    server.restart();
    await().until(() -> node.ask("{'do': 'find', 'key': 1}").equals(row(after, "redis")));
  }

  @Test
  void sessions_cutByPostgres_costOnlyTheTransactionUnderWay() throws SQLException {
    NodeClient node = node();
    node.ask("{'do': 'begin', 'sql':"
        + " 'update vehicle set mileage = mileage + 1 where id = 1 returning id'}");
    database.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity"
        + " where datname = current_database() and application_name = ''"); // Java's have a name
    assertThat(node.ask("{'do': 'end', 'how': 'commit'}").asString()).isNotEqualTo("committed");
    assertThat(node.ask("{'do': 'find', 'key': 1}")).isEqualTo(row(ONE, "database"));
  }

  @Test
  void scripts_flushed_areSentAgain() {
    NodeClient node = node();
    node.ask("{'do': 'find', 'key': 1}");
    steps.redis().sync().scriptFlush();
    assertThat(node.ask("{'do': 'find', 'key': 2}")).isEqualTo(row(TWO, "database"));
    assertThat(java.find(2)).isEqualTo(found(TWO, Source.REDIS));
  }

  /** Each type that may be asked for has one text in both. */
  @Test
  void keys_ofAllTypes_areTheSameInBoth() throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("smallint", -32_768);
    values.put("integer", 0);
    values.put("bigint", Long.MIN_VALUE);
    values.put("uuid", UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e"));
    values.put("boolean", true);
    values.put("date", LocalDate.of(2024, 2, 29));
    values.put("bytea", new byte[] {0, (byte) 0xff});
    values.put("text", "ñ: 50% {🚚} #|\\ \n");
    values.put("varchar(200)", "x".repeat(150));
    Map<String, String> asked = Map.of(
        "uuid", "0F8FAD5B-D9CB-469F-A165-70867728950E", // one value, whatever its form
        "integer", "-000",
        "boolean", "t",
        "bytea", "\\x00FF");
    NodeClient node = node();
    for (Map.Entry<String, Object> each : values.entrySet()) {
      String type = each.getKey();
      String name = "of_" + type.replaceFirst("\\W.*", "");
      database.execute(
          "create table " + name + " (k " + type + " primary key, u " + type + " unique, n " + type
              + ", other numeric)",
          "create index on " + name + " (n)");
      String text;
      try (var connection = database.connect();
          var insert = connection.prepareStatement(
              "insert into " + name + " values (?, ?, ?, 1.50) returning concat(k)")) {
        for (int i = 1; i <= 3; i++) {
          insert.setObject(i, each.getValue());
        }
        try (var results = insert.executeQuery()) {
          results.next();
          text = results.getString(1);
        }
      }
      CachedTable<Row> table =
          cache.table(TableDefinition.of(name).withUnique("u").withIndexed("n"), row -> row);
      for (int i = 0; i < 3; i++) {
        assertThat(table.find(each.getValue()).toOptional()).isPresent();
        assertThat(table.findBy("u", each.getValue()).toOptional()).isPresent();
        assertThat(table.findAllBy("n", each.getValue()).rows()).hasSize(1);
      }
      JsonNode description = node.ask("{'do': 'describe', 'table': '" + name + "'}");
      assertThat(description.required("fingerprint").asString())
          .isEqualTo(table.table().fingerprint());
      assertThat(description.required("kinds")).isEqualTo(json("{'k': 'pk', 'u': 'u', 'n': 'n'}"));
      String value = JsonMapper.shared().writeValueAsString(asked.getOrDefault(type, text));
      for (String column : List.of("k", "u", "n")) {
        JsonNode answer = node.askExactly("{\"do\": \"findAllBy\", \"table\": \"" + name
            + "\", \"column\": \"" + column + "\", \"value\": " + value + "}");
        assertThat(answer.required("source").asString())
            .as("%s %s", type, column)
            .isEqualTo("redis");
        assertThat(answer.required("rows").get(0).required("k").asString()).isEqualTo(text);
        assertThat(answer.required("rows").get(0).required("other").asString()).isEqualTo("1.50");
      }
    }
  }

  @Test
  void node_askedForWhatIsNoValue_refuses() throws SQLException {
    database.execute(
        "create table short (code varchar(3) primary key)", "insert into short values ('abc')");
    NodeClient node = node();
    assertThat(node.refusal("{'do': 'find', 'key': 'x'}")).isEqualTo("TypeError: x is no bigint");
    assertThat(node.refusal("{'do': 'find', 'key': 1.5}")).contains("1.5 is no bigint");
    assertThat(node.refusal("{'do': 'find', 'key': '9223372036854775808'}")).contains("no bigint");
    assertThat(node.refusal("{'do': 'findAllBy', 'column': 'mileage', 'value': 1}"))
        .contains("cannot be asked for by mileage");
    assertThat(node.ask("{'do': 'findAllBy', 'table': 'short', 'column': 'code', 'value': 'abcd'}"))
        .as("not cut to abc")
        .isEqualTo(rows("database"));
    database.execute("create table odd (id numeric primary key)");
    assertThat(node.refusal("{'do': 'describe', 'table': 'odd'}"))
        .contains("public.odd.id is numeric");
    assertThat(node.refusal("{'do': 'describe', 'table': 'none'}")).contains("no ordinary table");
  }

  @Test
  void fixtures_playedByNode_areAsTheySay() throws Exception {
    Path output = directory.resolve("output");
    ProcessBuilder builder = NodeClient.program(
            "--test", "--test-reporter=tap", "fixtures.test.mjs")
        .redirectErrorStream(true)
        .redirectOutput(output.toFile());
    builder.environment().put("REDIS_URL", server.uri());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("has ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).containsPattern("# pass [1-9]\\d+\n").contains("# fail 0\n", "# skipped 0\n");
  }
}
