package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers who wait do the work of the event loop; nobody else notices. */
final class SharedLoopTest {
  private static RedisProcess server;

  @BeforeAll
  static void start() {
    server = RedisProcess.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RedisConfig config() {
    return RedisConfig.parse(server.uri()).withCommandTimeout(Duration.ofSeconds(10));
  }

  @Test
  void sync_ofOneThread_readsItsOwnAnswers() {
    Queue<Thread> readers = new ConcurrentLinkedQueue<>();
    try (PooledRedis<String, String> redis = PooledRedis.builder(config())
        .observer((lane, command) -> failure -> readers.add(Thread.currentThread()))
        .connect()) {
      for (int i = 0; i < 1_000; i++) {
        redis.sync().ping();
      }
      assertThat(readers)
          .filteredOn(reader -> reader == Thread.currentThread())
          .hasSizeGreaterThan(500);
    }
  }

  @Test
  void async_always_isAnsweredOnTheLoopsOwnThread() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      Queue<Thread> callbacks = new ConcurrentLinkedQueue<>();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        redis.sync().ping(); // so that this thread leads
        all.add(redis
            .async()
            .ping()
            .thenAccept(pong -> callbacks.add(Thread.currentThread()))
            .toCompletableFuture());
        redis.sync().ping();
      }
      await().until(() -> all.stream().allMatch(Future::isDone));
      // One that was done before its callback was added runs that at once.
      assertThat(callbacks)
          .hasSize(2_000)
          .allMatch(thread ->
              thread == Thread.currentThread() || thread.getName().startsWith("chasqui-redis-"))
          .anyMatch(thread -> thread.getName().startsWith("chasqui-redis-shared"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 40})
  void anyThreads_waitingAndNot_getTheirOwnAnswers(int threads) throws Exception {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      ExecutorService executor = Executors.newFixedThreadPool(threads);
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
          Random random = new Random(t);
          String name = "thread-" + t + "-";
          all.add(executor.submit(() -> {
            for (int i = 0; i < 500; i++) {
              String text = name + i;
              String answer = random.nextInt(10) == 0
                  ? redis.async().echo(text).get(20, TimeUnit.SECONDS)
                  : redis.sync().echo(text);
              assertThat(answer).isEqualTo(text);
            }
            return null;
          }));
        }
        for (Future<?> each : all) {
          each.get(60, TimeUnit.SECONDS);
        }
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 40})
  void errors_ofAnyThreads_areToldAtOnce(int threads) throws Exception {
    RedisConfig patient = config().withCommandTimeout(Duration.ofMinutes(2));
    try (PooledRedis<String, String> redis = PooledRedis.connect(patient)) {
      redis.sync().set("text", "x");
      ExecutorService executor = Executors.newFixedThreadPool(threads);
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
          all.add(executor.submit(() -> {
            for (int i = 0; i < 100; i++) {
              assertThatThrownBy(() -> redis.sync().incr("text"))
                  .isInstanceOf(RedisCommandExecutionException.class);
            }
          }));
        }
        for (Future<?> each : all) {
          each.get(60, TimeUnit.SECONDS);
        }
      } finally {
        executor.shutdownNow();
      }
      assertThat(redis.health().inFlight()).isZero();
    }
  }

  @Test
  void close_byACallback_ends() {
    PooledRedis<String, String> redis = PooledRedis.connect(config());
    redis.sync().ping();
    assertThat(redis.async().ping().thenRun(redis::close).toCompletableFuture())
        .succeedsWithin(Duration.ofSeconds(60));
  }

  @Test
  void close_withoutEverHavingConnected_leavesNoThread() {
    RedisConfig nobody = RedisConfig.parse("redis://127.0.0.1:1").withSharedConnections(8);
    try (PooledRedis<String, String> redis = PooledRedis.builder(nobody).start()) {
      assertThat(redis.health().isUp()).isFalse();
    }
    awaitNoLoop();
  }

  private static void awaitNoLoop() {
    await()
        .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
            .extracting(Thread::getName)
            .noneMatch(name -> name.startsWith("chasqui-redis-shared")));
  }

  @Test
  void interrupt_whileLeading_endsTheWaitAndNothingElse() throws Exception {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.sync().set("k", "v");
      server.pause();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      CountDownLatch ended = new CountDownLatch(1);
      Thread caller = new Thread(() -> {
        try {
          redis.sync().get("k");
        } catch (RuntimeException e) {
          thrown.set(e);
        }
        ended.countDown();
      });
      try {
        caller.start();
        await().until(() -> redis.health().inFlight() == 1);
        caller.interrupt();
        assertThat(ended.await(5, TimeUnit.SECONDS)).isTrue();
      } finally {
        server.resume();
      }
      assertThat(thrown.get()).isInstanceOf(RedisCommandInterruptedException.class);
      assertThat(redis.sync().get("k")).isEqualTo("v");
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @Test
  void interrupted_beforeTheCall_keepsTheConnection() {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config())) {
      redis.sync().ping(); // so that this thread leads the next time
      Thread.currentThread().interrupt();
      try {
        redis.sync().ping(); // may be answered before anybody looks
      } catch (RedisCommandInterruptedException expected) {
        assertThat(expected).hasCauseInstanceOf(InterruptedException.class);
      }
      assertThat(Thread.interrupted()).isTrue();
      assertThat(redis.sync().ping()).isEqualTo("PONG");
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @Test
  void timeout_whileLeading_isToldInTimeAndTheNextCallersAreServed() {
    RedisConfig impatient = config().withCommandTimeout(Duration.ofMillis(300));
    try (PooledRedis<String, String> redis = PooledRedis.connect(impatient)) {
      redis.sync().ping();
      server.pause();
      try {
        assertThatThrownBy(() -> redis.sync().ping())
            .isInstanceOf(RedisCommandTimeoutException.class);
      } finally {
        server.resume();
      }
      await().ignoreExceptions().until(() -> redis.sync().ping().equals("PONG"));
    }
  }

  @Test
  void close_whileACallerLeads_endsItsWait() throws Exception {
    PooledRedis<String, String> redis =
        PooledRedis.connect(config().withCommandTimeout(Duration.ofSeconds(2)));
    redis.sync().ping();
    server.pause();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<String> waiting = executor.submit(() -> redis.sync().ping());
      await().until(() -> redis.health().inFlight() == 1);
      redis.close();
      assertThat(waiting)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingCause()
          .isInstanceOfAny(
              RedisCommandTimeoutException.class,
              CommandLostException.class,
              RedisUnavailableException.class);
    } finally {
      server.resume();
      executor.shutdownNow();
    }
    awaitNoLoop();
  }

  @Test
  void answer_thatNobodyLeadsFor_isReadAllTheSame() {
    try (PooledRedis<String, String> redis =
        PooledRedis.connect(config().withClientName("quiet"))) {
      for (int i = 0; i < 20; i++) {
        redis.sync().ping(); // this thread has led, the own one rests
        assertThat(redis.async().ping().toCompletableFuture())
            .succeedsWithin(Duration.ofSeconds(5))
            .isEqualTo("PONG");
      }
      String before = connections();
      assertThat(before).isNotEmpty();
      redis.sync().ping();
      server.call("CLIENT", "KILL", "TYPE", "normal"); // told to whoever listens
      await().until(() -> !connections().isEmpty() && !connections().equals(before));
      await().until(() -> redis.health().isUp());
    }
  }

  /** The numbers that Redis gave to the connections of the last test. */
  private static String connections() {
    return server
        .call("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains(" name=quiet "))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .collect(Collectors.joining());
  }
}
