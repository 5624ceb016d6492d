package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.realservers.RealRedisCluster;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Three masters with a replica each, shared by all tests; each leaves it whole. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ClusterTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final List<String> MANY =
      IntStream.range(0, 60).mapToObj(i -> "truck:" + i).toList();

  private RealRedisCluster cluster;

  @BeforeAll
  void start() {
    cluster = RealRedisCluster.start(RedisProgram.forTests(), 1);
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    for (RedisProcess node : cluster.nodes()) {
      if (node.call("INFO", "replication").contains("role:master")) {
        node.call("FLUSHALL");
      }
      node.call("CONFIG", "RESETSTAT");
    }
  }

  @AfterEach
  void repair() {
    cluster.nodes().stream().filter(node -> !node.isRunning()).forEach(RedisProcess::restart);
    cluster.awaitOk();
  }

  private RedisConfig config() {
    return Servers.config(cluster).withReconnectMax(Duration.ofMillis(200));
  }

  private Set<String> masters() {
    return MANY.stream()
        .map(key -> cluster.masterOf(key).address())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** One key for each master. */
  private Map<RedisProcess, String> keys() {
    Map<RedisProcess, String> keys = new LinkedHashMap<>();
    MANY.forEach(key -> keys.putIfAbsent(cluster.masterOf(key), key));
    return keys;
  }

  private static <T> T get(java.util.concurrent.CompletionStage<T> stage) {
    return stage
        .toCompletableFuture()
        .orTimeout(60, java.util.concurrent.TimeUnit.SECONDS)
        .join();
  }

  private static long calls(RedisProcess node, String command) {
    return node.call("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":calls="))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .sum();
  }

  @Test
  @Order(1)
  void keys_onThreeMasters_areReachedByBothLanes() {
    try (PooledRedis<String, String> redis =
        PooledRedis.connect(config().withClientName("fleet"))) {
      for (Map.Entry<RedisProcess, String> each : keys().entrySet()) {
        String key = each.getValue();
        redis.sync().set(key, "1");
        try (ExclusiveConnection<String, String> connection = redis.borrow(key)) {
          assertThat(connection.sync().clientGetname()).isEqualTo("fleet");
          connection.sync().multi();
          connection.sync().incr(key);
          connection.sync().set("{" + key + "}:other", "same slot");
          assertThat(connection.sync().exec()).containsExactly(2L, "OK");
        }
        assertThat(each.getKey().call("GET", key)).isEqualTo("2");
        assertThat(each.getKey().call("CLIENT", "LIST")).contains("name=fleet");
      }
      assertThat(redis.health().pools())
          .extracting(Health.Pool::address)
          .containsExactlyInAnyOrderElementsOf(masters());
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @Test
  @Order(1)
  void borrow_withoutKey_isRefused() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      assertThatThrownBy(redis::borrow)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("borrow(key)");
      assertThatThrownBy(redis::borrowAsync).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  @Order(1)
  void borrow_nobodyReachedYet_failsAtOnce() {
    RedisConfig nowhere = config()
        .withServers(new RedisServers.Cluster(List.of(new RedisServers.Address("127.0.0.1", 1))));
    try (PooledRedis<String, String> redis = PooledRedis.builder(nowhere).start()) {
      assertThatThrownBy(() -> redis.borrow("k")).isInstanceOf(RedisUnavailableException.class);
      assertThat(redis.borrowAsync("k").toCompletableFuture())
          .failsWithin(LONG)
          .withThrowableThat()
          .withCauseInstanceOf(RedisUnavailableException.class);
    }
  }

  @Test
  @Order(1)
  void mget_keysInSeveralSlots_failsByName() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      assertThatThrownBy(() -> redis.sync().mget("a", "b"))
          .isInstanceOf(RedisCommandExecutionException.class)
          .hasMessageStartingWith("CROSSSLOT");
      redis.sync().mset(Map.of("{t}a", "1", "{t}b", "2"));
      assertThat(redis.sync().mget("{t}a", "{t}b")).hasSize(2);
    }
  }

  @Test
  @Order(1)
  void multiKey_manySlots_doesAllAndCounts() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      MultiKey<String, String> multi = redis.multiKey();
      Map<String, String> values =
          MANY.stream().collect(Collectors.toMap(key -> key, key -> "of " + key));
      assertThat(get(multi.set(values))).isEqualTo(60);
      List<String> asked = new ArrayList<>(List.of("missing:1", MANY.get(9), MANY.get(9)));
      asked.addAll(MANY);
      asked.add("missing:2");
      Map<String, String> found = get(multi.get(asked));
      assertThat(found).isEqualTo(values);
      assertThat(found.keySet()).startsWith(MANY.get(9), MANY.get(0), MANY.get(1));
      assertThat(multi.getSync(List.of(MANY.get(9), "missing:1", MANY.get(0))))
          .containsExactly(
              KeyValue.just(MANY.get(9), "of " + MANY.get(9)),
              KeyValue.empty("missing:1"),
              KeyValue.just(MANY.get(0), "of " + MANY.get(0)));
      assertThat(get(multi.exists(asked))).isEqualTo(60);
      assertThat(get(multi.delete(asked.subList(0, 13)))).isEqualTo(10);
      assertThat(get(multi.unlink(asked))).isEqualTo(50);
      assertThat(get(multi.get(asked))).isEmpty();
      assertThat(get(multi.get(List.of()))).isEmpty();
      assertThat(get(multi.set(Map.of()))).isZero();
    }
  }

  @Test
  @Order(1)
  @SuppressWarnings("ArrayAsKeyOfSetOrMap") // that is the point
  void multiKey_binaryKeys_areTheSameIfTheirBytesAre() {
    try (PooledRedis<byte[], byte[]> redis =
        PooledRedis.builder(config()).codec(ByteArrayCodec.INSTANCE).connect()) {
      Map<byte[], byte[]> values = new HashMap<>();
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] key = {0, (byte) 0xff, (byte) i};
        keys.add(key);
        values.put(key, new byte[] {(byte) i, '\r', '\n'});
      }
      MultiKey<byte[], byte[]> multi = redis.multiKey();
      assertThat(get(multi.set(values))).isEqualTo(40);
      keys.add(keys.get(3).clone());
      Map<byte[], byte[]> found = get(multi.get(keys));
      assertThat(found).hasSize(40);
      assertThat(found.get(keys.get(7))).containsExactly(7, '\r', '\n');
      assertThat(get(multi.exists(keys))).isEqualTo(40);
      assertThat(get(multi.delete(keys))).isEqualTo(40);
    }
  }

  @Test
  @Order(1)
  void connect_wrongPassword_isRefused() {
    assertThatThrownBy(() -> PooledRedis.connect(config().withPassword("wrong")))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("WRONGPASS")
        .hasMessageNotContaining("connectTimeout");
  }

  /** So many that some would lead to replicas, if what has no key went to any node. */
  @Test
  @Order(1)
  void keylessScript_writes_worksWhicheverConnectionItTakes() {
    String writeOwn = """
        local written = 0
        for _, key in ipairs(ARGV) do
          if redis.pcall('INCR', key) == 1 then written = written + 1 end
        end
        return written""";
    String[] noKeys = {};
    String[] oneOfEach = keys().values().toArray(String[]::new);
    List<PooledRedis<String, String>> all = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * cluster.nodes().size(); i++) {
        PooledRedis<String, String> redis = PooledRedis.connect(config().withSharedConnections(1));
        all.add(redis);
        assertThat(redis.sync().<Long>eval(writeOwn, ScriptOutputType.INTEGER, noKeys, oneOfEach))
            .isEqualTo(1);
        redis.sync().del(oneOfEach[0]);
        redis.sync().del(oneOfEach[1]);
        redis.sync().del(oneOfEach[2]);
      }
    } finally {
      all.forEach(PooledRedis::close);
    }
  }

  @Test
  @Order(2)
  void replicaReads_inACluster_areAnsweredByReplicas() {
    Map<RedisProcess, String> keys = keys();
    try (PooledRedis<String, String> redis =
        PooledRedis.connect(config().withReadFrom(ReadFrom.REPLICA))) {
      keys.values().forEach(key -> redis.sync().set(key, "v"));
      for (String key : keys.values()) {
        await().atMost(LONG).until(() -> "v".equals(redis.sync().get(key)));
      }
    }
    for (RedisProcess master : keys.keySet()) {
      assertThat(calls(master, "get")).isZero();
    }
    assertThat(cluster.nodes().stream().mapToLong(node -> calls(node, "get")).sum())
        .isGreaterThanOrEqualTo(3);
  }

  @Test
  @Order(3)
  void migratedSlot_onAnExclusiveConnection_endsItAndIsFoundAnew() {
    String key = MANY.get(0);
    RedisProcess from = cluster.masterOf(key);
    RedisProcess to =
        keys().keySet().stream().filter(node -> node != from).findFirst().orElseThrow();
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.sync().set(key, "1");
      ExclusiveConnection<String, String> borrowed = redis.borrow(key);
      assertThat(borrowed.sync().get(key)).isEqualTo("1");
      migrate(key, from, to);
      assertThatThrownBy(() -> borrowed.sync().get(key))
          .isInstanceOf(RedisCommandExecutionException.class)
          .hasMessageStartingWith("MOVED ");
      borrowed.close();
      assertThat(pool(redis, from).idle()).isZero();
      assertThat(redis.sync().incr(key)).isEqualTo(2); // redirected
      await().atMost(LONG).untilAsserted(() -> {
        try (ExclusiveConnection<String, String> again = redis.borrow(key)) {
          assertThat(again.sync().get(key)).isEqualTo("2");
        }
      });
      assertThat(pool(redis, to).borrows()).isPositive();
    } finally {
      migrate(key, to, from);
    }
  }

  private static Health.Pool pool(PooledRedis<?, ?> redis, RedisProcess node) {
    return redis.health().pools().stream()
        .filter(pool -> pool.address().equals(node.address()))
        .findFirst()
        .orElseThrow();
  }

  /** As {@code redis-cli --cluster reshard} does it. */
  private void migrate(String key, RedisProcess from, RedisProcess to) {
    String slot = Integer.toString(SlotHash.getSlot(key));
    String source = from.call("CLUSTER", "MYID");
    String target = to.call("CLUSTER", "MYID");
    to.call("CLUSTER", "SETSLOT", slot, "IMPORTING", source);
    from.call("CLUSTER", "SETSLOT", slot, "MIGRATING", target);
    from.call("MIGRATE", "127.0.0.1", "" + to.port(), key, "0", "5000", "AUTH", cluster.password());
    to.call("CLUSTER", "SETSLOT", slot, "NODE", target);
    from.call("CLUSTER", "SETSLOT", slot, "NODE", target);
    cluster.awaitOk();
  }

  @Test
  @Order(4)
  void multiKey_oneMasterHangs_saysWhichKeysFailed() {
    RedisProcess hanging = cluster.masterOf(MANY.get(0));
    Set<String> lost = MANY.stream()
        .filter(key -> cluster.masterOf(key) == hanging)
        .collect(Collectors.toUnmodifiableSet());
    try (PooledRedis<String, String> redis =
        PooledRedis.connect(config().withCommandTimeout(Duration.ofSeconds(1)))) {
      Map<String, String> values = MANY.stream().collect(Collectors.toMap(k -> k, k -> "v"));
      get(redis.retrying(LONG, commands -> redis.multiKey().set(values)));
      // Long after its replica has taken over: so it has heard of none.
      hanging.pause();
      assertThatThrownBy(() -> get(redis.multiKey().get(MANY)))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(PartlyDoneException.class, e -> {
            assertThat(e.failures().keySet()).isEqualTo(lost);
            assertThat(e.failures().values())
                .allMatch(failure -> failure instanceof RedisCommandTimeoutException);
            assertThat((Map<?, ?>) e.done()).hasSize(MANY.size() - lost.size());
            assertThat(e).hasMessageContaining(lost.size() + " of 60 keys failed");
          });
      assertThatThrownBy(() -> redis.multiKey().getSync(MANY))
          .isInstanceOfSatisfying(
              PartlyDoneException.class, e -> assertThat(e.failures().keySet()).isEqualTo(lost));
    } finally {
      hanging.resume();
    }
  }

  @Test
  @Order(5)
  void failover_masterKilled_bothLanesGoToTheReplicaAndThePoolOfTheDeadOneGoes() {
    String key = MANY.get(1);
    RedisProcess dead = cluster.masterOf(key);
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.sync().set(key, "before");
      for (String each : keys().values()) {
        redis.borrow(each).close();
      }
      ExclusiveConnection<String, String> borrowed = redis.borrow(key);
      CompletableFuture<?> underWay =
          borrowed.async().blpop(30, "{" + key + "}:queue").toCompletableFuture();
      await().atMost(LONG).until(() -> dead.call("INFO", "clients").contains("blocked_clients:1"));
      dead.kill();
      assertThat(underWay)
          .failsWithin(LONG)
          .withThrowableThat()
          .withCauseInstanceOf(CommandLostException.class);
      borrowed.close();
      // A write that may be repeated goes on by itself, once there is a new master.
      String done = get(redis.retrying(LONG, commands -> commands.set(key, "after")));
      assertThat(done).isEqualTo("OK");
      await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
        try (ExclusiveConnection<String, String> connection = redis.borrow(key)) {
          assertThat(connection.sync().get(key)).isEqualTo("after");
        }
      });
      assertThat(cluster.masterOf(key)).isNotEqualTo(dead);
      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(redis.health().pools())
              .extracting(Health.Pool::address)
              .doesNotContain(dead.address())
              .contains(cluster.masterOf(key).address()));
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @Test
  @Order(6)
  void failover_onlyExclusiveLaneInUse_isNoticedToo() {
    String key = MANY.get(2);
    RedisProcess dead = cluster.masterOf(key);
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.borrow(key).close();
      dead.kill();
      await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
        try (ExclusiveConnection<String, String> connection = redis.borrow(key)) {
          assertThat(connection.sync().set(key, "v")).isEqualTo("OK");
        }
      });
      await().atMost(LONG).until(() -> redis.health().pools().size() == 1);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("dev.chasqui.pooledredis.Servers#otherPrograms")
  @Order(7)
  void failover_masterOfAnotherVersionKilled_bothLanesGoToItsReplica(RedisProgram program) {
    String key = MANY.get(1);
    try (RealRedisCluster others = RealRedisCluster.start(program, 1)) {
      RedisConfig config = Servers.config(others).withReconnectMax(Duration.ofMillis(200));
      try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
        redis.sync().set(key, "before");
        redis.borrow(key).close();
        RedisProcess dead = others.masterOf(key);
        dead.kill();
        String done = get(redis.retrying(LONG, commands -> commands.set(key, "after")));
        assertThat(done).isEqualTo("OK");
        await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
          try (ExclusiveConnection<String, String> connection = redis.borrow(key)) {
            assertThat(connection.sync().get(key)).isEqualTo("after");
          }
        });
        assertThat(others.masterOf(key)).isNotEqualTo(dead);
      }
    }
  }

  @Test
  @Order(7)
  void killedNode_withoutReplica_failsItsKeysUntilItIsBack() {
    try (RealRedisCluster bare = RealRedisCluster.start()) {
      RedisConfig config = Servers.config(bare)
          .withReconnectMax(Duration.ofMillis(200))
          .withCommandTimeout(Duration.ofSeconds(2));
      try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
        MANY.forEach(key -> redis.sync().set(key, "v"));
        RedisProcess dead = bare.masterOf(MANY.get(3));
        redis.borrow(MANY.get(3)).close();
        dead.kill();
        assertThatThrownBy(() -> redis.sync().get(MANY.get(3)))
            .isInstanceOf(RedisUnavailableException.class)
            .hasMessageContaining("GET was not sent")
            .hasMessageContaining("not connected");
        assertThatThrownBy(() -> get(redis.multiKey().set(Map.of(MANY.get(3), "w"))))
            .cause()
            .isInstanceOf(RedisUnavailableException.class);
        dead.restart();
        bare.awaitOk();
        String done = get(redis.retrying(LONG, commands -> commands.set(MANY.get(3), "again")));
        assertThat(done).isEqualTo("OK");
        await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
          try (ExclusiveConnection<String, String> connection = redis.borrow(MANY.get(3))) {
            assertThat(connection.sync().get(MANY.get(3))).isEqualTo("again");
          }
        });
      }
    }
  }
}
