package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is repeated, and what is not: only what the caller has said may be carried out more than once. */
final class RetryTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final FaultyRedis faulty = FaultyRedis.start();
  private final PooledRedis<String, String> redis = PooledRedis.connect(
      faulty.config().withSharedConnections(1).withReconnectMax(Duration.ofMillis(200)));

  @AfterEach
  void close() throws IOException {
    redis.close();
    faulty.close();
  }

  @Test
  void plain_carriedOutButCutOff_isNotRepeated() {
    faulty.proxy().cutAfter(0);
    assertThatThrownBy(() -> redis.sync().incr("n")).isInstanceOf(CommandLostException.class);
    await().until(() -> redis.health().isUp());
    assertThat(redis.sync().get("n")).isEqualTo("1");
  }

  @Test
  void exclusive_carriedOutButCutOff_isNotRepeated() {
    try (ExclusiveConnection<String, String> connection = redis.borrow()) {
      connection.sync().incr("n");
      faulty.proxy().cutAfter(0);
      assertThatThrownBy(() -> connection.sync().incr("n"))
          .isInstanceOf(CommandLostException.class);
    }
    assertThat(faulty.server().call("GET", "n")).isEqualTo("2");
  }

  @Test
  void retrying_carriedOutButCutOff_isRepeated() {
    faulty.proxy().cutAfter(0);
    assertThat(redis.retrying(LONG, commands -> commands.incr("n")).toCompletableFuture())
        .succeedsWithin(LONG)
        .isEqualTo(2L);
  }

  @Test
  void retrying_duringKillAndRestart_getsThrough() {
    faulty.server().kill();
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String key = "k" + i;
      all.add(redis.retrying(LONG, commands -> commands.set(key, key)).toCompletableFuture());
    }
    await().until(() -> !redis.health().isUp());
    assertThat(all).noneMatch(CompletableFuture::isDone);
    faulty.server().restart();
    assertThat(all).allSatisfy(set -> assertThat(set).succeedsWithin(LONG).isEqualTo("OK"));
    assertThat(redis.sync().get("k99")).isEqualTo("k99");
  }

  @Test
  void plain_duringAnOutage_failsUnsent() {
    faulty.server().kill();
    await().until(() -> redis.health().pools().get(0).problem() != null);
    assertThatThrownBy(() -> redis.sync().incr("n")).isInstanceOf(RedisUnavailableException.class);
    faulty.server().restart();
    await().until(() -> redis.health().isUp());
    assertThat(redis.sync().get("n")).isNull();
  }

  @Test
  void retrying_longerThanGiven_failsWithTheLastFailure() {
    faulty.server().kill();
    CompletableFuture<Long> result = redis
        .retrying(Duration.ofMillis(300), commands -> commands.incr("n"))
        .toCompletableFuture();
    assertThatThrownBy(result::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfAny(RedisUnavailableException.class, CommandLostException.class);
  }

  @Test
  void retrying_refusedByRedis_isNotRepeated() {
    redis.sync().set("text", "no number");
    AtomicInteger calls = new AtomicInteger();
    assertThat(redis
            .retrying(LONG, commands -> {
              calls.incrementAndGet();
              return commands.incr("text");
            })
            .toCompletableFuture())
        .failsWithin(LONG)
        .withThrowableThat()
        .withMessageContaining("not an integer");
    assertThat(calls).hasValue(1);
  }

  @Test
  void retrying_thatIsCancelled_isGivenUp() {
    faulty.server().kill();
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<Long> result = redis
        .retrying(LONG, commands -> {
          calls.incrementAndGet();
          return commands.incr("n");
        })
        .toCompletableFuture();
    await().until(() -> calls.get() > 1);
    result.cancel(false);
    int before = calls.get();
    faulty.server().restart();
    await().until(() -> redis.health().isUp());
    redis.sync().ping();
    assertThat(calls.get()).isLessThanOrEqualTo(before + 1);
  }
}
