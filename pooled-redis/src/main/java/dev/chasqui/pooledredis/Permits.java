package dev.chasqui.pooledredis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of permits, given out in the order of asking, to threads that wait and to futures that do not. A permit
 * that comes back goes to who has waited longest, never to a newcomer.
 *
 * <p><b>Threads:</b> safe for any number. Invariant: whoever waits, no permit is free; so one number says how many are
 * free or wait. Where nobody waits, changing it is all there is to do. Who makes it negative, or less so, holds
 * {@code lock}, which guards the queue too; nothing of others is called while holding it.
 */
final class Permits {
  /** A place in the queue. Completed when a permit is given; completing it otherwise first gives the place up. */
  static final class Place extends CompletableFuture<Void> {}

  private final int total;
  private final int maxWaiters;
  private final AtomicInteger balance; // how many are free; negative: how many wait, as in queue
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Place> queue = new ArrayDeque<>();

  Permits(int total, int maxWaiters) {
    this.total = total;
    this.maxWaiters = maxWaiters;
    this.balance = new AtomicInteger(total);
  }

  /** Takes a permit if one is free; then nobody waits. */
  boolean tryAcquire() {
    int now = balance.get();
    while (now > 0) {
      if (balance.compareAndSet(now, now - 1)) {
        return true;
      }
      now = balance.get();
    }
    return false;
  }

  /** Queues up, or takes a permit that has become free: then the place is complete. Null if too many wait already. */
  @Nullable
  Place queueUp() {
    Place place = new Place();
    lock.lock();
    try {
      while (!tryAcquire()) {
        int now = balance.get();
        if (-now >= maxWaiters) {
          return null;
        }
        if (now <= 0 && balance.compareAndSet(now, now - 1)) {
          queue.add(place);
          return place;
        }
      }
    } finally {
      lock.unlock();
    }
    place.complete(null);
    return place;
  }

  /** Leaves the queue. False if the permit was given in the meantime: it is then the caller's. */
  boolean giveUp(Place place) {
    if (!place.cancel(false)) {
      return place.isCompletedExceptionally();
    }
    lock.lock();
    try {
      if (queue.remove(place)) {
        balance.incrementAndGet();
      }
    } finally {
      lock.unlock();
    }
    return true;
  }

  void release() {
    while (true) {
      int now = balance.get();
      if (now < 0) {
        Place next = next();
        if (next != null && next.complete(null)) {
          return;
        }
      } else if (balance.compareAndSet(now, now + 1)) {
        return;
      }
    }
  }

  /** Who has waited longest; null if nobody waits any more. */
  private @Nullable Place next() {
    lock.lock();
    try {
      Place next = queue.poll();
      if (next != null) {
        balance.incrementAndGet();
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Fails all who wait. */
  void failAll(RuntimeException why) {
    List<Place> all;
    lock.lock();
    try {
      all = new ArrayList<>(queue);
      queue.clear();
      balance.addAndGet(all.size());
    } finally {
      lock.unlock();
    }
    all.forEach(place -> place.completeExceptionally(why));
  }

  int taken() {
    return total - Math.max(0, balance.get());
  }

  int waiting() {
    return Math.max(0, -balance.get());
  }
}
