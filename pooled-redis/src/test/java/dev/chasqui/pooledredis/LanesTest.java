package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XReadArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class LanesTest {
  private final RealRedis server;
  private final PooledRedis<String, String> redis;

  LanesTest(RealRedis server) {
    this.server = server;
    redis = PooledRedis.connect(Servers.config(server));
  }

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void sync_plainCommands_work() {
    redis.sync().set("k", "v");
    assertThat(redis.sync().get("k")).isEqualTo("v");
    assertThat(redis.sync().get("none")).isNull();
    assertThatThrownBy(() -> redis.sync().incr("k"))
        .isInstanceOf(RedisCommandExecutionException.class)
        .hasMessageContaining("not an integer");
  }

  @Test
  void async_ofOneThread_keepsItsOrder() throws Exception {
    List<RedisFuture<Long>> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(redis.async().incr("n"));
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(all.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(i + 1L);
    }
  }

  @Test
  void reactive_works() {
    assertThat(redis.reactive().set("k", "v").then(redis.reactive().get("k")).toFuture())
        .succeedsWithin(Duration.ofSeconds(20))
        .isEqualTo("v");
  }

  @Test
  @SuppressWarnings("unchecked") // Lettuce takes an array of a generic type
  void sharedLane_whatNeedsAConnection_isRefusedByName() {
    assertThatThrownBy(() -> redis.sync().blpop(1, "q"))
        .isInstanceOf(WrongLaneException.class)
        .hasMessage(
            "BLPOP blocks its connection, which all threads share here: borrow() a connection for it");
    assertThatThrownBy(() ->
            redis.sync().xread(XReadArgs.Builder.block(10), XReadArgs.StreamOffset.from("s", "0")))
        .isInstanceOf(WrongLaneException.class);
    assertThat(redis.sync().xread(XReadArgs.StreamOffset.from("BLOCK", "0"))).isEmpty();
  }

  @Test
  void exclusive_transaction_works() {
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      connection.sync().multi();
      connection.sync().set("k", "1");
      connection.sync().incr("k");
      assertThat(connection.sync().exec()).containsExactly("OK", 2L);
    }
    assertThat(redis.health().pools().get(0).idle()).isEqualTo(1);
  }

  @Test
  void exclusive_blockingLongerThanTheCommandTimeout_waits() {
    RedisConfig impatient = Servers.config(server).withCommandTimeout(Duration.ofMillis(200));
    try (PooledRedis<String, String> other = PooledRedis.connect(impatient);
        ExclusiveConnection<String, String> connection = other.borrow()) {
      assertThat(connection.sync().blpop(1, "q")).isNull();
    }
  }

  @Test
  void close_rightAfterAnAnswer_keepsTheConnection() {
    String id;
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      id = connection.sync().clientId().toString();
    }
    for (int i = 0; i < 3_000; i++) {
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().clientId()).hasToString(id);
      }
    }
  }

  @Test
  void discard_opensNoOtherConnectionUntilSomebodyNeedsIt() {
    redis.borrow().discard();
    assertThat(redis.health().pools().get(0).idle()).isZero();
    assertThat(redis.health().pools().get(0).active()).isZero();
    redis.borrow().close();
    assertThat(redis.health().pools().get(0).idle()).isEqualTo(1);
  }

  @Test
  void borrow_againAndAgainFromADeadServer_saysThatItIsUnavailable() {
    try (RedisProcess mortal = RedisProcess.start();
        PooledRedis<String, String> other = PooledRedis.connect(
            Servers.config(mortal).withCommandTimeout(Duration.ofMillis(300)))) {
      mortal.kill();
      for (int i = 0; i < 50; i++) {
        assertThatThrownBy(other::borrow).isInstanceOf(RedisUnavailableException.class);
      }
      assertThat(other.health().pools().get(0).active()).isZero();
      assertThatThrownBy(() -> other.sync().get("k")).isInstanceOf(RedisUnavailableException.class);
    }
  }
}
