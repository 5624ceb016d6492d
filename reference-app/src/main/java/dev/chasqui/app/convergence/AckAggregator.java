package dev.chasqui.app.convergence;

import dev.chasqui.app.pipeline.Redis;
import dev.chasqui.app.pipeline.Worker;
import io.lettuce.core.Consumer;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAutoClaimArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes acks from the Redis Stream to PostgreSQL. The nodes share the work as one consumer group; what
 * a dead one left behind another takes over. An entry goes only after PostgreSQL has it, so one may be
 * applied twice, which changes nothing.
 */
public final class AckAggregator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AckAggregator.class);
  private static final String GROUP = "aggregators";
  private static final int BATCH = 10;
  private static final Duration BLOCK = Duration.ofMillis(500);
  private static final Duration ABANDONED = Duration.ofSeconds(30);

  private final Redis redis;
  private final AckLedger ledger;
  private final Consumer<String> self;
  private final Timer applied;
  private final Worker worker = new Worker("chasqui-ack-aggregator", this::run);
  private @Nullable StatefulRedisConnection<String, String> connection; // its thread only
  private boolean ownFirst = true;
  private long claimedNanos = System.nanoTime();

  public AckAggregator(Redis redis, AckLedger ledger, String node, MeterRegistry meters) {
    this.redis = redis;
    this.ledger = ledger;
    this.self = Consumer.from(GROUP, node);
    this.applied = Timer.builder("chasqui.acks.applied")
        .description("Writing a batch of acks to PostgreSQL")
        .register(meters);
  }

  public void start() {
    worker.start();
  }

  /** Why acks are not applied; empty if all is well. */
  public String trouble() {
    return worker.trouble();
  }

  private void run() {
    try {
      StatefulRedisConnection<String, String> from = connected();
      if (ownFirst) { // what this node had read when it was killed, or when PostgreSQL failed
        ownFirst = apply(from, read(from, "0"));
        return;
      }
      if (System.nanoTime() - claimedNanos > ABANDONED.toNanos()) {
        claimedNanos = System.nanoTime();
        apply(from, abandoned(from));
      }
      apply(from, read(from, ">"));
    } catch (RuntimeException e) {
      ownFirst = true;
      disconnect();
      throw e;
    } finally {
      if (worker.isClosed()) {
        disconnect();
      }
    }
  }

  private StatefulRedisConnection<String, String> connected() {
    StatefulRedisConnection<String, String> open = connection;
    if (open == null) {
      open = redis.connect();
      connection = open;
      try {
        open.sync()
            .xgroupCreate(
                StreamOffset.from(AckIntake.KEY, "0"), GROUP, XGroupCreateArgs.Builder.mkstream());
      } catch (RedisBusyException e) {
        LOG.debug("the consumer group is there");
      }
    }
    return open;
  }

  private void disconnect() {
    if (connection != null) {
      try {
        connection.close();
      } catch (RedisException e) {
        LOG.debug("could not close a connection that had failed", e);
      }
      connection = null;
    }
  }

  @SuppressWarnings("unchecked") // a generic array of one
  private List<StreamMessage<String, String>> read(
      StatefulRedisConnection<String, String> from, String offset) {
    return from.sync()
        .xreadgroup(
            self,
            XReadArgs.Builder.block(BLOCK).count(BATCH),
            StreamOffset.from(AckIntake.KEY, offset));
  }

  private List<StreamMessage<String, String>> abandoned(
      StatefulRedisConnection<String, String> from) {
    return from.sync()
        .xautoclaim(
            AckIntake.KEY,
            XAutoClaimArgs.Builder.xautoclaim(self, ABANDONED, "0").count(BATCH))
        .getMessages();
  }

  /** False if there was nothing. */
  private boolean apply(
      StatefulRedisConnection<String, String> from, List<StreamMessage<String, String>> messages) {
    if (messages.isEmpty()) {
      return false;
    }
    List<Ack> acks = new ArrayList<>();
    for (StreamMessage<String, String> message : messages) {
      read(message, acks);
    }
    applied.record(() -> ledger.apply(acks));
    String[] ids = messages.stream().map(StreamMessage::getId).toArray(String[]::new);
    from.sync().xack(AckIntake.KEY, GROUP, ids);
    from.sync().xdel(AckIntake.KEY, ids); // the length of the stream is what waits
    return true;
  }

  private static void read(StreamMessage<String, String> message, List<Ack> acks) {
    if (message.getBody() == null || message.getBody().isEmpty()) {
      return; // trimmed while it was pending
    }
    try {
      for (JsonNode ack :
          JsonMapper.shared().readTree(message.getBody().getOrDefault("acks", "[]"))) {
        acks.add(Ack.readWritten(ack));
      }
    } catch (JacksonException e) {
      LOG.error("entry {} of {} cannot be read and is left out", message.getId(), AckIntake.KEY, e);
    }
  }

  @Override
  public void close() {
    worker.close();
  }
}
