package dev.chasqui.pooledredis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to one address without making a herd of them. At most {@link #AT_ONCE} attempts run at a time, the
 * others wait for their turn. A failed attempt opens the circuit: until a time, which decorrelated jitter puts ever later
 * (<a href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Brooker 2015</a>), every request
 * fails at once; then one attempt is let through as a probe, and the others wait for what it finds.
 *
 * <p><b>Threads:</b> safe for any number. Guarded by {@code lock}; nothing of others is called while holding it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class Connector {
  /** As many as a server of one core greets without the rest of its work suffering. */
  static final int AT_ONCE = 4;

  private final String address;
  private final LongSupplier nanoClock;

  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Request<?>> waiting = new ArrayDeque<>();
  private final Backoff backoff;
  private int running;
  private @Nullable Throwable failure; // null: the circuit is closed
  private long retryAt;

  Connector(
      String address, Duration min, Duration max, LongSupplier nanoClock, RandomGenerator random) {
    this.address = address;
    this.backoff = new Backoff(min, max, random);
    this.nanoClock = nanoClock;
  }

  /** Somebody who wants a connection, and how to open it. */
  private record Request<C>(
      Supplier<? extends CompletionStage<C>> opener, CompletableFuture<C> connection) {}

  /** Returns a connection to come. It fails with what the attempt failed with, or {@link RedisUnavailableException}. */
  <C> CompletableFuture<C> connect(Supplier<? extends CompletionStage<C>> opener) {
    Request<C> request = new Request<>(opener, new CompletableFuture<>());
    boolean start = false;
    boolean probe;
    RedisUnavailableException refusal = null;
    lock.lock();
    try {
      probe = failure != null;
      if (failure != null && nanoClock.getAsLong() - retryAt < 0) {
        refusal = unavailable(failure);
      } else if (running < (probe ? 1 : AT_ONCE)) {
        running++;
        start = true;
      } else {
        waiting.add(request);
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      request.connection().completeExceptionally(refusal);
    } else if (start) {
      open(request, probe);
    }
    return request.connection();
  }

  /** Null while connections can be had; else why not. */
  @Nullable
  RedisUnavailableException unavailable() {
    lock.lock();
    try {
      return failure == null ? null : unavailable(failure);
    } finally {
      lock.unlock();
    }
  }

  /** How long to wait before the next attempt has a chance; zero if it has one now. */
  long nanosToRetry() {
    lock.lock();
    try {
      return failure == null ? 0 : Math.max(0, retryAt - nanoClock.getAsLong());
    } finally {
      lock.unlock();
    }
  }

  private RedisUnavailableException unavailable(Throwable cause) {
    long millis = Math.max(0, retryAt - nanoClock.getAsLong()) / 1_000_000;
    return new RedisUnavailableException(
        "No connection to Redis at " + address + ", next attempt in " + millis + " ms: "
            + Causes.why(cause),
        cause);
  }

  /** In a loop, since an attempt may end at once and let the next one through. */
  private void open(Request<?> first, boolean probe) {
    Queue<Request<?>> toOpen = new ArrayDeque<>(attempt(first, probe));
    for (Request<?> next = toOpen.poll(); next != null; next = toOpen.poll()) {
      toOpen.addAll(attempt(next, false));
    }
  }

  /** Returns who is let through by an attempt that has ended already; one that ends later lets them through itself. */
  private <C> List<Request<?>> attempt(Request<C> request, boolean probe) {
    CompletableFuture<C> attempt;
    try {
      attempt = request.opener().get().toCompletableFuture();
    } catch (RuntimeException | Error e) { // else it would count as an attempt that never ends
      attempt = CompletableFuture.failedFuture(e);
    }
    if (attempt.isDone()) {
      List<Request<?>> next = new ArrayList<>();
      attempt.whenComplete(
          (connection, thrown) -> next.addAll(ended(request, probe, connection, thrown)));
      return next;
    }
    attempt.whenComplete((connection, thrown) ->
        ended(request, probe, connection, thrown).forEach(next -> open(next, false)));
    return List.of();
  }

  private <C> List<Request<?>> ended(
      Request<C> request, boolean probe, @Nullable C connection, @Nullable Throwable thrown) {
    if (thrown == null) {
      List<Request<?>> next = succeeded();
      request.connection().complete(connection);
      return next;
    }
    Throwable cause = Causes.of(thrown);
    List<Request<?>> hopeless = failed(cause, probe);
    request.connection().completeExceptionally(cause);
    hopeless.forEach(other -> other.connection().completeExceptionally(unavailableBecause(cause)));
    return List.of();
  }

  private RedisUnavailableException unavailableBecause(Throwable cause) {
    lock.lock();
    try {
      return unavailable(cause);
    } finally {
      lock.unlock();
    }
  }

  private List<Request<?>> succeeded() {
    List<Request<?>> next = new ArrayList<>();
    lock.lock();
    try {
      running--;
      failure = null;
      backoff.reset();
      while (running < AT_ONCE && !waiting.isEmpty()) {
        next.add(waiting.remove());
        running++;
      }
    } finally {
      lock.unlock();
    }
    return next;
  }

  private List<Request<?>> failed(Throwable cause, boolean probe) {
    lock.lock();
    try {
      running--;
      if (failure == null || probe) { // else it began before the circuit opened: one delay for all
        retryAt = nanoClock.getAsLong() + backoff.nextNanos();
      }
      failure = cause;
      List<Request<?>> hopeless = new ArrayList<>(waiting);
      waiting.clear();
      return hopeless;
    } finally {
      lock.unlock();
    }
  }
}
