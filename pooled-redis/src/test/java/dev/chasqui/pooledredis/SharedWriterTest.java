package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.StatefulRedisConnectionImpl;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.push.PushListener;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ConnectionFacade;
import io.lettuce.core.protocol.PushHandler;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SharedWriterTest {
  private static final Duration TIMEOUT = Duration.ofMillis(100);

  private final ClientResources resources = DefaultClientResources.create();
  private final RedisConfig config =
      RedisConfig.parse("redis://redis.example").withCommandTimeout(TIMEOUT);
  private final Queue<CompletionStage<StatefulConnection<String, String>>> connections =
      new ArrayDeque<>();
  private final SharedConnection<String, String> connection = new SharedConnection<>(
      new Connector("redis.example", TIMEOUT, TIMEOUT, System::nanoTime, new Random(7)),
      new SharedOpener<>(this::next, null),
      false,
      resources.eventExecutorGroup(),
      new Random(7),
      new Backoff(TIMEOUT, TIMEOUT, new Random(7)));
  private final SharedWriter writer = new SharedWriter(
      List.of(connection), () -> null, resources, new CommandObservers(List.of()), config);

  private CompletionStage<StatefulConnection<String, String>> next() {
    CompletionStage<StatefulConnection<String, String>> next = connections.poll();
    return next == null ? new CompletableFuture<>() : next;
  }

  @AfterEach
  void close() {
    assertThat(resources.shutdown(0, 1, TimeUnit.SECONDS)).succeedsWithin(Duration.ofSeconds(20));
  }

  /** Lettuce puts a command that arrives while its connection ends into a queue that nobody looks at any more. */
  @Test
  void write_toAConnectionThatForgetsItAsItEnds_endsWithTheTimeout() {
    Forgetful forgetful = new Forgetful(resources);
    connections.add(CompletableFuture.completedFuture(forgetful.connection()));
    assertThat(connection.open()).isCompleted();
    SharedConnection.Link link = requireNonNull(connection.link());
    AsyncCommand<String, String, String> ping =
        new AsyncCommand<>(new Command<>(CommandType.PING, new StatusOutput<>(StringCodec.UTF8)));
    writer.write(ping);
    assertThat(connection.inFlight()).isEqualTo(1);
    connection.end(link);
    assertThat(ping.toCompletableFuture())
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withCauseInstanceOf(RedisCommandTimeoutException.class);
    await().untilAsserted(() -> assertThat(connection.inFlight()).isZero());
  }

  /** Takes commands and does nothing with them. */
  private record Forgetful(ClientResources resources) implements RedisChannelWriter, PushHandler {
    StatefulConnection<String, String> connection() {
      StatefulRedisConnectionImpl<String, String> connection =
          new StatefulRedisConnectionImpl<>(this, this, StringCodec.UTF8, TIMEOUT);
      connection.activated();
      return connection;
    }

    @Override
    public <K, V, T> RedisCommand<K, V, T> write(RedisCommand<K, V, T> command) {
      return command;
    }

    @Override
    @SuppressWarnings("unchecked") // as Lettuce's own writers do
    public <K, V> Collection<RedisCommand<K, V, ?>> write(
        Collection<? extends RedisCommand<K, V, ?>> commands) {
      return (Collection<RedisCommand<K, V, ?>>) commands;
    }

    @Override
    public ClientResources getClientResources() {
      return resources;
    }

    @Override
    public void setConnectionFacade(ConnectionFacade connection) {}

    @Override
    public void setAutoFlushCommands(boolean autoFlush) {}

    @Override
    public void flushCommands() {}

    @Override
    public void close() {}

    @Override
    public CompletableFuture<Void> closeAsync() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void addListener(PushListener listener) {}

    @Override
    public void removeListener(PushListener listener) {}

    @Override
    public Collection<PushListener> getPushListeners() {
      return List.of();
    }
  }
}
