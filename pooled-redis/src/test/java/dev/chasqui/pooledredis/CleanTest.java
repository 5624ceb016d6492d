package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What one borrower leaves behind, the next one does not find. There is one connection only. */
@ExtendWith(RealServers.class)
@SuppressWarnings("FutureReturnValueIgnored") // nobody waiting is what some of these are about
final class CleanTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final PooledRedis<String, String> redis;

  CleanTest(RealRedis server) {
    redis = PooledRedis.builder(Servers.config(server).withMaxConnections(1))
        .meters(meters)
        .connect();
    redis.sync().set("k", "v");
  }

  @AfterEach
  void close() {
    redis.close();
  }

  private long borrowAnd(Consumer<StatefulRedisPubSubConnection<String, String>> use) {
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      long id = connection.sync().clientId();
      use.accept(connection.connection());
      return id;
    }
  }

  private void assertClean(long before, boolean same) {
    try (ExclusiveConnection<String, String> next = redis.borrow()) {
      RedisCommands<String, String> commands = next.sync();
      assertThat(commands.get("k")).isEqualTo("v");
      long after = commands.clientId();
      if (same) {
        assertThat(after).as("the connection is kept").isEqualTo(before);
      } else {
        assertThat(after).as("the connection is another one").isNotEqualTo(before);
        assertThat(commands.clientList()).doesNotContain("id=" + before + " ");
      }
      assertThat(next.connection().isMulti()).isFalse();
      assertThat(commands.clientList()).contains("id=" + after + " ").contains("db=0");
    }
  }

  private double destroyed(Destroyed reason) {
    return meters
        .get("redis.pool.destroyed")
        .tag("reason", reason.name().toLowerCase(java.util.Locale.ROOT))
        .counter()
        .count();
  }

  @Test
  void nothingLeft_isKept() {
    assertClean(borrowAnd(connection -> connection.sync().incr("n")), true);
    assertThat(redis.sync().get("n")).isEqualTo("1");
  }

  @Test
  void multiOpen_isDiscarded() {
    long id = borrowAnd(connection -> {
      connection.sync().multi();
      connection.sync().set("k", "changed");
    });
    assertClean(id, true);
  }

  @Test
  void multiOpenWithCommandsNobodyWaitedFor_isDiscarded() {
    long id = borrowAnd(connection -> {
      RedisAsyncCommands<String, String> commands = connection.async();
      commands.multi();
      for (int i = 0; i < 100; i++) {
        commands.incr("n");
      }
    });
    assertClean(id, true);
    assertThat(redis.sync().get("n")).isNull();
  }

  @Test
  void watch_isTakenBack() {
    long id = borrowAnd(connection -> connection.sync().watch("k"));
    redis.sync().set("k", "v");
    try (ExclusiveConnection<String, String> next = redis.borrow()) {
      assertThat(next.sync().clientId()).isEqualTo(id);
      next.sync().multi();
      next.sync().get("k");
      assertThat(next.sync().exec().wasDiscarded()).isFalse();
    }
  }

  @Test
  void watchAndMulti_areTakenBack() {
    long id = borrowAnd(connection -> {
      connection.sync().watch("k");
      connection.sync().multi();
    });
    redis.sync().set("k", "v");
    try (ExclusiveConnection<String, String> next = redis.borrow()) {
      assertThat(next.sync().clientId()).isEqualTo(id);
      next.sync().multi();
      assertThat(next.sync().exec().wasDiscarded()).isFalse();
    }
  }

  @Test
  void otherDatabase_isLeft() {
    assertClean(borrowAnd(connection -> connection.sync().select(1)), true);
  }

  @Test
  void selectWithinMulti_isLeft() {
    long id = borrowAnd(connection -> {
      connection.sync().multi();
      connection.sync().select(1);
      connection.sync().exec();
    });
    assertClean(id, true);
  }

  @Test
  void rawSelectInSmallLetters_isNoticed() {
    long id = borrowAnd(connection -> connection
        .sync()
        .dispatch(
            new io.lettuce.core.protocol.ProtocolKeyword() {
              @Override
              public byte[] getBytes() {
                return "select".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
              }

              @Override
              public String toString() {
                return "select";
              }
            },
            new StatusOutput<>(StringCodec.UTF8),
            new CommandArgs<>(StringCodec.UTF8).add(1)));
    assertClean(id, true);
  }

  @Test
  void autoFlushOff_isOnAgain() {
    assertClean(borrowAnd(connection -> connection.setAutoFlushCommands(false)), true);
  }

  @Test
  void commandsHeldBack_costTheConnection() {
    long id = borrowAnd(connection -> {
      connection.setAutoFlushCommands(false);
      connection.async().set("k", "late");
    });
    assertClean(id, false);
    assertThat(destroyed(Destroyed.PENDING)).isEqualTo(1);
  }

  @Test
  void blockingCommandUnderWay_costsTheConnection() {
    assertClean(borrowAnd(connection -> connection.async().blpop(600, "queue")), false);
    assertThat(destroyed(Destroyed.PENDING)).isEqualTo(1);
  }

  @Test
  void blockingCommandNobodyWaitsForAnyMore_costsTheConnection() {
    long id = borrowAnd(connection -> connection.async().blpop(600, "queue").cancel(true));
    assertClean(id, false);
    redis.sync().rpush("queue", "job");
    assertThat(redis.sync().llen("queue")).as("no ghost takes the job").isEqualTo(1);
  }

  @Test
  void blockingCommandThatEnded_isNoTrace() {
    redis.sync().rpush("queue", "job");
    assertClean(borrowAnd(connection -> connection.sync().blpop(600, "queue")), true);
  }

  @Test
  void subscription_costsTheConnection() {
    List<String> heard = new CopyOnWriteArrayList<>();
    long id = borrowAnd(connection -> {
      connection.addListener(new RedisPubSubAdapter<>() {
        @Override
        public void message(String channel, String message) {
          heard.add(message);
        }
      });
      connection.sync().subscribe("news");
      redis.sync().publish("news", "hello");
      await().until(() -> heard.contains("hello"));
    });
    assertClean(id, false);
    assertThat(redis.sync().pubsubNumsub("news")).containsEntry("news", 0L);
    assertThat(destroyed(Destroyed.SUBSCRIBED)).isEqualTo(1);
  }

  @Test
  void tracking_isOffAgain() {
    long id =
        borrowAnd(connection -> connection.sync().clientTracking(TrackingArgs.Builder.enabled()));
    assertClean(id, true);
    try (ExclusiveConnection<String, String> next = redis.borrow()) {
      assertThat(next.sync()
              .dispatch(
                  CommandType.CLIENT,
                  new ArrayOutput<>(StringCodec.UTF8),
                  new CommandArgs<>(StringCodec.UTF8).add("TRACKINGINFO"))
              .toString())
          .contains("off");
    }
  }

  @Test
  void anotherTimeout_isTheConfiguredOneAgain() {
    long id = borrowAnd(connection -> connection.setTimeout(Duration.ofNanos(1)));
    assertClean(id, true);
  }

  @Test
  void listeners_areGone() {
    List<String> heard = new CopyOnWriteArrayList<>();
    long id =
        borrowAnd(connection -> connection.addListener(message -> heard.add(message.getType())));
    try (ExclusiveConnection<String, String> next = redis.borrow()) {
      next.sync().clientTracking(TrackingArgs.Builder.enabled());
      next.sync().get("k");
      redis.sync().set("k", "v");
      next.sync().get("k");
      assertThat(next.sync().clientId()).isEqualTo(id);
      assertThat(heard).isEmpty();
    }
  }

  @Test
  void anotherName_costsTheConnection() {
    assertClean(borrowAnd(connection -> connection.sync().clientSetname("me")), false);
    assertThat(destroyed(Destroyed.CHANGED)).isEqualTo(1);
  }

  @Test
  void anotherUser_costsTheConnection() {
    redis
        .sync()
        .aclSetuser(
            "guest",
            io.lettuce.core.AclSetuserArgs.Builder.on().nopass().allKeys().allCommands());
    assertClean(borrowAnd(connection -> connection.sync().auth("guest", "x")), false);
  }

  @Test
  void readOnlyMode_costsTheConnection() {
    long id = borrowAnd(connection ->
        assertThatThrownBy(() -> connection.sync().readOnly()).hasMessageContaining("cluster"));
    assertClean(id, false);
  }

  @Test
  void connectionClosedByTheServer_isNotLentAgain() {
    List<StatefulRedisPubSubConnection<String, String>> lent = new CopyOnWriteArrayList<>();
    long id = borrowAnd(lent::add);
    redis.sync().clientKill(io.lettuce.core.KillArgs.Builder.id(id));
    await().until(() -> !lent.get(0).isOpen());
    assertClean(id, false);
    assertThat(destroyed(Destroyed.LOST)).isEqualTo(1);
  }

  @Test
  void discarded_isClosed() {
    long id;
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      id = connection.sync().clientId();
      connection.discard();
    }
    assertClean(id, false);
    assertThat(destroyed(Destroyed.DISCARDED)).isEqualTo(1);
  }

  @Test
  void resetThatDoesNotEnd_costsTheConnection(RealRedis server) {
    try (PooledRedis<String, String> impatient = PooledRedis.connect(
        Servers.config(server).withMaxConnections(1).withCommandTimeout(Duration.ofMillis(300)))) {
      try (ExclusiveConnection<String, String> connection = impatient.borrow()) {
        connection.sync().multi();
        redis.sync().clientPause(3_000);
      }
      await().until(() -> impatient.health().pools().get(0).active() == 0);
      assertThat(impatient.health().pools().get(0).idle()).isZero();
    }
  }

  @Test
  void usedAfterClose_isRefused() {
    ExclusiveConnection<String, String> connection = redis.borrow();
    RedisCommands<String, String> kept = connection.sync();
    RedisFuture<String> answered = connection.async().get("k");
    await().until(answered::isDone);
    connection.close();
    connection.close();
    assertThatThrownBy(connection::sync)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("This connection was given back: borrow another one");
    assertThatThrownBy(() -> kept.get("k")).isInstanceOf(IllegalStateException.class);
    assertThat(redis.health().pools().get(0).idle()).isEqualTo(1);
  }
}
