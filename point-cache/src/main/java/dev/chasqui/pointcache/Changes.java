package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.ExclusiveConnection;
import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears which keys were fenced (SPEC 6.4), over a connection of its own.
 *
 * <p><b>Threads:</b> one checks and closes; what is heard is told on Lettuce's.
 */
final class Changes implements AutoCloseable {
  private final PooledRedis<String, byte[]> redis;
  private final String channel;
  private final Consumer<String> changed;
  private final long patienceNanos;
  private @Nullable ExclusiveConnection<String, byte[]> connection;

  Changes(
      PooledRedis<String, byte[]> redis,
      String channel,
      Consumer<String> changed,
      long patienceNanos) {
    this.redis = redis;
    this.channel = channel;
    this.changed = changed;
    this.patienceNanos = patienceNanos;
  }

  /**
   * Whether everything was heard since the last call that returned true. If not, it listens again: what is kept from
   * before must go, and what is kept from now on is told of.
   */
  Heard check() throws InterruptedException {
    ExclusiveConnection<String, byte[]> listening = connection;
    if (listening == null) {
      return listen() ? Heard.FROM_NOW_ON : Heard.NOTHING;
    }
    try {
      // What was told before this answer has arrived before it.
      listening.async().ping().get(patienceNanos, TimeUnit.NANOSECONDS);
      return Heard.EVERYTHING;
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      close();
      return Heard.NOTHING;
    }
  }

  enum Heard {
    EVERYTHING,
    FROM_NOW_ON,
    NOTHING
  }

  private boolean listen() throws InterruptedException {
    ExclusiveConnection<String, byte[]> opened;
    try {
      opened = redis.borrow(channel);
    } catch (RuntimeException e) {
      return false;
    }
    try {
      opened.connection().addListener(new RedisPubSubAdapter<String, byte[]>() {
        @Override
        public void message(String from, byte[] key) {
          changed.accept(new String(key, StandardCharsets.UTF_8));
        }
      });
      opened.connection().async().subscribe(channel).get(patienceNanos, TimeUnit.NANOSECONDS);
      connection = opened;
      return true;
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      opened.discard();
      return false;
    }
  }

  @Override
  public void close() {
    ExclusiveConnection<String, byte[]> listening = connection;
    connection = null;
    if (listening != null) {
      listening.discard();
    }
  }
}
