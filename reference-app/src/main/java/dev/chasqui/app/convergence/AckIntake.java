package dev.chasqui.app.convergence;

import dev.chasqui.app.pipeline.Redis;
import dev.chasqui.app.pipeline.Worker;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Acks on their way from devices to the Redis Stream {@value #KEY}, many to an entry.
 *
 * <p>{@link #offer} never waits. Acks are cumulative, so of each device only the newest is held; that
 * bounds what waits here, a few milliseconds as a rule, and as long as Redis is away. Past {@value
 * #DEVICES} devices further ones are dropped and counted: they acknowledge again with their next
 * change or connection. Safe for any number of threads.
 */
public final class AckIntake implements AutoCloseable {
  static final String KEY = "chasqui:acks";

  private static final int DEVICES = 200_000;
  private static final int PER_ENTRY = 200;
  private static final int ENTRIES_AT_ONCE = 50;
  private static final int ENTRIES_KEPT = 5_000;
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Redis redis;
  private final Counter taken;
  private final Counter superseded;
  private final Counter dropped;
  private final Worker worker = new Worker("chasqui-ack-intake", this::run);
  private final Object lock = new Object();
  private Map<String, Ack> waiting = new LinkedHashMap<>(); // guarded by lock
  private @Nullable StatefulRedisConnection<String, String> connection; // its thread only

  public AckIntake(Redis redis, MeterRegistry meters) {
    this.redis = redis;
    this.taken = Counter.builder("chasqui.acks").description("Acks taken").register(meters);
    this.superseded = Counter.builder("chasqui.acks.superseded")
        .description("Acks that a newer one of the same device made needless before they left")
        .register(meters);
    this.dropped = Counter.builder("chasqui.acks.dropped")
        .description("Acks dropped because too many devices waited")
        .register(meters);
    Gauge.builder("chasqui.acks.waiting", this, AckIntake::waiting).register(meters);
  }

  public void start() {
    worker.start();
  }

  /** Takes an ack; false if it was dropped. */
  public boolean offer(Ack ack) {
    taken.increment();
    synchronized (lock) {
      if (waiting.size() >= DEVICES && !waiting.containsKey(ack.device())) {
        dropped.increment();
        return false;
      }
      if (waiting.put(ack.device(), ack) != null) {
        superseded.increment();
      }
    }
    return true;
  }

  private int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Why acks do not leave; empty if all is well. */
  public String trouble() {
    return worker.trouble();
  }

  private void run() throws InterruptedException {
    if (waiting() > 0) {
      send();
    }
    worker.pause(PAUSE);
  }

  private void send() throws InterruptedException {
    Map<String, Ack> taken;
    synchronized (lock) {
      taken = waiting;
      waiting = new LinkedHashMap<>();
    }
    List<Ack> acks = new ArrayList<>(taken.values());
    int sent = 0;
    try {
      while (sent < acks.size()) {
        int end = Math.min(acks.size(), sent + PER_ENTRY * ENTRIES_AT_ONCE);
        sendAll(acks.subList(sent, end));
        sent = end;
      }
    } finally {
      putBack(acks.subList(sent, acks.size())); // some may be there already: that is harmless
    }
  }

  private void putBack(List<Ack> acks) {
    synchronized (lock) {
      acks.forEach(ack -> waiting.putIfAbsent(ack.device(), ack));
    }
  }

  private void sendAll(List<Ack> acks) throws InterruptedException {
    StatefulRedisConnection<String, String> open = connection;
    if (open == null) {
      open = redis.connect();
      connection = open;
    }
    List<RedisFuture<String>> answers = new ArrayList<>();
    for (int from = 0; from < acks.size(); from += PER_ENTRY) {
      ArrayNode entry = JsonNodeFactory.instance.arrayNode();
      acks.subList(from, Math.min(acks.size(), from + PER_ENTRY))
          .forEach(ack -> entry.add(ack.write()));
      answers.add(open.async()
          .xadd(
              KEY,
              new XAddArgs().maxlen(ENTRIES_KEPT).approximateTrimming(),
              Map.of("acks", entry.toString())));
    }
    boolean all = LettuceFutures.awaitAll(5, TimeUnit.SECONDS, answers.toArray(RedisFuture[]::new));
    if (!all) {
      throw new RedisException("Redis did not take acks within five seconds");
    }
  }

  /** Sends what waits, if Redis is there, and stops. */
  @Override
  public void close() {
    worker.close();
    try {
      if (waiting() > 0) {
        send();
      }
    } catch (RedisException e) {
      dropped.increment(waiting());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (connection != null) {
      connection.close();
    }
  }
}
