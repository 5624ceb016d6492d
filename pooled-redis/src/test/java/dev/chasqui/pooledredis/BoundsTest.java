package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is limited, and what is told when a limit is met. */
@ExtendWith(RealServers.class)
final class BoundsTest {
  private static final Duration SHORT = Duration.ofMillis(100);

  private final RedisConfig config;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  BoundsTest(RealRedis server) {
    config = Servers.config(server);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private PooledRedis<String, String> connect(RedisConfig with) {
    PooledRedis<String, String> redis = PooledRedis.connect(with);
    toClose.add(redis);
    return redis;
  }

  private static Health.Pool pool(PooledRedis<?, ?> redis) {
    return redis.health().pools().get(0);
  }

  @Test
  void allOut_failsInTimeAndNamesTheHolders() {
    PooledRedis<String, String> redis =
        connect(config.withMaxConnections(2).withMinConnections(2).withBorrowTimeout(SHORT));
    try (ExclusiveConnection<String, String> one = redis.borrow();
        ExclusiveConnection<String, String> two = redis.borrow()) {
      assertThat(one).isNotSameAs(two);
      assertThatThrownBy(redis::borrow)
          .isInstanceOfSatisfying(
              PoolExhaustedException.class, e -> assertThat(e.holders()).hasSize(2))
          .hasMessageStartingWith("None of the 2 connections to")
          .hasMessageContaining("came back within 100 ms (borrowTimeout), 0 wait; held by "
              + Thread.currentThread().getName() + " for ");
      assertThat(redis.borrowAsync().toCompletableFuture())
          .failsWithin(20, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(PoolExhaustedException.class);
      assertThat(pool(redis).timeouts()).isEqualTo(2);
    }
    redis.borrow().close();
    assertThat(pool(redis).active()).isZero();
  }

  @Test
  void tooManyWaiters_failsAtOnce() throws Exception {
    PooledRedis<String, String> redis = connect(config.withMaxConnections(1).withMaxWaiters(1));
    ExclusiveConnection<String, String> held = redis.borrow();
    CompletableFuture<ExclusiveConnection<String, String>> waiting =
        redis.borrowAsync().toCompletableFuture();
    assertThatThrownBy(redis::borrow)
        .isInstanceOf(PoolExhaustedException.class)
        .hasMessageContaining("are out and 1 wait already (maxWaiters); held by ");
    assertThat(redis.borrowAsync().toCompletableFuture()).isCompletedExceptionally();
    held.close();
    waiting.get(20, TimeUnit.SECONDS).close();
  }

  @Test
  void leakAfter_tellsWhereTheConnectionWasBorrowed() {
    PooledRedis<String, String> redis = connect(config
        .withMaxConnections(1)
        .withMinConnections(1)
        .withBorrowTimeout(SHORT)
        .withLeakAfter(SHORT));
    try (ExclusiveConnection<String, String> leaked = redis.borrow()) {
      await().until(() -> pool(redis).leaks() == 1);
      assertThatThrownBy(redis::borrow).isInstanceOfSatisfying(PoolExhaustedException.class, e -> {
        Throwable place = requireNonNull(e.holders().get(0).borrowedAt());
        assertThat(place.getStackTrace())
            .anyMatch(frame -> frame.getMethodName().startsWith("leakAfter_tellsWhere"));
        assertThat(e).hasCause(place);
      });
      assertThat(leaked.toString()).contains(Thread.currentThread().getName());
    }
    assertThat(redis.health().longestHeld()).isZero();
  }

  @Test
  void waiters_areServedInTheOrderOfAsking() throws Exception {
    PooledRedis<String, String> redis = connect(config.withMaxConnections(1));
    ExclusiveConnection<String, String> held = redis.borrow();
    List<Integer> served = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    List<CompletableFuture<?>> futures = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int number = i;
      if (i % 2 == 0) {
        Thread thread = new Thread(() -> {
          ExclusiveConnection<String, String> mine = redis.borrow();
          served.add(number);
          mine.close();
        });
        thread.start();
        threads.add(thread);
      } else {
        futures.add(redis
            .borrowAsync()
            .thenAccept(mine -> {
              served.add(number);
              mine.close();
            })
            .toCompletableFuture());
      }
      await().until(() -> pool(redis).waiting() == number + 1);
    }
    held.close();
    for (Thread thread : threads) {
      thread.join(20_000);
    }
    for (CompletableFuture<?> future : futures) {
      future.get(20, TimeUnit.SECONDS);
    }
    assertThat(served).isSorted().hasSize(20);
  }

  @Test
  void borrowAsync_cancelledWhileWaiting_leavesNothingBehind() throws Exception {
    PooledRedis<String, String> redis = connect(config.withMaxConnections(1));
    ExclusiveConnection<String, String> held = redis.borrow();
    for (int i = 0; i < 100; i++) {
      assertThat(redis.borrowAsync().toCompletableFuture().cancel(false)).isTrue();
    }
    assertThat(pool(redis).waiting()).isZero();
    CompletableFuture<ExclusiveConnection<String, String>> next =
        redis.borrowAsync().toCompletableFuture();
    held.close();
    next.get(20, TimeUnit.SECONDS).close();
    assertThat(pool(redis).idle()).isEqualTo(1);
  }

  @Test
  void borrowAsync_cancelledAtAnyMoment_losesNoConnection() throws Exception {
    PooledRedis<String, String> redis = connect(config.withMaxConnections(2));
    AtomicInteger got = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int seed = t;
      Thread thread = new Thread(() -> {
        java.util.Random random = new java.util.Random(seed);
        for (int i = 0; i < 2_000; i++) {
          CompletableFuture<ExclusiveConnection<String, String>> mine =
              redis.borrowAsync().toCompletableFuture();
          if (random.nextBoolean() && mine.cancel(false)) {
            continue;
          }
          try {
            mine.join().close();
            got.incrementAndGet();
          } catch (CancellationException e) {
            throw new AssertionError("not cancelled by us", e);
          }
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join(60_000);
    }
    assertThat(got).hasPositiveValue();
    await().until(() -> pool(redis).active() == 0);
    assertThat(pool(redis).waiting()).isZero();
    try (ExclusiveConnection<String, String> one = redis.borrow();
        ExclusiveConnection<String, String> two = redis.borrow()) {
      assertThat(one.sync().ping()).isEqualTo(two.sync().ping());
    }
  }

  @Test
  void interruptedWhileWaiting_givesUpItsPlace() throws Exception {
    PooledRedis<String, String> redis = connect(config.withMaxConnections(1));
    try (ExclusiveConnection<String, String> held = redis.borrow()) {
      List<Throwable> thrown = new CopyOnWriteArrayList<>();
      Thread thread = new Thread(() -> {
        try {
          redis.borrow().close();
        } catch (RuntimeException e) {
          thrown.add(e);
        }
      });
      thread.start();
      await().until(() -> pool(redis).waiting() == 1);
      thread.interrupt();
      thread.join(20_000);
      assertThat(thrown).hasSize(1);
      assertThat(pool(redis).waiting()).isZero();
      assertThat(held.sync().ping()).isEqualTo("PONG");
    }
    redis.borrow().close();
  }

  @Test
  void minimum_isOpenedAtTheStartAndKept() {
    PooledRedis<String, String> redis =
        connect(config.withMaxConnections(5).withMinConnections(2).withIdleTimeout(SHORT));
    assertThat(pool(redis).idle()).isEqualTo(2);
    List<ExclusiveConnection<String, String>> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(redis.borrow());
    }
    long kept = all.get(0).sync().clientId();
    all.forEach(ExclusiveConnection::close);
    await().until(() -> pool(redis).idle() == 2);
    redis.sync().clientKill(io.lettuce.core.KillArgs.Builder.typeNormal().skipme());
    await().until(() -> pool(redis).idle() == 2 && redis.health().isUp());
    assertThat(kept).isPositive();
  }

  @Test
  void oldConnections_areReplaced() {
    PooledRedis<String, String> redis =
        connect(config.withMaxConnections(1).withMaxLifetime(SHORT));
    long first;
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      first = connection.sync().clientId();
      await().pollDelay(Duration.ofMillis(150)).until(() -> true);
      assertThat(connection.sync().clientId()).as("never while lent").isEqualTo(first);
    }
    await().until(() -> {
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        return connection.sync().clientId() != first;
      }
    });
  }

