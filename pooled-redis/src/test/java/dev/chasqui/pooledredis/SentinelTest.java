package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.realservers.RealSentinels;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.RedisException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A master with two replicas and three sentinels, shared by all tests; each leaves them whole. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SentinelTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private RealSentinels sentinels;

  @BeforeAll
  void start() {
    sentinels = RealSentinels.start(RedisProgram.forTests());
  }

  @AfterAll
  void stop() {
    sentinels.close();
  }

  @AfterEach
  void repair() {
    sentinels.servers().stream()
        .filter(server -> !server.isRunning())
        .forEach(RedisProcess::restart);
    sentinels.sentinels().stream()
        .filter(sentinel -> !sentinel.isRunning())
        .forEach(RedisProcess::restart);
    sentinels.awaitOk();
  }

  private RedisConfig config() {
    return Servers.config(sentinels);
  }

  private static double destroyed(SimpleMeterRegistry registry, Destroyed reason) {
    return registry
        .get("redis.pool.destroyed")
        .tag("reason", reason.name().toLowerCase(java.util.Locale.ROOT))
        .counter()
        .count();
  }

  @Test
  void connect_bySentinels_reachesTheMaster() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.sync().set("k", "v");
      assertThat(sentinels.master().call("GET", "k")).isEqualTo("v");
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().info("replication")).contains("role:master");
      }
    }
  }

  /** Each asks a sentinel first, over a connection that has just been opened. */
  @Test
  void borrow_manyNewConnections_allAreOpened() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      for (int i = 0; i < 200; i++) {
        redis.borrow().discard();
      }
    }
  }

  @Test
  void connect_wrongPasswordOfSentinels_isRefused() {
    assertThatThrownBy(() -> PooledRedis.connect(config().withSentinelPassword("wrong")))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("WRONGPASS");
  }

  @Test
  void connect_sentinelsDown_othersAreAsked() {
    sentinels.sentinels().get(0).kill();
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      assertThat(redis.sync().ping()).isEqualTo("PONG");
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().ping()).isEqualTo("PONG");
      }
    }
  }

  @Test
  void connect_sentinelHangs_othersAreAskedInTime() {
    RedisProcess hanging = sentinels.sentinels().get(0);
    hanging.pause();
    try (PooledRedis<String, String> redis =
        PooledRedis.connect(config().withConnectTimeout(Duration.ofSeconds(8)))) {
      assertThat(redis.sync().ping()).isEqualTo("PONG");
    } finally {
      hanging.kill(); // one that was paused so long would take part in nothing
    }
  }

  @Test
  void failover_masterKilledUnderLoad_bothLanesGoOnAtTheNewOne() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (PooledRedis<String, String> redis =
            PooledRedis.builder(config()).meters(registry).connect();
        Load load = new Load(redis)) {
      RedisProcess dead = sentinels.master();
      redis.borrow().close(); // one that is idle when its server dies
      ExclusiveConnection<String, String> borrowed = redis.borrow();
      CompletableFuture<?> underWay = borrowed.async().blpop(30, "queue").toCompletableFuture();
      await().atMost(LONG).until(() -> dead.call("INFO", "clients").contains("blocked_clients:1"));
      ExclusiveConnection<String, String> other = redis.borrow();
      other.close();
      load.awaitMore();
      dead.kill();
      assertThat(underWay)
          .failsWithin(LONG)
          .withThrowableThat()
          .withCauseInstanceOf(CommandLostException.class);
      borrowed.close();
      sentinels.awaitOk();
      load.awaitMore();
      assertThat(sentinels.master()).isNotEqualTo(dead);
      await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
        try (ExclusiveConnection<String, String> connection = redis.borrow()) {
          assertThat(connection.sync().set("new", "v")).isEqualTo("OK");
        }
      });
      assertThat(sentinels.master().call("GET", "new")).isEqualTo("v");
      assertThat(destroyed(registry, Destroyed.LOST)).isEqualTo(2);
      assertThat(redis.health().pools()).hasSize(1);
      await().atMost(LONG).until(() -> redis.health().isUp());
      assertThat(load.strangers).isEmpty();
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("dev.chasqui.pooledredis.Servers#otherPrograms")
  void failover_masterOfAnotherVersionKilled_bothLanesGoOnAtTheNewOne(RedisProgram program) {
    try (RealSentinels others = RealSentinels.start(program);
        PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(others));
        Load load = new Load(redis)) {
      redis.borrow().close();
      load.awaitMore();
      RedisProcess dead = others.master();
      dead.kill();
      others.awaitOk();
      load.awaitMore();
      await().atMost(LONG).ignoreExceptionsInstanceOf(RedisException.class).untilAsserted(() -> {
        try (ExclusiveConnection<String, String> connection = redis.borrow()) {
          assertThat(connection.sync().set("new", "v")).isEqualTo("OK");
        }
      });
      assertThat(others.master()).isNotEqualTo(dead);
      assertThat(others.master().call("GET", "new")).isEqualTo("v");
      assertThat(load.strangers).isEmpty();
    }
  }

  @Test
  void failover_masterBecomesReplica_acceptedWritesAreAtTheNewOne() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config());
        Load load = new Load(redis)) {
      RedisProcess old = sentinels.master();
      load.awaitMore();
      sentinels.failover();
      assertThat(sentinels.master()).isNotEqualTo(old);
      load.awaitMore();
      // Not as much as was accepted: what the old one had not yet sent to its replicas is lost.
      long before = Long.parseLong(sentinels.master().call("GET", "n"));
      int accepted = load.written.get();
      load.awaitMore();
      int more = load.written.get() - accepted;
      assertThat(Long.parseLong(sentinels.master().call("GET", "n")) - before)
          .isGreaterThanOrEqualTo(more);
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().info("replication")).contains("role:master");
      }
      assertThat(load.strangers).isEmpty();
    }
  }

  /** As when a name leads elsewhere: nobody cuts the connections, which nevertheless must not stay. */
  @Test
  void readonly_masterDemotedWithoutCuttingClients_endsTheConnections() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (RedisProcess first = RedisProcess.start();
        RedisProcess second = RedisProcess.start();
        PooledRedis<String, String> redis =
            PooledRedis.builder(Servers.config(first)).meters(registry).connect()) {
      ExclusiveConnection<String, String> borrowed = redis.borrow();
      String before = ids(first);
      first.call("REPLICAOF", "127.0.0.1", Integer.toString(second.port()));
      assertThatThrownBy(() -> borrowed.sync().set("k", "v")).hasMessageStartingWith("READONLY");
      borrowed.close();
      assertThat(destroyed(registry, Destroyed.MOVED)).isEqualTo(1);
      assertThatThrownBy(() -> redis.sync().set("k", "v")).hasMessageStartingWith("READONLY");
      first.call("REPLICAOF", "NO", "ONE");
      await()
          .atMost(LONG)
          .ignoreExceptionsInstanceOf(RedisException.class)
          .untilAsserted(() -> assertThat(redis.sync().set("k", "v")).isEqualTo("OK"));
      assertThat(ids(first)).isNotEqualTo(before);
    }
  }

  private static String ids(RedisProcess server) {
    return server.call("CLIENT", "LIST").replaceAll("(?m)^id=(\\d+) .*", "$1");
  }

  @ParameterizedTest
  @EnumSource(ReadFrom.class)
  void reads_byReadFrom_areAnsweredByThoseWhoMay(ReadFrom readFrom) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config().withReadFrom(readFrom))) {
      redis.sync().set("read", readFrom.name());
      for (RedisProcess server : sentinels.servers()) {
        await().atMost(LONG).until(() -> server.call("GET", "read").equals(readFrom.name()));
        server.call("CONFIG", "RESETSTAT");
      }
      for (int i = 0; i < 60; i++) {
        assertThat(redis.sync().get("read")).isEqualTo(readFrom.name());
      }
      long atMaster = gets(sentinels.master());
      long all = sentinels.servers().stream().mapToLong(SentinelTest::gets).sum();
      assertThat(all).isEqualTo(60);
      switch (readFrom) {
        case MASTER, MASTER_PREFERRED -> assertThat(atMaster).isEqualTo(60);
        case REPLICA, REPLICA_PREFERRED -> assertThat(atMaster).isZero();
        case ANY -> assertThat(atMaster).isBetween(1L, 59L);
      }
      // Writes and borrowed connections are the master's whatever is said of reads.
      redis.sync().set("read", "again");
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().get("read")).isEqualTo("again");
      }
    }
  }

  private static long gets(RedisProcess server) {
    return server
        .call("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_get:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .sum();
  }

  @Test
  void readsFromReplicas_masterKilled_writesGoOnAtTheNewOne() {
    try (PooledRedis<String, String> redis =
            PooledRedis.connect(config().withReadFrom(ReadFrom.REPLICA_PREFERRED));
        Load load = new Load(redis)) {
      load.awaitMore();
      sentinels.master().kill();
      sentinels.awaitOk();
      load.awaitMore();
      assertThat(load.strangers).isEmpty();
    }
  }

  /** Increments a number one after another, and goes on whatever happens. */
  private static final class Load implements AutoCloseable {
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Kinds of failure that a failover should not make. */
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();

    private final Thread thread;

    Load(PooledRedis<String, String> redis) {
      thread = new Thread(() -> run(redis), "load");
      thread.start();
    }

    private void run(PooledRedis<String, String> redis) {
      while (!ended.get()) {
        try {
          redis.sync().incr("n");
          written.incrementAndGet();
        } catch (CommandLostException | RedisUnavailableException e) {
          Thread.onSpinWait(); // as is to be expected
        } catch (RedisException e) {
          if (!String.valueOf(e.getMessage()).matches("(READONLY|LOADING|MASTERDOWN) .*")) {
            strangers.add(String.valueOf(e));
          }
        }
      }
    }

    /** Until some more writes have been accepted than until now. */
    void awaitMore() {
      int now = written.get();
      await().atMost(LONG).until(() -> written.get() > now + 20);
    }

    @Override
    public void close() {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
