package dev.chasqui.pooledredis;

import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.protocol.ConnectionFacade;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Spreads commands over the shared connections. A thread keeps to one of them while that is up, so its commands reach
 * Redis in the order it gave them. What needs a connection of its own is refused.
 *
 * <p>A command that finds no connection has not been sent: it waits until there is one or its time is up, unless it is
 * known that there will be none soon. A command that was sent is never sent again.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class SharedWriter implements RedisChannelWriter {
  private final List<? extends SharedConnection<?, ?>> connections;
  private final Supplier<@Nullable RedisUnavailableException> unavailable;
  private final ClientResources resources;
  private final CommandObservers observers;
  private final long timeoutNanos;
  private final long resendNanos;
  private final int maxWaiters;
  private final int maxInFlight;
  private final Set<Sent<?, ?, ?>> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  SharedWriter(
      List<? extends SharedConnection<?, ?>> connections,
      Supplier<@Nullable RedisUnavailableException> unavailable,
      ClientResources resources,
      CommandObservers observers,
      RedisConfig config) {
    this.connections = connections;
    this.unavailable = unavailable;
    this.resources = resources;
    this.observers = observers;
    this.timeoutNanos = config.commandTimeout().toNanos();
    this.resendNanos = config.reconnectMin().toNanos();
    this.maxWaiters = config.maxWaiters();
    this.maxInFlight = config.maxInFlight();
  }

  @Override
  public <K, V, T> RedisCommand<K, V, T> write(RedisCommand<K, V, T> command) {
    if (closed) {
      command.completeExceptionally(new IllegalStateException("PooledRedis is closed"));
      return command;
    }
    Need need = Need.of(command);
    if (need != null) {
      command.completeExceptionally(new WrongLaneException(command.getType() + " " + need.what()
          + ", which all threads share here: borrow() a connection for it"));
      return command;
    }
    Sent<K, V, T> sent = new Sent<>(command, observers.sending(Lane.SHARED, command.getType()));
    sent.expireAfter(resources.timer(), timeoutNanos);
    send(sent);
    return command;
  }

  @Override
  @SuppressWarnings("unchecked") // as Lettuce's own writers do
  public <K, V> Collection<RedisCommand<K, V, ?>> write(
      Collection<? extends RedisCommand<K, V, ?>> commands) {
    new ArrayList<>(commands).forEach(this::write);
    return (Collection<RedisCommand<K, V, ?>>) commands;
  }

  private void send(Sent<?, ?, ?> command) {
    if (command.isDone()) {
      return; // given up
    }
    int own = (int) (Thread.currentThread().getId() % connections.size());
    Throwable rejection = null;
    for (int i = 0; i < connections.size(); i++) {
      SharedConnection<?, ?> connection = connections.get((own + i) % connections.size());
      SharedConnection.Link link = connection.link();
      if (link == null) {
        continue;
      }
      if (connection.inFlight() >= maxInFlight) {
        command.completeExceptionally(new RedisUnavailableException(
            command.getType() + " was not sent: " + maxInFlight
                + " commands await their answers on this connection already (maxInFlight)",
            null));
        return;
      }
      rejection = command.sendOver(connection, link);
      if (rejection == null) {
        return;
      }
    }
    sendLater(command, rejection);
  }

  private void sendLater(Sent<?, ?, ?> command, @Nullable Throwable rejection) {
    RedisUnavailableException hopeless = unavailable.get();
    if (hopeless != null) {
      // One of its own: exceptions collect what each caller suppresses.
      command.completeExceptionally(new RedisUnavailableException(
          String.valueOf(hopeless.getMessage()), hopeless.getCause()));
      return;
    }
    if (waiting.size() >= maxWaiters) { // or a few more, if they come at the same time
      command.completeExceptionally(new RedisUnavailableException(
          command.getType() + " was not sent: no connection, and " + maxWaiters
              + " commands wait for one already (maxWaiters)",
          rejection));
      return;
    }
    waiting.add(command);
    try {
      resources
          .eventExecutorGroup()
          .schedule(
              () -> {
                if (waiting.remove(command)) {
                  send(command);
                }
              },
              resendNanos,
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // closed meanwhile
    }
    if (closed) {
      failWaiting(); // who closed may have looked before it was there
    }
  }

  /** Commands that wait for a connection. */
  int waiting() {
    return waiting.size();
  }

  @Override
  public void setConnectionFacade(ConnectionFacade connection) {
    // The real connections have facades of their own.
  }

  @Override
  public void setAutoFlushCommands(boolean autoFlush) {
    throw new WrongLaneException(
        "Auto-flush would be switched for all threads here: borrow() a connection for it");
  }

  @Override
  public void flushCommands() {
    // Nothing is held back.
  }

  @Override
  public ClientResources getClientResources() {
    return resources;
  }

  /** Refuses commands from now on, and those that wait for a connection. Who opened the connections closes them. */
  @Override
  public void close() {
    closed = true;
    failWaiting();
  }

  /** With the executor ends what would have sent them. */
  private void failWaiting() {
    for (Sent<?, ?, ?> command : List.copyOf(waiting)) {
      if (waiting.remove(command)) {
        command.completeExceptionally(new RedisUnavailableException(
            command.getType() + " was not sent: no connection before PooledRedis was closed",
            null));
      }
    }
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    close();
    return CompletableFuture.completedFuture(null);
  }

  private final class Sent<K, V, T> extends SentCommand<K, V, T> {
    private @Nullable SharedConnection<?, ?> connection; // guarded by this
    private SharedConnection.@Nullable Link link; // guarded by this
    private long repliesBefore; // guarded by this
    private @Nullable Throwable lastRejection; // guarded by this
    private boolean expired; // guarded by this
    private boolean underWay; // guarded by this
    private long sentNanos; // guarded by this

    Sent(RedisCommand<K, V, T> command, CommandObserver.@Nullable Sent observed) {
      super(command, observed);
    }

    @Nullable
    Throwable sendOver(SharedConnection<?, ?> by, SharedConnection.Link over) {
      if (!sendingOver(by, over)) {
        completeExceptionally(new RedisUnavailableException("expired", null)); // heard by nobody
        return null;
      }
      Throwable rejection = handOver(by, over);
      if (rejection != null) {
        notSent(rejection);
      }
      return rejection;
    }

    private @Nullable Throwable handOver(SharedConnection<?, ?> by, SharedConnection.Link over) {
      SharedLoop loop = by.loop();
      if (loop == null || !(command instanceof AwaitedCommand<?, ?, ?> awaited)) {
        return handOver(over.writer());
      }
      awaited.sentOver(loop);
      // Whoever is about to wait for the answer sends the command as well.
      boolean leads = awaited.isOfThisThread() && loop.beginSending();
      try {
        return handOver(over.writer());
      } finally {
        if (leads) {
          loop.endSending();
        }
      }
    }

    private boolean isAwaited() {
      return command instanceof AwaitedCommand<?, ?, ?>;
    }

    private synchronized boolean sendingOver(
        SharedConnection<?, ?> by, SharedConnection.Link over) {
      if (expired) {
        return false;
      }
      connection = by;
      link = over;
      repliesBefore = over.replies();
      sentNanos = System.nanoTime();
      underWay = true;
      by.began(isAwaited());
      return true;
    }

    private synchronized void notSent(Throwable rejection) {
      noLongerUnderWay();
      connection = null;
      link = null;
      lastRejection = rejection;
      if (command instanceof AwaitedCommand<?, ?, ?> awaited) {
        awaited.sentOver(null);
      }
    }

    /** Once, though a rejection may come when the time is up already. */
    private synchronized void noLongerUnderWay() {
      if (underWay && connection != null) {
        underWay = false;
        connection.ended(isAwaited());
      }
    }

    @Override
    synchronized boolean isForgotten() {
      return connection != null && connection.link() != link;
    }

    @Override
    boolean sendAgain(Throwable rejection) {
      notSent(rejection);
      sendLater(this, rejection);
      return true;
    }

    @Override
    void ended(@Nullable Throwable failure) {
      SharedConnection<?, ?> by;
      SharedConnection.Link over;
      synchronized (this) {
        by = connection;
        over = link;
      }
      if (by == null || over == null) {
        return; // never sent
      }
      noLongerUnderWay();
      if (failure == null) {
        over.replied();
        if (getOutput() != null
            && getOutput().hasError()
            && getOutput().getError().startsWith("READONLY ")) {
          by.end(over); // its master has become a replica
        }
      }
    }

    @Override
    @Nullable
    synchronized RedisUnavailableException expired() {
      if (connection != null) {
        return null;
      }
      expired = true;
      return new RedisUnavailableException(
          getType() + " was not sent: no connection within " + timeoutNanos / 1_000_000
              + " ms (commandTimeout)"
              + (lastRejection == null ? "" : ": " + Causes.why(lastRejection)),
          lastRejection);
    }

    @Override
    void endIfSilent() {
      SharedConnection<?, ?> by;
      SharedConnection.Link over;
      boolean silent;
      synchronized (this) {
        by = connection;
        over = link;
        // Else it waited for this connection, which has hardly had the time.
        boolean longAgo = System.nanoTime() - sentNanos > timeoutNanos / 2;
        silent = longAgo && over != null && over.replies() == repliesBefore;
      }
      if (silent && by != null && over != null) {
        by.end(over);
      }
    }
  }
}
