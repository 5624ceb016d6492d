package dev.chasqui.pooledredis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of permits, given out in the order of asking, to threads that wait and to futures that do not. A permit
 * that comes back goes to who has waited longest, never to a newcomer.
 *
 * <p><b>Threads:</b> safe for any number. Invariant: whoever waits, no permit is free. Guarded by {@code lock}; nothing
 * of others is called while holding it.
 */
final class Permits {
  /** A place in the queue. Completed when a permit is given; completing it otherwise first gives the place up. */
  static final class Place extends CompletableFuture<Void> {}

  private final int total;
  private final int maxWaiters;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Place> queue = new ArrayDeque<>();
  private int free;

  Permits(int total, int maxWaiters) {
    this.total = total;
    this.maxWaiters = maxWaiters;
    this.free = total;
  }

  /** Takes a permit if one is free; then nobody waits. */
  boolean tryAcquire() {
    lock.lock();
    try {
      if (free == 0) {
        return false;
      }
      free--;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Queues up, or takes a permit that has become free: then the place is complete. Null if too many wait already. */
  @Nullable
  Place queueUp() {
    Place place = new Place();
    boolean given = false;
    lock.lock();
    try {
      if (free > 0) {
        free--;
        given = true;
      } else if (queue.size() >= maxWaiters) {
        return null;
      } else {
        queue.add(place);
      }
    } finally {
      lock.unlock();
    }
    if (given) {
      place.complete(null);
    }
    return place;
  }

  /** Leaves the queue. False if the permit was given in the meantime: it is then the caller's. */
  boolean giveUp(Place place) {
    if (!place.cancel(false)) {
      return place.isCompletedExceptionally();
    }
    lock.lock();
    try {
      queue.remove(place);
    } finally {
      lock.unlock();
    }
    return true;
  }

  void release() {
    for (Place next = next(); next != null; next = next()) {
      if (next.complete(null)) {
        return;
      }
    }
  }

  /** Who has waited longest; if nobody waits, the permit is free again. */
  private @Nullable Place next() {
    lock.lock();
    try {
      Place next = queue.poll();
      if (next == null) {
        free++;
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
    } finally {
      lock.unlock();
    }
    all.forEach(place -> place.completeExceptionally(why));
  }

  int taken() {
    lock.lock();
    try {
      return total - free;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }
}
