package dev.chasqui.pooledredis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.RedisConnectionStateListener;
import io.netty.util.concurrent.EventExecutorGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One of the connections that all threads share, opened anew whenever it ends.
 *
 * <p><b>Threads:</b> safe for any number.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class SharedConnection<K, V> {
  /** The connection as it is now; {@code replies} is written by its I/O thread alone. */
  static final class Link {
    private final RedisChannelHandler<?, ?> connection;
    private final RedisChannelWriter writer;
    private volatile long replies;

    Link(RedisChannelHandler<?, ?> connection) {
      this.connection = connection;
      this.writer = connection.getChannelWriter();
    }

    RedisChannelWriter writer() {
      return writer;
    }

    long replies() {
      return replies;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void replied() {
      replies++;
    }
  }

  private final Connector connector;
  private final SharedOpener<K, V> opener;
  private final boolean healsItself;
  private final EventExecutorGroup executor;
  private final RandomGenerator random;
  private final Backoff backoff; // guarded by this
  private final AtomicInteger inFlight = new AtomicInteger();
  private final CompletableFuture<Void> up = new CompletableFuture<>();
  private volatile @Nullable Link link;
  private volatile boolean closed;

  /** {@code healsItself}: it leads to several nodes, of which Lettuce opens each connection anew. */
  SharedConnection(
      Connector connector,
      SharedOpener<K, V> opener,
      boolean healsItself,
      EventExecutorGroup executor,
      RandomGenerator random,
      Backoff backoff) {
    this.connector = connector;
    this.opener = opener;
    this.healsItself = healsItself;
    this.executor = executor;
    this.random = random;
    this.backoff = backoff;
  }

  /** Null while there is no connection. */
  @Nullable
  Link link() {
    return link;
  }

  /** The event loop of this connection, null if nobody but Lettuce knows it. */
  @Nullable
  SharedLoop loop() {
    return opener.loop();
  }

  /** A command is about to be sent; {@code awaited}: by a thread that waits for nothing else. */
  void began(boolean awaited) {
    inFlight.incrementAndGet();
    SharedLoop loop = opener.loop();
    if (loop != null && !awaited) {
      loop.leadership().beginUnattended();
    }
  }

  /** A command that began is not under way any more. */
  void ended(boolean awaited) {
    inFlight.decrementAndGet();
    SharedLoop loop = opener.loop();
    if (loop != null && !awaited) {
      loop.leadership().endUnattended();
    }
  }

  /** Commands under way. */
  int inFlight() {
    return inFlight.get();
  }

  /** Opens the connection, and keeps trying. The future is that of the first connection, or of Redis refusing it. */
  CompletableFuture<Void> open() {
    connector.connect(opener.connection()).whenComplete((connection, failure) -> {
      if (failure == null) {
        opened((RedisChannelHandler<?, ?>) connection);
        up.complete(null);
        return;
      }
      if (Causes.isRefusal(failure)) {
        up.completeExceptionally(failure);
      }
      openLater();
    });
    return up;
  }

  private void opened(RedisChannelHandler<?, ?> connection) {
    Link opened = new Link(connection);
    link = opened;
    if (closed) {
      end(opened);
      return;
    }
    if (!healsItself) {
      connection.addListener(new RedisConnectionStateListener() {
        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
          end(opened);
        }
      });
      if (!connection.isOpen()) { // ended before we listened
        end(opened);
      }
    }
  }

  /** Ends a connection: commands under way fail, and another one is opened. */
  void end(Link ended) {
    long wait;
    synchronized (this) {
      if (link != ended) {
        return;
      }
      link = null;
      if (ended.replies() > 0) {
        backoff.reset();
      } // else it was of no use, like those that a balancer without servers accepts
      wait = backoff.nextNanos();
    }
    ended.connection.closeAsync();
    openAfter(wait);
  }

  private void openLater() {
    // A little later than the connector lets the first one through, so that the others find the way
    // open or closed.
    long wait = connector.nanosToRetry();
    openAfter(wait + random.nextLong(wait / 4 + 1_000_000));
  }

  private void openAfter(long nanos) {
    if (closed || executor.isShuttingDown()) {
      return;
    }
    executor.schedule(
        () -> {
          if (!closed) {
            open();
          }
        },
        nanos,
        TimeUnit.NANOSECONDS);
  }

  CompletableFuture<Void> close() {
    closed = true;
    Link last;
    synchronized (this) {
      last = link;
      link = null; // else it would be closed again when it has ended
    }
    return last == null ? CompletableFuture.completedFuture(null) : last.connection.closeAsync();
  }

  @Override
  public String toString() {
    return link == null ? "down" : "up, " + inFlight + " in flight";
  }
}
