package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

final class ExclusivePoolTest {
  private final RedisConfig config = RedisConfig.parse("redis://redis.example");
  private final Timer timer = new HashedWheelTimer();
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger attempts = new AtomicInteger();
  private final Connector connector = new Connector(
      "redis.example:6379", config.reconnectMin(), config.reconnectMax(), now::get, new Random(7));
  private final ExclusivePool<String, String> pool = new ExclusivePool<>(
      "redis.example:6379",
      config,
      connector,
      this::failingAttempt,
      timer,
      Runnable::run,
      now::get,
      new Random(7),
      () -> {},
      PoolMeters.NONE);

  private final List<Destroyed> destroyed = new ArrayList<>();

  @AfterEach
  void stopTimer() {
    timer.stop();
  }

  private CompletionStage<TrackedConnection<String, String>> failingAttempt() {
    attempts.incrementAndGet();
    return CompletableFuture.failedFuture(new IllegalStateException("nobody there"));
  }

  @Test
  void probe_afterAFailure_triesWhenItIsTime() {
    assertThatThrownBy(pool::borrow)
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("nobody there");
    assertThat(attempts).hasValue(1);
    pool.probe();
    assertThat(attempts).hasValue(1);
    now.addAndGet(Duration.ofSeconds(10).toNanos());
    pool.probe();
    assertThat(attempts).hasValue(2);
    assertThat(pool.active()).isZero();
  }

  @Test
  void probe_whileNothingFailed_opensNothing() {
    pool.probe();
    assertThat(attempts).hasValue(0);
  }

  /** With real connections, by a clock that stands still unless it is told. */
  @Nested
  @ExtendWith(RealServers.class)
  final class WithConnections {
    private final RedisConfig config;
    private final ClientResources resources;
    private final Topology<String, String> topology;
    private final ExclusivePool<String, String> pool;

    WithConnections(RealRedis server) {
      config = Servers.config(server)
          .withIdleTimeout(Duration.ofSeconds(60))
          .withMaxLifetime(Duration.ofSeconds(1_000));
      Lettuce lettuce = new Lettuce(config);
      resources = lettuce.resources();
      topology = Topologies.of(
          config, lettuce, resources, StringCodec.UTF8, new CommandObservers(List.of()));
      pool = new ExclusivePool<>(
          server.uri(),
          config,
          connector,
          () -> topology.connectExclusive(topology.nodeOf(0)),
          timer,
          Runnable::run,
          now::get,
          new Random(7),
          () -> {},
          new PoolMeters() {
            @Override
            public void destroyed(Destroyed reason) {
              destroyed.add(reason);
            }
          });
    }

    @AfterEach
    void close() {
      pool.close();
      topology.close();
      assertThat(resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(20_000))
          .isTrue();
    }

    private void secondsLater(int seconds) {
      now.addAndGet(Duration.ofSeconds(seconds).toNanos());
      pool.maintain();
    }

    @Test
    void maintain_idleForTooLong_endsTheConnection() {
      pool.borrow().close();
      secondsLater(0);
      secondsLater(59);
      assertThat(pool.idle()).isEqualTo(1);
      secondsLater(2);
      assertThat(pool.idle()).isZero();
      assertThat(destroyed).containsExactly(Destroyed.IDLE);
    }

    @Test
    void maintain_usedInBetween_keepsTheConnection() {
      for (int i = 0; i < 5; i++) {
        pool.borrow().close();
        secondsLater(59);
      }
      assertThat(pool.idle()).isEqualTo(1);
      assertThat(destroyed).isEmpty();
    }

    @Test
    void maintain_lentForLongerThanItMayBeIdle_countsFromThereafter() {
      ExclusiveConnection<String, String> lent = pool.borrow();
      secondsLater(0);
      secondsLater(300);
      lent.close();
      secondsLater(59);
      assertThat(pool.idle()).isEqualTo(1);
      secondsLater(60);
      assertThat(pool.idle()).isZero();
    }

    @Test
    void maintain_tooOld_endsTheConnectionWhenItComesBack() {
      ExclusiveConnection<String, String> lent = pool.borrow();
      secondsLater(799); // a fifth is left to chance
      pool.borrow().close();
      secondsLater(201);
      assertThat(destroyed).isEmpty();
      assertThat(lent.sync().ping()).as("never while lent").isEqualTo("PONG");
      lent.close();
      assertThat(destroyed).containsExactly(Destroyed.EXPIRED);
      pool.borrow().close();
      assertThat(destroyed).as("the other is younger").hasSize(1);
    }
  }
}
