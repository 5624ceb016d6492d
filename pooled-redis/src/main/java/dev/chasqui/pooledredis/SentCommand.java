package dev.chasqui.pooledredis;

import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.protocol.CommandWrapper;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.buffer.ByteBuf;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A command between its caller and a connection. It ends when the connection answers or gives up, which is later than for
 * the caller if that one has stopped waiting: so it tells what is really under way on the connection.
 */
abstract class SentCommand<K, V, T> extends CommandWrapper<K, V, T> implements TimerTask {
  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<SentCommand> OVER =
      AtomicIntegerFieldUpdater.newUpdater(SentCommand.class, "over");

  private final CommandObserver.@Nullable Sent observed;

  @SuppressWarnings("UnusedVariable") // read through OVER: 1 once it has ended
  private volatile int over;

  private @Nullable Timeout expiry;

  /** Set while the thread hands the command to a connection. */
  private @Nullable Thread handingOver;

  private @Nullable Throwable rejection;

  /** Set by the I/O thread: some of the command may be on its way. */
  private boolean encoded;

  SentCommand(RedisCommand<K, V, T> command, CommandObserver.@Nullable Sent observed) {
    super(command);
    this.observed = observed;
  }

  /** Called once, when the connection has answered or given up: {@code failure} is not null if it gave up. */
  abstract void ended(@Nullable Throwable failure);

  /**
   * Called when the caller has waited long enough. Returns what to tell it if the command was not sent and will not be;
   * null if it was, or may have been.
   */
  abstract @Nullable RedisUnavailableException expired();

  /** Ends the connection if nothing at all has come over it since the command was sent: it is dead, though nobody says so. */
  abstract void endIfSilent();

  /**
   * Whether the connection has ended and not ended this: Lettuce keeps a command that is given to it at the very moment in
   * which its connection ends.
   */
  abstract boolean isForgotten();

  /**
   * Called when all that Redis has done with the command was to point to another node, to which there is no connection
   * yet. Returns whether the command will be sent again.
   */
  abstract boolean sendAgain(Throwable rejection);

  /** The time is up for the caller after {@code nanos}; zero: never. */
  final void expireAfter(Timer timer, long nanos) {
    if (nanos > 0) {
      expiry = timer.newTimeout(this, nanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public final void run(Timeout timeout) {
    RedisUnavailableException notSent = expired();
    RuntimeException failure = notSent != null
        ? notSent
        : new RedisCommandTimeoutException(
            getType() + " got no answer in time; Redis may have carried it out or not");
    command.completeExceptionally(failure); // first, lest it hear instead that the connection ended
    endIfSilent();
    if (isForgotten()) {
      end(failure);
    }
  }

  /**
   * Gives the command to {@code writer}. Returns what that rejected it with before any of it was sent; it may then be
   * handed over elsewhere. Null if it was taken.
   */
  final @Nullable Throwable handOver(RedisChannelWriter writer) {
    rejection = null;
    handingOver = Thread.currentThread();
    try {
      writer.write(this);
    } catch (RuntimeException e) {
      rejection = e;
    } finally {
      handingOver = null;
    }
    return rejection;
  }

  @Override
  public final void encode(ByteBuf buf) {
    encoded = true;
    super.encode(buf);
  }

  /**
   * A connection asks this right before it sends a command, and drops one that its caller has given up by then, without a
   * word. So that is the end of it.
   */
  @Override
  public final boolean isDone() {
    boolean done = super.isDone();
    if (done && !encoded) {
      end(new RedisUnavailableException(getType() + " was given up before it was sent", null));
    }
    return done;
  }

  // Both end the command before they tell the caller: who has the answer may give the connection
  // back at once.

  @Override
  public final void complete() {
    end(null);
    super.complete();
  }

  @Override
  public final boolean completeExceptionally(Throwable thrown) {
    // A connection that fails a command at once, on the same thread, has not begun to send it;
    // but its I/O thread may have.
    if (handingOver == Thread.currentThread()
        && !encoded
        && !(thrown instanceof RedisCommandExecutionException)) {
      rejection = thrown;
      return false;
    }
    // Lettuce says so before it writes, never of what it has written.
    if (String.valueOf(thrown.getMessage()).startsWith("Currently not connected")
        && sendAgain(thrown)) {
      return false;
    }
    Throwable failure = failure(thrown);
    end(failure);
    return super.completeExceptionally(failure);
  }

  private Throwable failure(Throwable thrown) {
    if (thrown instanceof RedisUnavailableException
        || thrown instanceof CommandLostException
        || thrown instanceof RedisCommandExecutionException) {
      return thrown;
    }
    return new CommandLostException(
        getType()
            + " was sent but its connection ended before the answer; Redis may have carried it out or not: "
            + thrown.getMessage(),
        thrown);
  }

  /** What a connection does to commands that it has queued when it is closed. */
  @Override
  public final void cancel() {
    completeExceptionally(new IllegalStateException("connection closed"));
  }

  private void end(@Nullable Throwable failure) {
    if (!OVER.compareAndSet(this, 0, 1)) {
      return;
    }
    if (expiry != null) {
      expiry.cancel();
    }
    ended(failure);
    if (observed != null) {
      observed.ended(failure != null ? failure : serverError());
    }
  }

  private @Nullable Throwable serverError() {
    return getOutput() != null && getOutput().hasError()
        ? new RedisCommandExecutionException(getOutput().getError())
        : null;
  }
}
