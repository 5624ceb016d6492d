package dev.chasqui.app.pipeline;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.VOLUME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.TestFleet;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(RealServers.class)
final class PipelineTest {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Long> told = new CopyOnWriteArrayList<>();
  private final List<Long> resets = new CopyOnWriteArrayList<>();
  private TestFleet fleet;
  private long start;

  @BeforeEach
  void enrol(RealPostgres postgres) {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    fleet = opened(new TestFleet(postgres));
    start = fleet.changes.latestRevision();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private Redis redis(String uri) {
    return opened(new Redis(uri));
  }

  private OutboxRelay relay(Redis redis) {
    OutboxRelay relay = opened(new OutboxRelay(
        fleet.postgres.jdbcUrl(),
        fleet.postgres.username(),
        fleet.postgres.password(),
        fleet.jdbi(),
        redis,
        fleet.changes,
        fleet.meters,
        TestFleet.TRACING));
    relay.start();
    return relay;
  }

  private void tail(Redis redis) {
    ChangeListener listener = new ChangeListener() {
      @Override
      public void changed(ChangeEvent change) {
        told.add(change.revision());
      }

      @Override
      public void reset() {
        resets.add(1L);
      }
    };
    ChangeTail tail =
        opened(new ChangeTail(redis, fleet.changes, listener, fleet.meters, TestFleet.TRACING));
    tail.start();
  }

  private void commit(int count) {
    for (int i = 0; i < count; i++) {
      fleet.set(ACME, VOLUME, (int) fleet.changes.latestRevision() + 100);
    }
  }

  private List<Long> since(int count) {
    return LongStream.rangeClosed(start + 1, start + count).boxed().toList();
  }

  private static List<Long> published(Redis redis) {
    try (StatefulRedisConnection<String, String> connection = redis.connect()) {
      List<Long> revisions = new ArrayList<>();
      for (StreamMessage<String, String> message :
          connection.sync().xrange(ChangeStream.KEY, Range.unbounded())) {
        revisions.add(ChangeStream.revision(message.getId()));
      }
      return revisions;
    }
  }

  @Test
  void relay_severalAtOnce_publishEachChangeOnceInOrder(RealRedis server) {
    Redis redis = redis(server.uri());
    relay(redis);
    relay(redis);
    relay(redis);
    commit(50);

    List<Long> all = LongStream.rangeClosed(1, start + 50).boxed().toList();
    await().untilAsserted(() -> assertThat(published(redis)).isEqualTo(all));
    await().untilAsserted(() -> assertThat(outboxDepth()).isZero());
  }

  private int outboxDepth() {
    return fleet
        .jdbi()
        .withHandle(handle ->
            handle.createQuery("select count(*) from outbox").mapTo(int.class).one());
  }

  @Test
  void relayAndTail_redisGoneMidWay_loseNothing(@TempDir Path directory) {
    RealRedis first = RealRedis.open(directory);
    Redis redis = redis(first.uri());
    OutboxRelay relay = relay(redis);
    tail(redis);
    commit(10);
    await().untilAsserted(() -> assertThat(told).isEqualTo(since(10)));

    first.close();
    commit(10);
    await().untilAsserted(() -> assertThat(relay.trouble()).isNotEmpty());
    await().untilAsserted(() -> assertThat(told).isEqualTo(since(20))); // from PostgreSQL
    try (RealRedis second = RealRedis.open(directory)) {
      assertThat(second.uri()).isEqualTo(first.uri());
      commit(10);
      await().untilAsserted(() -> assertThat(told).isEqualTo(since(30)));
      await().untilAsserted(() -> assertThat(outboxDepth()).isZero());
      await().untilAsserted(() -> assertThat(relay.trouble()).isEmpty());
    }
  }

  @Test
  void tail_entriesMissing_readsThemFromPostgres(RealRedis server) {
    Redis redis = redis(server.uri());
    tail(redis);
    int committed = 0;
    try (StatefulRedisConnection<String, String> connection = redis.connect()) {
      do { // unless it just looked into PostgreSQL, as it does from time to time
        commit(3);
        committed += 3;
        long newest = start + committed;
        ChangeEvent last = new ChangeStream(fleet.changes).fromPostgres(newest).orElseThrow();
        connection
            .sync()
            .xadd(
                ChangeStream.KEY,
                new XAddArgs().id(ChangeStream.id(newest)),
                ChangeStream.fields(last, last.committedAt()));
        List<Long> all = since(committed);
        await().untilAsserted(() -> assertThat(told).isEqualTo(all));
      } while (fleet.meters.counter("chasqui.tail.gaps").count() == 0 && committed < 300);
    }
    assertThat(fleet.meters.counter("chasqui.tail.gaps").count()).isEqualTo(1);
  }

  /** What is merely on its way is waited for: it is one story in a trace, and one read less. */
  @Test
  void tail_whileRedisHasAll_readsNothingFromPostgres(RealRedis server) {
    Redis redis = redis(server.uri());
    relay(redis);
    tail(redis);
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos(); // it looks every two
    int committed = 0;
    while (System.nanoTime() - end < 0) {
      commit(1);
      committed++;
    }
    List<Long> all = since(committed);
    await().untilAsserted(() -> assertThat(told).isEqualTo(all));
    assertThat(fleet.meters.counter("chasqui.tail.from.postgres").count()).isZero();
  }

  @Test
  void relay_streamOfAnotherPast_isDeletedAndGoesOn(RealRedis server) {
    Redis redis = redis(server.uri());
    try (StatefulRedisConnection<String, String> connection = redis.connect()) {
      connection.sync().xadd(ChangeStream.KEY, new XAddArgs().id("5000-0"), Map.of("trace", ""));
    }
    relay(redis);

    await()
        .untilAsserted(() -> assertThat(published(redis))
            .isEqualTo(LongStream.rangeClosed(1, start).boxed().toList()));
  }

  @Test
  void tail_postgresSetBack_saysReset(RealRedis server) {
    Redis redis = redis(server.uri());
    commit(5);
    tail(redis);
    fleet.jdbi().useHandle(handle -> handle.execute("update clock set revision = revision - 3"));

    await().untilAsserted(() -> assertThat(resets).hasSize(1));
  }
}
