package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectorTest {
  private static final Duration MIN = Duration.ofMillis(10);
  private static final Duration MAX = Duration.ofMillis(500);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000); // clocks may wrap
  private final Queue<CompletableFuture<String>> attempts = new ArrayDeque<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final Connector connector =
      new Connector("redis.example:6379", MIN, MAX, now::get, new Random(7));

  private CompletableFuture<String> connect() {
    return connector.connect(() -> {
      begun.incrementAndGet();
      CompletableFuture<String> attempt = new CompletableFuture<>();
      attempts.add(attempt);
      return attempt;
    });
  }

  private List<CompletableFuture<String>> connect(int times) {
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      all.add(connect());
    }
    return all;
  }

  private void succeed() {
    Objects.requireNonNull(attempts.poll(), "no attempt").complete("connection");
  }

  private void fail() {
    Objects.requireNonNull(attempts.poll(), "no attempt")
        .completeExceptionally(new IOException("refused"));
  }

  private static void assertUnavailable(CompletableFuture<String> connection) {
    assertThat(connection)
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(RedisUnavailableException.class)
        .withMessageContaining("No connection to Redis at redis.example:6379, next attempt in ")
        .withMessageContaining("refused");
  }

  @Test
  void connect_many_opensAFewAtATime() {
    List<CompletableFuture<String>> all = connect(10);
    assertThat(begun).hasValue(Connector.AT_ONCE);
    succeed();
    assertThat(begun).hasValue(Connector.AT_ONCE + 1);
    while (!attempts.isEmpty()) {
      succeed();
    }
    assertThat(begun).hasValue(10);
    assertThat(all).allMatch(each -> each.join().equals("connection"));
  }

  @Test
  void firstFailure_tellsAllWhoWait() {
    List<CompletableFuture<String>> all = connect(Connector.AT_ONCE + 3);
    fail();
    assertThat(all.get(0))
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IOException.class);
    all.subList(Connector.AT_ONCE, all.size()).forEach(ConnectorTest::assertUnavailable);
    assertThat(begun).hasValue(Connector.AT_ONCE);
  }

  @Test
  void openCircuit_refusesAtOnceAndThenLetsOneProbeThrough() {
    connect(1);
    fail();
    assertUnavailable(connect());
    assertThat(begun).hasValue(1);
    assertThat(connector.unavailable()).isNotNull();

    now.addAndGet(connector.nanosToRetry());
    List<CompletableFuture<String>> all = connect(10);
    assertThat(begun).as("one probe").hasValue(2);
    fail();
    all.subList(1, 10).forEach(ConnectorTest::assertUnavailable);

    now.addAndGet(connector.nanosToRetry());
    List<CompletableFuture<String>> lucky = connect(10);
    assertThat(begun).hasValue(3);
    succeed();
    assertThat(begun).as("the way is free").hasValue(3 + Connector.AT_ONCE);
    while (!attempts.isEmpty()) {
      succeed();
    }
    assertThat(lucky)
        .allMatch(CompletableFuture::isDone)
        .noneMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(connector.unavailable()).isNull();
    assertThat(connector.nanosToRetry()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void delays_growWithinTheirBoundsAndStartAgainAfterSuccess(int seed) {
    Connector jittered = new Connector("a", MIN, MAX, now::get, new Random(seed));
    long last = MIN.toNanos();
    long longest = 0;
    for (int i = 0; i < 100; i++) {
      assertThat(jittered.connect(() -> CompletableFuture.failedFuture(new IOException("no"))))
          .isCompletedExceptionally();
      long delay = jittered.nanosToRetry();
      assertThat(delay).isBetween(MIN.toNanos(), Math.min(MAX.toNanos(), 3 * last));
      last = Math.max(MIN.toNanos(), delay);
      longest = Math.max(longest, delay);
      now.addAndGet(delay);
    }
    assertThat(longest).isGreaterThan(MAX.toNanos() / 2);
    assertThat(jittered.connect(() -> CompletableFuture.completedFuture("yes"))).isCompleted();
    assertThat(jittered.connect(() -> CompletableFuture.failedFuture(new IOException("no"))))
        .isCompletedExceptionally();
    assertThat(jittered.nanosToRetry()).isLessThanOrEqualTo(3 * MIN.toNanos());
  }

  @Test
  void delay_leastIsGreatest_isThat() {
    for (int seed = 0; seed < 100; seed++) {
      Connector steady = new Connector("a", MIN, MIN, now::get, new Random(seed));
      assertThat(steady.connect(() -> CompletableFuture.failedFuture(new IOException("no"))))
          .isCompletedExceptionally();
      assertThat(steady.nanosToRetry()).isEqualTo(MIN.toNanos());
    }
  }

  @Test
  void openerThatThrows_isAFailedAttempt() {
    List<Throwable> failures =
        List.of(new IllegalStateException("shut down"), new LinkageError("no class"));
    for (Throwable failure : failures) {
      for (int i = 0; i < 2 * Connector.AT_ONCE; i++) { // none keeps its place
        CompletableFuture<String> connection = connector.connect(() -> {
          if (failure instanceof Error error) {
            throw error;
          }
          throw (RuntimeException) failure;
        });
        assertThat(connection).isCompletedExceptionally();
        assertThat(connector.unavailable()).hasMessageContaining(failure.getMessage());
        now.addAndGet(connector.nanosToRetry());
      }
    }
  }

  @Test
  void openCircuit_whileOlderAttemptsRun_refusesAtOnceAndIsLeftToItsProbe() {
    connect(2);
    fail();
    assertUnavailable(connect());
    now.addAndGet(connector.nanosToRetry());
    fail(); // it began before: no longer delay
    assertThat(connector.nanosToRetry()).isZero();
    CompletableFuture<String> probe = connect();
    fail();
    assertThat(probe).isCompletedExceptionally();
    assertThat(connector.nanosToRetry()).isPositive();
  }

  @Test
  void thousandsWaiting_areLetThroughWithoutDeepStacks() {
    List<CompletableFuture<String>> all = connect(Connector.AT_ONCE);
    AtomicInteger opened = new AtomicInteger();
    for (int i = 0; i < 100_000; i++) {
      all.add(connector.connect(() -> {
        opened.incrementAndGet();
        return CompletableFuture.completedFuture("at once");
      }));
    }
    succeed();
    assertThat(opened).hasValue(100_000);
    assertThat(all.get(all.size() - 1)).isCompletedWithValue("at once");
  }

  @Test
  void failuresTogether_makeOneDelay() {
    connect(Connector.AT_ONCE);
    fail();
    long delay = connector.nanosToRetry();
    fail();
    fail();
    assertThat(connector.nanosToRetry()).isEqualTo(delay);
  }

  /** Whatever happens: nobody is forgotten, and never more attempts than allowed. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void randomEvents_everyRequestEnds(long seed) {
    Random random = new Random(seed);
    List<CompletableFuture<String>> all = new ArrayList<>();
    boolean healthy = true;
    for (int i = 0; i < 5_000; i++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> all.add(connect());
        case 2 -> {
          if (!attempts.isEmpty()) {
            succeed();
            healthy = true;
          }
        }
        case 3 -> {
          if (!attempts.isEmpty()) {
            fail();
            healthy = false;
          }
        }
        default -> now.addAndGet(random.nextLong(MAX.toNanos()));
      }
      assertThat(attempts).hasSizeLessThanOrEqualTo(Connector.AT_ONCE);
      assertThat(connector.unavailable() == null).isEqualTo(healthy);
    }
    while (!attempts.isEmpty()) {
      succeed();
    }
    assertThat(all).allMatch(CompletableFuture::isDone);
  }
}
