package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
}
