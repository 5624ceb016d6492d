package dev.chasqui.pooledredis;

import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.push.PushListener;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.pubsub.PubSubEndpoint;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnectionImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** An exclusive connection that can tell whether it is as good as new, and make itself so where that is certain. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class TrackedConnection<K, V> extends StatefulRedisPubSubConnectionImpl<K, V> {
  private final ExclusiveWriter writer;
  private final Duration commandTimeout;
  private final int database;
  private final ConcurrentLinkedQueue<Runnable> listenersToRemove = new ConcurrentLinkedQueue<>();

  TrackedConnection(
      PubSubEndpoint<K, V> endpoint,
      ExclusiveWriter writer,
      RedisCodec<K, V> codec,
      Duration commandTimeout,
      int database) {
    super(endpoint, writer, codec, commandTimeout);
    this.writer = writer;
    this.commandTimeout = commandTimeout;
    this.database = database;
  }

  void borrowed() {
    writer.open();
  }

  /** Whether nothing of the borrower is left. False: see {@link #cannotBeCleaned()}. */
  boolean isClean() {
    return writer.unanswered() == 0
        && writer.autoFlush()
        && listenersToRemove.isEmpty()
        && writer.marks().isEmpty()
        && !writer.moved()
        && !isMulti()
        && getTimeout().equals(commandTimeout);
  }

  /** Why the connection has to go; null if {@link #clean()} can make it as good as new. */
  @Nullable
  Destroyed cannotBeCleaned() {
    if (!isOpen()) {
      return Destroyed.LOST;
    }
    Set<Need> marks = writer.marks();
    if (marks.contains(Need.SUBSCRIPTION)) {
      return Destroyed.SUBSCRIBED;
    }
    if (marks.contains(Need.SESSION)) {
      return Destroyed.CHANGED;
    }
    if (writer.moved()) {
      return Destroyed.MOVED;
    }
    // Who left a transaction open may have left commands in it: they end with it.
    return writer.unanswered() > 0 && !isMulti() ? Destroyed.PENDING : null;
  }

  /** Takes back what the borrower did. The outcome is whether all of it was; nobody else may use the connection. */
  CompletableFuture<Boolean> clean() {
    while (!listenersToRemove.isEmpty()) {
      listenersToRemove.remove().run();
    }
    setTimeout(commandTimeout);
    setAutoFlushCommands(true);
    Set<Need> marks = writer.marks();
    List<CompletableFuture<?>> answers = new ArrayList<>();
    if (isMulti()) {
      answers.add(async().discard().toCompletableFuture());
    } else if (marks.contains(Need.TRANSACTION)) {
      answers.add(async().unwatch().toCompletableFuture());
    }
    if (marks.contains(Need.DATABASE)) {
      answers.add(async().select(database).toCompletableFuture());
    }
    if (marks.contains(Need.TRACKING)) {
      answers.add(
          async().clientTracking(TrackingArgs.Builder.enabled(false)).toCompletableFuture());
    }
    writer.shut();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .handle((done, failure) -> {
          boolean certain = failure == null && writer.unanswered() == 0 && isOpen();
          if (certain) {
            writer.unmark();
          }
          return certain;
        });
  }

  void givenBack() {
    writer.shut();
  }

  @Override
  public void addListener(PushListener listener) {
    listenersToRemove.add(() -> super.removeListener(listener));
    super.addListener(listener);
  }

  @Override
  public void addListener(RedisPubSubListener<K, V> listener) {
    listenersToRemove.add(() -> super.removeListener(listener));
    super.addListener(listener);
  }

  @Override
  public void addListener(RedisConnectionStateListener listener) {
    listenersToRemove.add(() -> super.removeListener(listener));
    super.addListener(listener);
  }
}
