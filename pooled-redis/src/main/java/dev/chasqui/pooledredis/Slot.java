package dev.chasqui.pooledredis;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A place in the pool: a connection, or the attempt to open one. So taking it out of the pool never waits for the
 * network; who has taken it waits, or does not.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class Slot<K, V> {
  private final CompletableFuture<TrackedConnection<K, V>> connecting;
  private final long expiresAt;
  private volatile @Nullable TrackedConnection<K, V> connection;
  private volatile @Nullable ExclusiveConnection<K, V> lease;
  private volatile @Nullable Destroyed condemned;
  private volatile boolean laidAside;
  private boolean used = true; // since the last look; seen by who has seen lease, written after it
  private long idleSince; // of who looks
  private volatile long idleNanos;

  Slot(CompletableFuture<TrackedConnection<K, V>> connecting, long expiresAt) {
    this.connecting = connecting;
    this.expiresAt = expiresAt;
    connecting.thenAccept(opened -> connection = opened);
  }

  /** Why the slot cannot be lent, or kept; null if it can, or may turn out so. */
  @Nullable
  Destroyed unusable() {
    if (condemned != null) {
      return condemned;
    }
    TrackedConnection<K, V> opened = connection;
    if (opened == null) {
      // Who makes a slot for himself is to hear why it fails.
      return laidAside && connecting.isCompletedExceptionally() ? Destroyed.UNREACHABLE : null;
    }
    return opened.isOpen() ? null : Destroyed.LOST;
  }

  /**
   * Looks how old it is and for how long it has been idle, since nobody reads a clock when he gives it back: so it has been
   * idle for longer, by no more than the time between two looks. By one thread at a time.
   */
  void look(long now) {
    if (now - expiresAt >= 0) {
      condemn(Destroyed.EXPIRED);
    }
    if (lease != null || used) {
      used = false;
      idleSince = now;
    }
    idleNanos = now - idleSince;
  }

  /** As of the last look. */
  long idleNanos() {
    return idleNanos;
  }

  /** It has become idle. */
  void layAside() {
    if (!laidAside) {
      laidAside = true;
    }
  }

  CompletableFuture<TrackedConnection<K, V>> connecting() {
    return connecting;
  }

  /** Null while it is being opened, or could not be. */
  @Nullable
  TrackedConnection<K, V> connection() {
    return connection;
  }

  @Nullable
  ExclusiveConnection<K, V> lease() {
    return lease;
  }

  void lentTo(ExclusiveConnection<K, V> lease) {
    used = true;
    this.lease = lease;
  }

  void givenBack() {
    lease = null;
  }

  /** It is not lent again. The first reason stays. */
  void condemn(Destroyed reason) {
    if (condemned == null) {
      condemned = reason;
    }
  }

  /** Why it was destroyed: of its own accord the pool only ends what nobody needs. */
  Destroyed destroyed() {
    Destroyed reason = condemned;
    return reason == null ? Destroyed.IDLE : reason;
  }

  void close() {
    connecting.thenAccept(TrackedConnection::closeAsync);
  }
}
