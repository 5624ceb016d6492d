package dev.chasqui.pooledredis;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which thread does the work of a {@link SharedLoop}: never two at a time, and soon one if there is something to do.
 * Leader/followers (<a href="https://www.dre.vanderbilt.edu/~schmidt/PDF/lf.pdf">Schmidt et al. 2000</a>), among threads
 * that wait for something which the work brings, and the loop's own thread, which leads whenever none of them may.
 *
 * <p>None of them may while somebody awaits nothing, whose callbacks are not to run on the thread of a stranger, nor while
 * there are many: a leader leaves as soon as it has what it waited for, and the more there are, the longer it takes the
 * next one to get a processor.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class Leadership {
  /** With so many followers the loop's own thread leads. */
  static final int CROWD = 8;

  /** So long nobody has to have led before the own thread does, to hear of what nobody waits for. */
  private static final long IDLE_NANOS = Duration.ofMillis(10).toNanos();

  private final BooleanSupplier stopping;
  private final AtomicBoolean taken = new AtomicBoolean(true); // at first by the own thread
  private final Queue<Follower> followers = new ConcurrentLinkedQueue<>();
  private final AtomicInteger following = new AtomicInteger();
  private final AtomicInteger unattended = new AtomicInteger();
  private volatile @Nullable Thread own;
  private volatile @Nullable Thread leader;
  private volatile boolean work;
  private volatile boolean ledLately;

  /** {@code stopping}: only the own thread leads from then on. */
  Leadership(BooleanSupplier stopping) {
    this.stopping = stopping;
  }

  /** A thread that waits to lead, or for {@code awaited}. */
  static final class Follower {
    private final Thread thread = Thread.currentThread();
    private final Future<?> awaited;
    private final AtomicBoolean decided = new AtomicBoolean(); // it was promoted, or has gone
    private volatile boolean promoted;

    Follower(Future<?> awaited) {
      this.awaited = awaited;
    }

    boolean isPromoted() {
      return promoted;
    }
  }

  /** The current thread is the own one, and leads. */
  void start() {
    own = Thread.currentThread();
    leader = own;
  }

  boolean isLeader(Thread thread) {
    return thread == leader;
  }

  /** Something is under way that no thread waits for. */
  void beginUnattended() {
    unattended.incrementAndGet();
  }

  void endUnattended() {
    unattended.decrementAndGet();
  }

  /** Whether all that is under way is waited for by few enough threads. */
  boolean isForCallers() {
    return unattended.get() == 0 && following.get() <= CROWD && !stopping.getAsBoolean();
  }

  /** There is something to do. Returns whether somebody leads already, and is to be woken. */
  boolean call() {
    work = true;
    if (taken.get()) {
      return true; // or resigns just now, and sees the work
    }
    LockSupport.unpark(own);
    return false;
  }

  /** The leader does what there is to do. */
  void begin() {
    work = false;
  }

  /** Returns whether the current thread now leads. */
  boolean tryLead() {
    if (taken.get()) {
      return false;
    }
    if (!isForCallers()) {
      LockSupport.unpark(own);
      return false;
    }
    if (!taken.compareAndSet(false, true)) {
      return false;
    }
    lead();
    return true;
  }

  private void lead() {
    ledLately = true;
    leader = Thread.currentThread();
  }

  /** The current thread wants to lead while {@code awaited} is to come. It must {@link #leave}. */
  Follower follow(Future<?> awaited) {
    Follower follower = new Follower(awaited);
    following.incrementAndGet();
    followers.add(follower);
    return follower;
  }

  /** The current thread no longer follows. Returns whether it now leads, having been promoted. */
  boolean leave(Follower follower) {
    following.decrementAndGet();
    if (follower.decided.compareAndSet(false, true)) {
      return false;
    }
    lead();
    return true;
  }

  /** The leader forgets who has left, as far as they come first. */
  void forgetDone() {
    Follower first = followers.peek();
    while (first != null && (first.awaited.isDone() || first.decided.get())) {
      followers.poll();
      first = followers.peek();
    }
  }

  /** Whether somebody waits who may lead. */
  boolean hasFollowers() {
    return !followers.isEmpty();
  }

  /** The current thread no longer leads. */
  void resign() {
    leader = null; // before anybody else may lead
    do {
      if (isForCallers() && promote()) {
        return;
      }
      taken.set(false);
      // Who came meanwhile has seen that it was taken, and relies on us.
    } while (isForCallers() && hasFollowers() && taken.compareAndSet(false, true));
    if (work || !isForCallers()) {
      LockSupport.unpark(own);
    }
  }

  private boolean promote() {
    for (Follower next = followers.poll(); next != null; next = followers.poll()) {
      if (!next.awaited.isDone() && next.decided.compareAndSet(false, true)) {
        next.promoted = true;
        LockSupport.unpark(next.thread);
        return true;
      }
    }
    return false;
  }

  /** The own thread lets others lead, and returns when it is needed and leads again. */
  void rest() {
    resign();
    while (true) {
      ledLately = false;
      LockSupport.parkNanos(this, IDLE_NANOS);
      boolean unused = Thread.interrupted(); // a callback did so; parking would end at once
      if ((work || !isForCallers() || hasFollowers() || !ledLately)
          && taken.compareAndSet(false, true)) {
        leader = own;
        return;
      }
    }
  }
}
