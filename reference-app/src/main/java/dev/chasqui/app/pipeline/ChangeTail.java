package dev.chasqui.app.pipeline;

import dev.chasqui.app.store.Changes;
import dev.chasqui.tracing.Messages;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the Redis Stream and hands each change to one listener: in order, once.
 *
 * <p>It starts at PostgreSQL's newest revision, since devices sync with PostgreSQL when they come.
 * Redis is only the fast way: revisions have no gaps, so a missing one is seen and read from
 * PostgreSQL. So is what the stream has lost at its end: every two seconds it asks PostgreSQL for the newest revision, and what has
 * not come a second later is not merely on its way. While Redis is away all comes from PostgreSQL.
 */
public final class ChangeTail implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeTail.class);
  private static final Duration BLOCK = Duration.ofMillis(500);
  private static final long CHECK_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int BATCH = 100;

  private final Redis redis;
  private final Changes changes;
  private final ChangeStream stream;
  private final ChangeListener listener;
  private final Tracing tracing;
  private final Messages messages;
  private final Counter gaps;
  private final Counter fromPostgres;
  private final Worker worker = new Worker("chasqui-change-tail", this::run);
  private @Nullable StatefulRedisConnection<String, String> connection; // its thread only
  private long checkedNanos;
  private long expected; // what PostgreSQL had then
  private volatile long last = -1;

  public ChangeTail(
      Redis redis,
      Changes changes,
      ChangeListener listener,
      MeterRegistry meters,
      Tracing tracing) {
    this.redis = redis;
    this.changes = changes;
    this.stream = new ChangeStream(changes);
    this.listener = listener;
    this.tracing = tracing;
    this.messages = tracing.messages("redis", ChangeStream.NAME);
    this.gaps = Counter.builder("chasqui.tail.gaps")
        .description("Times that revisions were missing in the Redis Stream")
        .register(meters);
    this.fromPostgres = Counter.builder("chasqui.tail.from.postgres")
        .description("Changes read from PostgreSQL instead of the Redis Stream")
        .register(meters);
    Gauge.builder("chasqui.tail.revision", this, tail -> tail.last)
        .description("The newest change that this node knows")
        .register(meters);
  }

  /** Starts after PostgreSQL's newest change. */
  public void start() {
    last = changes.latestRevision();
    expected = last;
    checkedNanos = System.nanoTime();
    worker.start();
  }

  /** The newest revision handed on, or at which this began. */
  public long revision() {
    return last;
  }

  /** Why changes come late; empty if all is well. */
  public String trouble() {
    return worker.trouble();
  }

  private void run() {
    try {
      for (StreamMessage<String, String> message : read()) {
        long revision = ChangeStream.revision(message.getId());
        if (revision > last + 1) {
          gaps.increment();
          catchUp(revision - 1);
        }
        if (revision == last + 1) { // else it came from PostgreSQL already
          messages.process(
              message.getBody(), fields -> stream.read(revision, fields).ifPresent(this::handOn));
        }
      }
      if (System.nanoTime() - checkedNanos > (last < expected ? PATIENCE_NANOS : CHECK_NANOS)) {
        long late = expected;
        checkPostgres();
        catchUp(Math.min(late, expected));
      }
    } catch (RedisException e) {
      disconnect();
      checkPostgres();
      catchUp(expected);
      throw e;
    } finally {
      if (worker.isClosed()) {
        disconnect();
      }
    }
  }

  @SuppressWarnings("unchecked") // a generic array of one
  private List<StreamMessage<String, String>> read() {
    StatefulRedisConnection<String, String> open = connection;
    if (open == null) {
      open = redis.connect();
      connection = open;
    }
    return open.sync()
        .xread(
            XReadArgs.Builder.block(BLOCK).count(BATCH),
            StreamOffset.from(ChangeStream.KEY, ChangeStream.id(last)));
  }

  private void disconnect() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  private void checkPostgres() {
    expected = changes.latestRevision();
    checkedNanos = System.nanoTime();
    if (expected < last) {
      LOG.error(
          "PostgreSQL is at revision {}, this node was at {}: it was reset or restored."
              + " All devices must sync anew.",
          expected,
          last);
      last = expected;
      listener.reset();
    }
  }

  private void catchUp(long to) {
    while (last < to && !worker.isClosed()) {
      long next = last + 1;
      fromPostgres.increment();
      stream.fromPostgres(next).ifPresentOrElse(this::handOnFromPostgres, () -> {
        LOG.error("There is no change {} in PostgreSQL, which has newer ones", next);
        last = next;
      });
    }
  }

  private void handOnFromPostgres(ChangeEvent change) {
    tracing
        .resume("process " + ChangeStream.NAME, change.traceParent())
        .kind(SpanKind.CONSUMER)
        .set("change.source", "postgresql")
        .run(() -> handOn(change));
  }

  private void handOn(ChangeEvent change) {
    Trace.field("change.revision", change.revision());
    try {
      listener.changed(change);
    } catch (RuntimeException e) {
      Span.current().setStatus(StatusCode.ERROR, "could not be handed on");
      Span.current().recordException(e);
      LOG.error("revision {} could not be handed on: all devices must sync", change.revision(), e);
      listener.reset();
    }
    last = change.revision();
  }

  @Override
  public void close() {
    worker.close();
  }
}