  @Test
  void tooManyCommandsInFlight_areRefused() {
    PooledRedis<String, String> redis =
        connect(config.withSharedConnections(1).withMaxInFlight(10));
    redis.sync().clientPause(300);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      all.add(redis.async().ping().toCompletableFuture());
    }
    assertThat(all.get(10))
        .failsWithin(20, TimeUnit.SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(RedisUnavailableException.class)
        .withMessageContaining("10 commands await their answers");
    assertThat(CompletableFuture.allOf(all.subList(0, 10).toArray(CompletableFuture[]::new)))
        .succeedsWithin(20, TimeUnit.SECONDS);
  }

  @Test
  void unreachable_connectFailsAndStartDoesNot() throws Exception {
    RedisConfig nowhere = RedisConfig.parse("redis://127.0.0.1:1")
        .withBorrowTimeout(SHORT)
        .withReconnectMax(Duration.ofMillis(200));
    assertThatThrownBy(() -> PooledRedis.connect(nowhere))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("127.0.0.1")
        .hasMessageContaining("refused");
    PooledRedis<String, String> redis = PooledRedis.builder(nowhere).start();
    toClose.add(redis);
    await().until(() -> !redis.health().isUp());
    assertThatThrownBy(() -> redis.sync().get("k")).isInstanceOf(RedisUnavailableException.class);
    assertThatThrownBy(redis::borrow).isInstanceOf(RedisUnavailableException.class);
    assertThat(redis.borrowAsync().toCompletableFuture())
        .failsWithin(20, TimeUnit.SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(RedisUnavailableException.class);
    assertThat(redis.toString()).contains("shared 0 of 2 up");
    await().until(() -> pool(redis).active() == 0);
  }

  @Test
  void wrongPassword_saysSo() {
    assertThatThrownBy(() -> PooledRedis.connect(config.withPassword("wrong")))
        .isInstanceOf(RedisUnavailableException.class)
        .hasStackTraceContaining("WRONGPASS");
  }

  @Test
  void closed_tellsWhoWaitsAndEndsItsThreads() throws Exception {
    PooledRedis<String, String> redis = PooledRedis.connect(
        config.withMaxConnections(1).withCommandTimeout(Duration.ofMillis(200)));
    ExclusiveConnection<String, String> held = redis.borrow();
    CompletableFuture<ExclusiveConnection<String, String>> waiting =
        redis.borrowAsync().toCompletableFuture();
    CountDownLatch told = new CountDownLatch(1);
    Thread thread = new Thread(() -> {
      try {
        redis.borrow().close();
      } catch (IllegalStateException e) {
        told.countDown();
      }
    });
    thread.start();
    await().until(() -> pool(redis).waiting() == 2);
    redis.close();
    redis.close();
    assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(waiting)
        .failsWithin(20, TimeUnit.SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IllegalStateException.class);
    held.close();
    assertThatThrownBy(redis::borrow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> redis.sync().ping())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("PooledRedis is closed");
    await()
        .until(() -> Thread.getAllStackTraces().keySet().stream()
            .noneMatch(each -> each.getName().startsWith("chasqui-redis")));
    assertThat(redis.toString()).contains("closed");
  }
}
