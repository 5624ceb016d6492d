package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.codec.ToByteBufEncoder;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What comes between a client and Redis, one fault at a time, under a load whose replies are all checked. After each fault
 * the client recovers by itself, and has as many connections as it thinks.
 */
final class FaultTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int SOME = 200;

  private final FaultyRedis faulty = FaultyRedis.start();

  @AfterEach
  void close() throws IOException {
    faulty.close();
  }

  private static RedisConfig lanes(RedisConfig config) {
    return config.withMaxConnections(4).withReconnectMax(Duration.ofMillis(200));
  }

  /** For faults in which nobody answers. */
  private static RedisConfig impatient(RedisConfig config) {
    return lanes(config)
        .withCommandTimeout(SHORT)
        .withConnectTimeout(SHORT.multipliedBy(2))
        .withBorrowTimeout(SHORT);
  }

  private void under(UnaryOperator<RedisConfig> config, Fault fault) throws Exception {
    faulty.under(config.apply(faulty.config()), 0, fault);
  }

  private void assertConnectsBounded() {
    faulty.assertConnectsBounded(lanes(faulty.config()));
  }

  @Test
  void latency_withinTheTimeout_failsNothing() throws Exception {
    under(FaultTest::lanes, (load, redis) -> {
      faulty.proxy().delay(Duration.ofMillis(20));
      load.awaitReplies(20);
      assertThat(load.failures()).isZero();
    });
  }

  @Test
  void latency_beyondTheTimeout_failsInTime() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.proxy().delay(SHORT.multipliedBy(3));
      load.awaitFailures(SOME);
      assertThat(load.lost()).isPositive();
    });
  }

  /** Within the marks of a reply, within its text, and between two. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 250, 1005, 4000})
  void cut_withinReplies_losesOnlyWhatWasUnderWay(int replyBytes) throws Exception {
    faulty.under(lanes(faulty.config()), 1000, (load, redis) -> {
      for (int i = 0; i < 5; i++) {
        faulty.proxy().cutAfter(replyBytes + i);
        load.awaitReplies(20);
      }
      assertThat(load.lost()).isPositive();
    });
  }

  @Test
  void blackHole_ofOldAndNewConnections_failsInTimeAndHeals() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.proxy().blackHole();
      await().until(() -> redis.health().shared() == 0);
      load.awaitFailures(SOME);
      assertThat(load.lost()).isPositive();
      assertConnectsBounded();
    });
  }

  @Test
  void reset_ofAllConnections_losesOnlyWhatWasUnderWay() throws Exception {
    under(FaultTest::lanes, (load, redis) -> {
      for (int i = 0; i < 20; i++) {
        faulty.proxy().reset();
        load.awaitReplies(5);
      }
      assertThat(load.lost()).isPositive();
    });
  }

  @Test
  void slowReader_ofLargeValues_heals() throws Exception {
    faulty.under(impatient(faulty.config()), 50_000, (load, redis) -> {
      faulty.proxy().slowDown(1000);
      load.awaitFailures(SOME);
    });
  }

  @Test
  void refusal_ofConnections_opensTheCircuit() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.proxy().refuse();
      faulty.proxy().reset();
      load.awaitFailures(5 * SOME);
      await().until(() -> !redis.health().isUp());
      assertConnectsBounded();
    });
  }

  /** A balancer whose server is gone accepts, and hangs up: each connection comes to be, and ends with the first command. */
  @Test
  void hangUp_afterTheGreeting_doesNotSpin() {
    RedisConfig config = impatient(faulty.config());
    try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
      faulty.begin();
      faulty.proxy().cutAt("PING");
      List<RedisFuture<String>> pings = new ArrayList<>();
      await()
          .pollInterval(Duration.ofMillis(1))
          .during(SHORT.multipliedBy(4))
          .until(() -> pings.add(redis.async().ping()));
      await().until(() -> pings.stream().allMatch(RedisFuture::isDone));
      faulty.assertConnectsBounded(config);
      faulty.proxy().calm();
      await().until(() -> redis.health().isUp());
      assertThat(redis.sync().ping()).isEqualTo("PONG");
      faulty.awaitOrder(redis);
    }
    faulty.awaitNothingLeft();
  }

  @Test
  void clientKill_ofAllConnections_losesOnlyWhatWasUnderWay() throws Exception {
    under(FaultTest::lanes, (load, redis) -> {
      for (int i = 0; i < 10; i++) {
        faulty.server().call("CLIENT", "KILL", "TYPE", "normal");
        load.awaitReplies(20);
      }
      assertThat(load.lost()).isPositive();
    });
  }

  @Test
  void clientPause_longerThanTheTimeout_doesNotSpin() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.server().call("CLIENT", "PAUSE", "2000");
      load.awaitFailures(20);
      assertConnectsBounded();
    });
  }

  @Test
  void pause_ofTheProcess_deliversNoLateReplyToOthers() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.server().pause();
      load.awaitFailures(50);
      faulty.server().resume();
    });
  }

  @Test
  void pause_shorterThanTheTimeout_failsNothing() throws Exception {
    under(FaultTest::lanes, (load, redis) -> {
      faulty.server().pause();
      await().until(() -> redis.health().inFlight() > 0);
      faulty.server().resume();
      load.awaitReplies(5);
      assertThat(load.failures()).isZero();
    });
  }

  @Test
  void kill_andRestart_failsFastAndHealsWithoutAHerd() throws Exception {
    under(FaultTest::lanes, (load, redis) -> {
      for (int i = 0; i < 2; i++) {
        faulty.server().kill();
        load.awaitFailures(SOME);
        assertConnectsBounded();
        faulty.proxy().mostGreeting();
        faulty.server().restart();
        load.awaitReplies(20);
        assertThat(faulty.proxy().mostGreeting()).isLessThanOrEqualTo(Connector.AT_ONCE);
      }
    });
  }

  @Test
  void clientKill_ofManyConnections_opensFewAtOnce() throws Exception {
    RedisConfig many =
        faulty.config().withSharedConnections(20).withMaxConnections(20).withMinConnections(20);
    faulty.under(many, 0, (load, redis) -> {
      faulty.proxy().mostGreeting();
      faulty.server().call("CLIENT", "KILL", "TYPE", "normal");
      load.awaitReplies(20);
      await().until(() -> redis.health().isUp());
      assertThat(faulty.proxy().mostGreeting()).isBetween(1L, (long) Connector.AT_ONCE);
    });
  }

  @Test
  void password_thatBecomesWrong_isSaidAndHeals() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      faulty.changePassword();
      faulty.proxy().reset();
      load.awaitFailures(SOME);
      await().until(() -> !redis.health().isUp());
      assertThatThrownBy(redis::borrow)
          .isInstanceOf(RedisUnavailableException.class)
          .hasMessageContaining("WRONGPASS");
      assertConnectsBounded();
      faulty.restorePassword();
    });
  }

  @Test
  void connect_withAWrongPassword_saysSoAndLeavesNothing() {
    RedisConfig wrong = lanes(faulty.config()).withPassword("not-this");
    assertThatThrownBy(() -> PooledRedis.connect(wrong))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("WRONGPASS")
        .hasMessageNotContaining("not-this");
    faulty.awaitNothingLeft();
  }

  @Test
  void maxclients_whenReached_isSaidAndHeals() throws Exception {
    under(FaultTest::impatient, (load, redis) -> {
      List<Socket> others = new ArrayList<>();
      try {
        faulty.server().call("CONFIG", "SET", "maxclients", "12");
        faulty.proxy().refuse();
        faulty.proxy().reset();
        await().until(() -> faulty.clients() == 0);
        for (int i = 0; i < 20; i++) {
          others.add(
              new Socket(InetAddress.getLoopbackAddress(), faulty.server().port()));
        }
        faulty.proxy().calm();
        await()
            .untilAsserted(() -> assertThat(redis.health().pools().get(0).problem())
                .contains("max number of clients reached"));
        load.awaitFailures(SOME);
        assertConnectsBounded();
      } finally {
        for (Socket other : others) {
          other.close();
        }
      }
    });
  }

  @Test
  void refusal_withoutAnyLoadAfterwards_heals() {
    RedisConfig config = impatient(faulty.config());
    try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
      faulty.proxy().refuse();
      faulty.proxy().reset();
      await().until(() -> redis.health().shared() == 0);
      assertThatThrownBy(redis::borrow).isInstanceOf(RedisUnavailableException.class);
      assertThatThrownBy(redis::borrow).isInstanceOf(RedisUnavailableException.class);
      assertThat(redis.health().isUp()).isFalse();
      faulty.proxy().calm();
      faulty.awaitOrder(redis);
    }
    faulty.awaitNothingLeft();
  }

  @Test
  void cancel_ofManyCommands_leavesNoneUnderWay() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(lanes(faulty.config()))) {
      for (int i = 0; i < 20_000; i++) {
        redis.async().incr("n").cancel(false);
      }
      await().until(() -> redis.health().inFlight() == 0);
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        for (int i = 0; i < 20_000; i++) {
          connection.async().incr("n").cancel(false);
        }
        connection.sync().incr("n");
      }
      // It was as good as new, so it was kept.
      assertThat(redis.health().pools().get(0).idle()).isEqualTo(1);
    }
    faulty.awaitNothingLeft();
  }

  /** Lettuce closes a connection that it cannot encode a command for: one, not one after the other. */
  @Test
  void codec_thatThrowsOnAnIoThread_costsOneConnection() {
    RedisConfig config = lanes(faulty.config()).withSharedConnections(1);
    try (PooledRedis<String, String> redis =
        PooledRedis.builder(config).codec(new Poisonable()).connect()) {
      long before = faulty.proxy().connects();
      CompletionStage<String> poisoned =
          redis.async().ping().thenCompose(pong -> redis.async().set("k", Poisonable.POISON));
      assertThat(poisoned.toCompletableFuture()).failsWithin(Duration.ofSeconds(20));
      await().until(() -> redis.health().isUp());
      assertThat(redis.sync().ping()).isEqualTo("PONG");
      assertThat(faulty.proxy().connects() - before).isEqualTo(1);
    }
    faulty.awaitNothingLeft();
  }

  private static final class Poisonable
      implements RedisCodec<String, String>, ToByteBufEncoder<String, String> {
    static final String POISON = "poison";
    private final StringCodec texts = StringCodec.UTF8;

    @Override
    public String decodeKey(ByteBuffer bytes) {
      return texts.decodeKey(bytes);
    }

    @Override
    public String decodeValue(ByteBuffer bytes) {
      return texts.decodeValue(bytes);
    }

    @Override
    public ByteBuffer encodeKey(String key) {
      return texts.encodeKey(key);
    }

    @Override
    public ByteBuffer encodeValue(String value) {
      return texts.encodeValue(value);
    }

    @Override
    public void encodeKey(String key, ByteBuf target) {
      texts.encodeKey(key, target);
    }

    @Override
    public void encodeValue(String value, ByteBuf target) {
      if (value.equals(POISON)) {
        throw new IllegalArgumentException("not encodable");
      }
      texts.encodeValue(value, target);
    }

    @Override
    public int estimateSize(Object keyOrValue) {
      return texts.estimateSize(keyOrValue);
    }

    @Override
    public boolean isEstimateExact() {
      return false;
    }
  }

  /** Whoever waits when all is closed is told, whatever he waits for. */
  @Test
  void close_whileNobodyAnswers_endsAllThatWaits() {
    RedisConfig config = lanes(faulty.config()).withCommandTimeout(Duration.ofMinutes(2));
    List<CompletionStage<?>> waiting = new ArrayList<>();
    try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
      faulty.proxy().blackHole();
      faulty.proxy().reset();
      await().until(() -> redis.health().shared() == 0);
      for (int i = 0; i < 50; i++) {
        waiting.add(redis.async().incr("n"));
        waiting.add(redis.retrying(Duration.ofMinutes(10), commands -> commands.incr("n")));
      }
      assertThat(redis.health().waitingCommands()).isEqualTo(100);
    }
    await("the end of all commands")
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> waiting.stream().allMatch(stage -> stage.toCompletableFuture().isDone()));
    faulty.awaitNothingLeft();
  }

  @Test
  void close_whileBorrowersWaitForAConnection_endsThem() {
    RedisConfig config = lanes(faulty.config()).withCommandTimeout(SHORT);
    List<CompletionStage<?>> waiting = new ArrayList<>();
    try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
      faulty.proxy().blackHole();
      for (int i = 0; i < 50; i++) {
        waiting.add(redis.borrowAsync());
      }
      assertThat(redis.health().pools().get(0).waiting()).isEqualTo(46);
    }
    await("the end of all borrowers")
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> waiting.stream().allMatch(stage -> stage.toCompletableFuture().isDone()));
    faulty.awaitNothingLeft();
  }
}
