package dev.chasqui.pooledredis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealRedisCluster;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The meters of README.md. */
@ExtendWith(RealServers.class)
final class MetersTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private PooledRedis<String, String> connect(RedisConfig config) {
    return PooledRedis.builder(config).meters(registry).connect();
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).counter().count();
  }

  /** Counted by the thread that opens a connection, for which its borrower does not wait. */
  private void awaitCreated(int connections) {
    await().atMost(LONG).until(() -> count("redis.pool.created") == connections);
  }

  private long commands(Lane lane, String command, String outcome) {
    Timer timer = registry
        .find("redis.command")
        .tags("lane", lower(lane), "command", command, "outcome", outcome)
        .timer();
    return timer == null ? 0 : timer.count();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private Set<String> values(String tag) {
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getTag(tag))
        .filter(value -> value != null)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void pool_borrowedAndGivenBack_countsWhatIsLentAndWhoWaits(RealRedis server) {
    try (PooledRedis<String, String> redis =
        connect(Servers.config(server).withMaxConnections(1))) {
      ExclusiveConnection<String, String> held = redis.borrow();
      assertThat(gauge("redis.pool.active")).isOne();
      assertThat(gauge("redis.pool.idle")).isZero();
      awaitCreated(1);
      CompletionStage<ExclusiveConnection<String, String>> waiting = redis.borrowAsync();
      assertThat(gauge("redis.pool.waiting")).isOne();
      assertThat(registry.get("redis.pool.wait").timer().count()).isOne();
      assertThat(registry.get("redis.pool.usage").timer().count()).isZero();
      held.close();
      get(waiting).close();
      assertThat(gauge("redis.pool.active")).isZero();
      assertThat(gauge("redis.pool.idle")).isOne();
      assertThat(gauge("redis.pool.waiting")).isZero();
      assertThat(registry.get("redis.pool.wait").timer().count()).isEqualTo(2);
      assertThat(registry.get("redis.pool.usage").timer().count()).isEqualTo(2);
      assertThat(count("redis.pool.created")).isOne();
      assertThat(values("node")).containsExactly(redis.health().pools().get(0).address());
    }
  }

  @Test
  void pool_exhausted_countsTimeoutsAndLeaks(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server)
            .withMaxConnections(1)
            .withMinConnections(1)
            .withLeakAfter(SHORT)
            .withBorrowTimeout(SHORT));
        ExclusiveConnection<String, String> held = redis.borrow()) {
      assertThatThrownBy(redis::borrow).isInstanceOf(PoolExhaustedException.class);
      assertThat(count("redis.pool.timeouts")).isOne();
      await().atMost(LONG).until(() -> count("redis.pool.leaks") == 1);
      assertThat(held.sync().ping()).isEqualTo("PONG");
    }
  }

  @Test
  void pool_connectionsClosed_countsThemByReason(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      redis.borrow().discard();
      ExclusiveConnection<String, String> subscriber = redis.borrow();
      subscriber.connection().sync().subscribe("channel");
      subscriber.close();
      redis.borrow().close();
      awaitCreated(3);
      for (Destroyed reason : Destroyed.values()) {
        assertThat(count("redis.pool.destroyed", "reason", lower(reason)))
            .as(reason.name())
            .isEqualTo(reason == Destroyed.DISCARDED || reason == Destroyed.SUBSCRIBED ? 1 : 0);
      }
    }
  }

  @Test
  void shared_hangingServer_countsWhatWaitsAndWhatIsUnderWay(RedisProcess server) {
    server.pause();
    try (PooledRedis<String, String> redis =
        PooledRedis.builder(Servers.config(server)).meters(registry).start()) {
      CompletionStage<String> waiting = redis.async().ping();
      await().atMost(LONG).until(() -> gauge("redis.shared.waiting") == 1); // it tries now and then
      assertThat(gauge("redis.shared.up")).isZero();
      server.resume();
      get(waiting);
      await().atMost(LONG).until(() -> gauge("redis.shared.up") == 2);
      assertThat(gauge("redis.shared.waiting")).isZero();
      server.pause();
      CompletionStage<String> underWay = redis.async().ping();
      assertThat(gauge("redis.shared.inflight")).isOne();
      server.resume();
      get(underWay);
      assertThat(gauge("redis.shared.inflight")).isZero();
    }
  }

  @Test
  void command_ofEitherLane_isCountedByLaneNameAndOutcome(RedisProcess server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      redis.sync().set("k", "v");
      redis.sync().get("k");
      redis.sync().get("k");
      assertThatThrownBy(() -> redis.sync().incr("k"))
          .isInstanceOf(RedisCommandExecutionException.class);
      ExclusiveConnection<String, String> connection = redis.borrow();
      connection.sync().get("k");
      CompletionStage<?> underWay = connection.async().blpop(0, "queue");
      await()
          .atMost(LONG)
          .until(() -> server.call("INFO", "clients").contains("blocked_clients:1"));
      server.kill();
      assertThatThrownBy(() -> get(underWay)).hasCauseInstanceOf(CommandLostException.class);
      await().atMost(LONG).until(() -> redis.health().shared() == 0);
      assertThatThrownBy(() -> redis.sync().del("k")).isInstanceOf(RedisUnavailableException.class);
      connection.close(); // else all waits for it
      assertThat(commands(Lane.SHARED, "SET", "answered")).isOne();
      assertThat(commands(Lane.SHARED, "GET", "answered")).isEqualTo(2);
      assertThat(commands(Lane.SHARED, "INCR", "refused")).isOne();
      assertThat(commands(Lane.SHARED, "INCR", "answered")).isZero();
      await().atMost(LONG).until(() -> commands(Lane.SHARED, "DEL", "unsent") == 1);
      assertThat(commands(Lane.EXCLUSIVE, "GET", "answered")).isOne();
      assertThat(commands(Lane.EXCLUSIVE, "BLPOP", "lost")).isOne();
    }
  }

  @Test
  void command_scriptsAndModules_areNamedAsLettuceNamesThem(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      get(redis.run(
          Script.lua("return #KEYS", Script.Returns.INTEGER), List.of("k"), List.of("argument")));
      assertThatThrownBy(() -> redis.sync().jsonType("k"))
          .isInstanceOf(RedisCommandExecutionException.class);
      assertThat(values("command")).containsExactlyInAnyOrder("EVALSHA", "EVAL", "JSON.TYPE");
    }
  }

  @Test
  void command_ofTheApplicationsOwnMaking_isOneOfTheOthers(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      for (int i = 0; i < 20; i++) {
        String name = "FLEET." + i;
        assertThatThrownBy(
                () -> get(redis.async().dispatch(() -> name.getBytes(US_ASCII), status())))
            .hasMessageContaining("unknown command");
      }
      get(redis.async().dispatch(() -> "PING".getBytes(US_ASCII), status()));
      assertThat(values("command")).containsExactlyInAnyOrder("other", "PING");
      assertThat(commands(Lane.SHARED, "other", "refused")).isEqualTo(20);
    }
  }

  private static StatusOutput<String, String> status() {
    return new StatusOutput<>(StringCodec.UTF8);
  }

  @Test
  void timers_publishTheSameFewBuckets(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      redis.sync().set("k", "v");
      redis.borrow().close();
      for (String name : List.of("redis.command", "redis.pool.wait", "redis.pool.usage")) {
        CountAtBucket[] buckets = registry.get(name).timer().takeSnapshot().histogramCounts();
        assertThat(buckets).as(name).hasSize(17);
        assertThat(buckets[0].bucket(TimeUnit.MICROSECONDS)).isEqualTo(50);
        assertThat(buckets[16].bucket(TimeUnit.SECONDS)).isEqualTo(10);
        assertThat(buckets[16].count()).as(name).isOne();
      }
    }
  }

  @Test
  void close_removesTheMetersOfThisOneAlone(RealRedis server) {
    RedisConfig config = Servers.config(server);
    try (PooledRedis<String, String> first = connect(config.withClientName("first"))) {
      PooledRedis<String, String> second = connect(config.withClientName("second"));
      ExclusiveConnection<String, String> held = first.borrow();
      second.sync().set("k", "v");
      second.borrow().close();
      assertThat(
              registry.get("redis.pool.active").tag("client", "first").gauge().value())
          .isOne();
      assertThat(
              registry.get("redis.pool.active").tag("client", "second").gauge().value())
          .isZero();
      second.close();
      assertThat(values("client")).containsExactly("first");
      held.close();
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void close_withCommandsUnderWay_leavesNoMetersOfThem(RedisProcess server) {
    PooledRedis<String, String> redis =
        connect(Servers.config(server).withCommandTimeout(SHORT).withConnectTimeout(LONG));
    server.pause();
    CompletableFuture<String> lost = redis.async().get("k").toCompletableFuture();
    redis.close();
    server.resume();
    assertThat(lost).failsWithin(LONG);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void connect_failing_leavesNoMeters() {
    RedisConfig nowhere = RedisConfig.parse("redis://127.0.0.1:1").withConnectTimeout(SHORT);
    assertThatThrownBy(() -> connect(nowhere)).isInstanceOf(RedisUnavailableException.class);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void node_leavingTheCluster_takesItsMetersAlong() {
    try (RealRedisCluster cluster = RealRedisCluster.start(RedisProgram.forTests(), 1);
        PooledRedis<String, String> redis =
            connect(Servers.config(cluster).withReconnectMax(Duration.ofMillis(200)))) {
      RedisProcess dead = cluster.masterOf("a");
      redis.borrow("a").close();
      redis.borrow("b").close();
      assertThat(values("node"))
          .containsExactlyInAnyOrder(dead.address(), cluster.masterOf("b").address());
      dead.kill();
      await().atMost(LONG).ignoreExceptionsInstanceOf(RuntimeException.class).untilAsserted(() -> {
        redis.borrow("a").close();
        assertThat(values("node"))
            .containsExactlyInAnyOrder(
                cluster.masterOf("a").address(), cluster.masterOf("b").address());
      });
    }
  }

  @Test
  void readme_namesEveryMeterAndItsTags(RealRedis server) throws IOException {
    Map<String, Set<String>> registered = new HashMap<>();
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      redis.sync().ping();
      for (Meter meter : registry.getMeters()) {
        if (meter.getId().getTag("le") == null) { // a bucket, which this registry shows as a meter
          registered
              .computeIfAbsent(meter.getId().getName(), name -> new HashSet<>())
              .addAll(meter.getId().getTags().stream().map(Tag::getKey).toList());
        }
      }
    }
    Map<String, Set<String>> written = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("| `redis.")) {
        String[] cells = line.split("\\|", -1);
        Set<String> tags = quoted(cells[3]);
        tags.add("client");
        quoted(cells[1]).forEach(name -> written.put(name, tags));
      }
    }
    assertThat(written).isEqualTo(registered);
  }

  private static Set<String> quoted(String cell) {
    Set<String> words = new HashSet<>();
    Matcher matcher = Pattern.compile("`([^`]+)`").matcher(cell);
    while (matcher.find()) {
      words.add(matcher.group(1));
    }
    return words;
  }
}
