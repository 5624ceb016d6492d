package dev.chasqui.pooledredis;

import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.protocol.ConnectionFacade;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sees all that is sent over an exclusive connection, and so knows what its borrower leaves behind.
 *
 * <p><b>Threads:</b> a borrower may use any number.
 */
final class ExclusiveWriter implements RedisChannelWriter {
  private final RedisChannelWriter delegate;
  private final CommandObservers observers;
  private final long timeoutNanos;

  /** Commands that the connection has not answered, whether or not somebody still waits for them. */
  private final AtomicInteger unanswered = new AtomicInteger();

  private final Set<Need> marks = EnumSet.noneOf(Need.class); // guarded by itself
  private volatile boolean marked; // false: nothing in marks
  private volatile boolean autoFlush = true;
  private volatile boolean open; // whether somebody has borrowed the connection
  private volatile boolean moved;

  ExclusiveWriter(
      RedisChannelWriter delegate, CommandObservers observers, Duration commandTimeout) {
    this.delegate = delegate;
    this.observers = observers;
    this.timeoutNanos = commandTimeout.toNanos();
  }

  void open() {
    open = true;
  }

  void shut() {
    open = false;
  }

  int unanswered() {
    return unanswered.get();
  }

  boolean autoFlush() {
    return autoFlush;
  }

  /** Whether a node of a cluster said that another one has the key. */
  boolean moved() {
    return moved;
  }

  Set<Need> marks() {
    if (!marked) {
      return Set.of();
    }
    synchronized (marks) {
      return EnumSet.copyOf(marks);
    }
  }

  void unmark() {
    synchronized (marks) {
      marks.clear();
      marked = false;
    }
  }

  /** How long a caller waits for {@code command}, with what Redis itself may take for it; zero: for ever. */
  static long patienceNanos(RedisCommand<?, ?, ?> command, long timeoutNanos) {
    if (Need.of(command) != Need.BLOCKING) {
      return timeoutNanos;
    }
    Duration block = Arguments.blockOf(command);
    if (block == null) {
      return timeoutNanos;
    }
    return block.isZero() ? 0 : Math.addExact(timeoutNanos, block.toNanos());
  }

  @Override
  public <K, V, T> RedisCommand<K, V, T> write(RedisCommand<K, V, T> command) {
    if (!open) {
      command.completeExceptionally(givenBack());
      return command;
    }
    Sent<K, V, T> sent = prepare(command);
    Throwable rejection = sent.handOver(delegate);
    if (rejection != null) {
      sent.completeExceptionally(notSent(command, rejection));
    }
    return command;
  }

  @Override
  @SuppressWarnings("unchecked") // as Lettuce's own writers do
  public <K, V> Collection<RedisCommand<K, V, ?>> write(
      Collection<? extends RedisCommand<K, V, ?>> commands) {
    List<RedisCommand<K, V, ?>> sent = new ArrayList<>(commands.size());
    for (RedisCommand<K, V, ?> command : commands) {
      if (open) {
        sent.add(prepare(command));
      } else {
        command.completeExceptionally(givenBack());
      }
    }
    delegate.write(sent);
    return (Collection<RedisCommand<K, V, ?>>) commands;
  }

  private static IllegalStateException givenBack() {
    return new IllegalStateException("This connection was given back: borrow another one");
  }

  private static RedisUnavailableException notSent(
      RedisCommand<?, ?, ?> command, Throwable rejection) {
    return new RedisUnavailableException(
        command.getType() + " was not sent, its connection has ended: " + rejection.getMessage(),
        rejection);
  }

  private <K, V, T> Sent<K, V, T> prepare(RedisCommand<K, V, T> command) {
    Need need = Need.of(command);
    if (need != null && need != Need.BLOCKING) {
      mark(need, CommandName.of(command.getType()));
    }
    unanswered.incrementAndGet();
    Sent<K, V, T> sent = new Sent<>(command, observers.sending(Lane.EXCLUSIVE, command.getType()));
    sent.expireAfter(getClientResources().timer(), patienceNanos(command, timeoutNanos));
    return sent;
  }

  private void mark(Need need, String name) {
    synchronized (marks) {
      if (name.equals("EXEC") || name.equals("DISCARD")) {
        marks.remove(Need.TRANSACTION);
      } else {
        marks.add(need); // UNWATCH within MULTI is only queued: it takes away nothing
      }
      marked = !marks.isEmpty();
    }
  }

  @Override
  public void setAutoFlushCommands(boolean autoFlush) {
    this.autoFlush = autoFlush;
    delegate.setAutoFlushCommands(autoFlush);
  }

  @Override
  public void flushCommands() {
    delegate.flushCommands();
  }

  @Override
  public void setConnectionFacade(ConnectionFacade connection) {
    delegate.setConnectionFacade(connection);
  }

  @Override
  public ClientResources getClientResources() {
    return delegate.getClientResources();
  }

  @Override
  public void close() {
    delegate.close();
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    return delegate.closeAsync();
  }

  private final class Sent<K, V, T> extends SentCommand<K, V, T> {
    Sent(RedisCommand<K, V, T> command, CommandObserver.@Nullable Sent observed) {
      super(command, observed);
    }

    @Override
    void ended(@Nullable Throwable failure) {
      if (getOutput() != null
          && getOutput().hasError()
          && isElsewhere(getOutput().getError())) {
        moved = true;
      }
      unanswered.decrementAndGet(); // last: the connection may be given back and looked at now
    }

    @Override
    @Nullable
    RedisUnavailableException expired() {
      return null; // it is sent at once or not at all
    }

    @Override
    void endIfSilent() {
      // It is its borrower's, who closes it.
    }

    @Override
    boolean isForgotten() {
      return false; // or it goes with its connection, which nobody else will borrow
    }

    @Override
    boolean sendAgain(Throwable rejection) {
      return false; // there is but this connection
    }
  }

  /** The node is not, or no longer, the one that has the key or takes writes. */
  static boolean isElsewhere(String error) {
    return error.startsWith("MOVED ") || error.startsWith("READONLY ");
  }
}
