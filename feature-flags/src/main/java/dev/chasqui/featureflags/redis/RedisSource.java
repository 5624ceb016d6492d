package dev.chasqui.featureflags.redis;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagSource;
import dev.chasqui.featureflags.internal.Backoff;
import dev.chasqui.featureflags.internal.UntilClosed;
import dev.chasqui.featureflags.internal.Worker;
import dev.chasqui.pooledredis.ExclusiveConnection;
import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Follows {@link RedisFlags}. It hears of news on a connection of its own, and reads them over those that all share; now and then
 * it looks whether it has missed something. While Redis is away, what was loaded stays, and it tries again and again.
 */
public final class RedisSource implements FlagSource {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_SIGNALS = 1000;
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

  /** What happens, on Lettuce's threads, and is taken up on ours. */
  private sealed interface Signal {
    record News() implements Signal {}

    record Killed(long revision, Set<String> keys) implements Signal {}

    record Answer(Stored.Read read) implements Signal {}

    record Failure(Throwable cause) implements Signal {}
  }

  private final PooledRedis<String, String> redis;
  private final Stored stored;
  private final Duration checkEvery;
  private final UntilClosed listener = new UntilClosed();
  private final Worker worker = new Worker("chasqui-flags-redis", this::follow);
  private final Backoff backoff =
      new Backoff(FIRST_BACKOFF, LONGEST_BACKOFF, new SplittableRandom());
  private long held = -1; // revision of what was loaded; the worker's

  RedisSource(PooledRedis<String, String> redis, Stored stored, Duration checkEvery) {
    if (checkEvery.isNegative() || checkEvery.isZero()) {
      throw new IllegalArgumentException("checkEvery must be positive, was " + checkEvery);
    }
    this.redis = redis;
    this.stored = stored;
    this.checkEvery = checkEvery;
  }

  @Override
  public void open(Listener opening) {
    listener.open(opening);
    worker.start();
  }

  @Override
  public void close() {
    listener.close();
    worker.close();
  }

  private void follow() throws InterruptedException {
    while (true) {
      try (ExclusiveConnection<String, String> connection = redis.borrow(stored.hash)) {
        try {
          new Session(connection).follow();
        } finally {
          connection.discard(); // it is subscribed, or broken
        }
      } catch (RuntimeException e) {
        listener.outOfTouch("Redis, for flags " + stored.name + ": " + cause(e).getMessage());
      }
      worker.pause(backoff.failed());
    }
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What goes on over one connection; what comes late of another is not heard here. */
  private final class Session extends RedisPubSubAdapter<String, String> {
    private final ExclusiveConnection<String, String> connection;
    private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(MOST_SIGNALS);
    private boolean reading;
    private boolean readAgain;

    Session(ExclusiveConnection<String, String> connection) {
      this.connection = connection;
    }

    /** Ends only by throwing. */
    void follow() throws InterruptedException {
      connection.connection().addListener(this);
      connection.connection().addListener(new RedisConnectionStateListener() {
        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
          signal(new Signal.Failure(new RedisConnectionException("the connection was closed")));
        }
      });
      failing(connection.connection().async().subscribe(stored.channel));
      while (true) {
        Signal signal = signals.poll(checkEvery.toNanos(), TimeUnit.NANOSECONDS);
        if (signal == null) {
          failing(connection.connection().async().ping()); // else nobody would see that it is dead
          read();
        } else if (signal instanceof Signal.Killed killed) {
          if (killed.revision() > held) {
            listener.killed(killed.keys(), killed.revision());
          }
          read();
        } else if (signal instanceof Signal.News) {
          read();
        } else if (signal instanceof Signal.Answer answer) {
          reading = false;
          take(answer.read());
          if (readAgain) {
            read();
          }
        } else if (signal instanceof Signal.Failure failure) {
          throw new CompletionException(failure.cause());
        }
      }
    }

    private void read() {
      if (reading) {
        readAgain = true; // what is under way may have missed it
        return;
      }
      reading = true;
      readAgain = false;
      stored
          .read(redis, held)
          .whenComplete((read, failure) -> signal(
              failure == null ? new Signal.Answer(read) : new Signal.Failure(cause(failure))));
    }

    private void failing(CompletionStage<?> command) {
      command.whenComplete((done, failure) -> {
        if (failure != null) {
          signal(new Signal.Failure(cause(failure)));
        }
      });
    }

    // From here on it is Lettuce's threads that call, and they must not wait.

    private void signal(Signal signal) {
      if (!signals.offer(signal)) {
        signals.clear();
        signals.offer(new Signal.Failure(new IllegalStateException(
            "more than " + MOST_SIGNALS + " changes came at once, and it is read anew")));
      }
    }

    @Override
    public void message(String channel, String message) {
      signal(parse(message));
    }

    /** From now on nothing is missed, but before, who knows. */
    @Override
    public void subscribed(String channel, long count) {
      signal(new Signal.News());
    }
  }

  private static Signal parse(String message) {
    try {
      JsonNode news = JSON.readTree(message);
      JsonNode flags = news.path("flags");
      if (flags.isArray() && news.path("revision").canConvertToLong()) {
        Set<String> keys = new LinkedHashSet<>();
        flags.forEach(key -> keys.add(key.asString()));
        return new Signal.Killed(news.path("revision").asLong(), keys);
      }
    } catch (JacksonException e) {
      // of somebody else: whatever it is, reading does no harm
    }
    return new Signal.News();
  }

  private void take(Stored.Read read) {
    if (read.revision() == held) {
      backoff.succeeded();
      listener.inTouch();
      return;
    }
    FlagDocument document;
    try {
      document = read.whole();
    } catch (FlagFormatException e) {
      listener.outOfTouch(
          "Redis has flags " + stored.name + " that are no document: " + e.getMessage());
      return;
    }
    if (document == null) {
      listener.outOfTouch("Redis has no flags " + stored.name);
      return;
    }
    held = read.revision();
    backoff.succeeded();
    listener.loaded(document);
  }

  @Override
  public String toString() {
    return "RedisSource[" + stored.name + "]";
  }
}
