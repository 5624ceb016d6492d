package dev.chasqui.app.pipeline;

import dev.chasqui.app.store.Changes;
import dev.chasqui.tracing.Messages;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes committed changes from PostgreSQL's outbox to the Redis Stream, in their order.
 *
 * <p>Any number of nodes may relay at once, without a leader: an entry's id is its revision, Redis
 * takes ids only in ascending order, and an id that it refuses has been published by another. An
 * outbox row goes only after Redis has the entry, and rows become visible in the order of revisions,
 * so none is ever passed over. PostgreSQL's NOTIFY wakes the relay; a look each second is its safety
 * net.
 *
 * <p>When the stream is ahead of PostgreSQL, then PostgreSQL was reset or restored. The stream holds
 * nothing that cannot be made again, so it is deleted, with a clear word in the log: new changes
 * would be taken for published otherwise, and wait for nodes to look into PostgreSQL.
 */
public final class OutboxRelay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
  private static final int BATCH = 100;
  private static final int KEPT = 100_000;
  private static final Duration POLL = Duration.ofSeconds(1);

  private final PGSimpleDataSource listenTo = new PGSimpleDataSource();
  private final Jdbi jdbi;
  private final Redis redis;
  private final Changes changes;
  private final ChangeStream stream;
  private final Tracing tracing;
  private final Messages messages;
  private final Timer toPublished;
  private final Counter publishedBefore;
  private final AtomicLong depth = new AtomicLong();
  private final Worker worker = new Worker("chasqui-outbox-relay", this::run);
  private @Nullable Connection listening; // only its thread touches these two
  private @Nullable StatefulRedisConnection<String, String> connection;

  public OutboxRelay(
      String jdbcUrl,
      String username,
      String password,
      Jdbi jdbi,
      Redis redis,
      Changes changes,
      MeterRegistry meters,
      Tracing tracing) {
    listenTo.setUrl(jdbcUrl);
    listenTo.setUser(username);
    listenTo.setPassword(password);
    listenTo.setApplicationName("chasqui-outbox-relay");
    listenTo.setConnectTimeout(5);
    listenTo.setTcpKeepAlive(true);
    this.jdbi = jdbi;
    this.redis = redis;
    this.changes = changes;
    this.stream = new ChangeStream(changes);
    this.tracing = tracing;
    this.messages = tracing.messages("redis", ChangeStream.NAME);
    this.toPublished = Timer.builder("chasqui.stage.published")
        .description("From commit until the change is in the Redis Stream")
        .publishPercentileHistogram()
        .register(meters);
    this.publishedBefore = Counter.builder("chasqui.relay.published.before")
        .description("Changes that another node had published already")
        .register(meters);
    Gauge.builder("chasqui.outbox.depth", depth, AtomicLong::get)
        .description("Changes committed and not yet in the Redis Stream, at most " + BATCH)
        .register(meters);
  }

  public void start() {
    worker.start();
  }

  /** Why nothing is being published; empty if all is well. */
  public String trouble() {
    return worker.trouble();
  }

  private void run() throws SQLException {
    try {
      StatefulRedisConnection<String, String> to = connected();
      PGConnection wakeUp = listening().unwrap(PGConnection.class);
      while (publishSome(to)) { // until the outbox is empty
        if (worker.isClosed()) {
          return;
        }
      }
      wakeUp.getNotifications(Math.toIntExact(POLL.toMillis()));
    } catch (SQLException | RuntimeException e) {
      disconnect(); // both: which of them failed is not worth finding out
      throw e;
    } finally {
      if (worker.isClosed()) {
        disconnect();
      }
    }
  }

  private Connection listening() throws SQLException {
    Connection open = listening;
    if (open == null) {
      open = listenTo.getConnection();
      listening = open;
      try (Statement statement = open.createStatement()) {
        statement.execute("listen " + Changes.OUTBOX_CHANNEL);
      }
    }
    return open;
  }

  private StatefulRedisConnection<String, String> connected() {
    StatefulRedisConnection<String, String> open = connection;
    if (open == null) {
      open = redis.connect();
      connection = open;
      dropStreamOfAnotherPast(open);
    }
    return open;
  }

  private void disconnect() {
    try {
      if (connection != null) {
        connection.close();
      }
      if (listening != null) {
        listening.close();
      }
    } catch (SQLException | RuntimeException e) {
      LOG.debug("could not close a connection that had failed", e);
    } finally {
      connection = null;
      listening = null;
    }
  }

  private void dropStreamOfAnotherPast(StatefulRedisConnection<String, String> to) {
    long inStream = lastRevision(to); // read first: PostgreSQL can only be ahead of what was read
    long inPostgres = changes.latestRevision();
    if (inStream > inPostgres) {
      LOG.error(
          "The Redis Stream {} ends at revision {}, PostgreSQL at {}: PostgreSQL was reset or"
              + " restored. Deleting the stream; PostgreSQL is the truth.",
          ChangeStream.KEY,
          inStream,
          inPostgres);
      to.sync().del(ChangeStream.KEY);
    }
  }

  private static long lastRevision(StatefulRedisConnection<String, String> to) {
    if (to.sync().exists(ChangeStream.KEY) == 0) {
      return 0;
    }
    List<Object> info = to.sync().xinfoStream(ChangeStream.KEY);
    int at = info.indexOf("last-generated-id");
    if (at < 0) {
      throw new NoSuchElementException("XINFO STREAM " + ChangeStream.KEY + " gave " + info);
    }
    return ChangeStream.revision(info.get(at + 1).toString());
  }

  /** Publishes up to a batch; false if there was nothing. */
  private boolean publishSome(StatefulRedisConnection<String, String> to) {
    List<Long> revisions = jdbi.withHandle(handle -> handle
        .createQuery("select revision from outbox order by revision limit " + BATCH)
        .mapTo(Long.class)
        .list());
    depth.set(revisions.size());
    if (revisions.isEmpty()) {
      return false;
    }
    for (long revision : revisions) {
      ChangeEvent change = stream
          .fromPostgres(revision)
          .orElseThrow(() -> new IllegalStateException(
              "outbox has revision " + revision + ", and there is no such change"));
      tracing
          .resume("relay change", change.traceParent())
          .set("change.revision", revision)
          .run(() -> publish(to, change));
    }
    jdbi.useHandle(handle -> handle
        .createUpdate("delete from outbox where revision = any(:revisions)")
        .bindArray("revisions", Long.class, revisions)
        .execute());
    depth.set(0);
    return true;
  }

  private void publish(StatefulRedisConnection<String, String> to, ChangeEvent change) {
    Instant now = Instant.now();
    XAddArgs args =
        new XAddArgs().id(ChangeStream.id(change.revision())).maxlen(KEPT).approximateTrimming();
    boolean isNew =
        messages.send(ChangeStream.fields(change, now), fields -> isAdded(to, args, fields));
    if (isNew) {
      toPublished.record(nonNegative(Duration.between(change.committedAt(), now)));
      LOG.debug("published revision {}", change.revision());
    } else {
      publishedBefore.increment();
    }
  }

  /** False if another node did so before. */
  private static boolean isAdded(
      StatefulRedisConnection<String, String> to, XAddArgs args, Map<String, String> fields) {
    try {
      to.sync().xadd(ChangeStream.KEY, args, fields);
      return true;
    } catch (RedisCommandExecutionException e) {
      if (e.getMessage() == null || !e.getMessage().contains("equal or smaller")) {
        throw e;
      }
      Trace.field("published.before", true);
      return false;
    }
  }

  private static Duration nonNegative(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration; // two clocks
  }

  @Override
  public void close() {
    worker.close();
  }
}
