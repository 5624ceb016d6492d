package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A loop without a network: its work is to complete futures that threads have queued. Each is completed, though threads
 * come and go, by one thread at a time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // looked at where they were kept
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class LeadershipTest {
  private static final int ROUNDS = 3_000;

  private final Queue<CompletableFuture<Void>> toDo = new ConcurrentLinkedQueue<>();
  private final List<CompletableFuture<Void>> sent = new ArrayList<>(); // of the leader
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger leaders = new AtomicInteger();
  private final AtomicInteger doneByCallers = new AtomicInteger();
  private volatile boolean stopped;
  private volatile @Nullable Thread asleep; // the leader, while it has nothing to do
  private final Leadership leadership = new Leadership(() -> stopped);
  private final Thread own = new Thread(this::ownWork, "own");

  private void ownWork() {
    leadership.start();
    while (!stopped) {
      work();
      if (leadership.isForCallers() && leadership.hasFollowers()) {
        if (!toDo.isEmpty()) {
          leadership.call();
        }
        leadership.rest();
      }
    }
  }

  /** As the loop does: sends what there is to send, then waits a while for answers, which here come at once. */
  private void work() {
    if (leaders.incrementAndGet() != 1 || !leadership.isLeader(Thread.currentThread())) {
      failures.add(new AssertionError("more than one leader, or a false one"));
    }
    leadership.begin();
    for (CompletableFuture<Void> next = toDo.poll(); next != null; next = toDo.poll()) {
      sent.add(next);
    }
    if (Thread.currentThread() == own || leadership.isForCallers()) {
      answer();
    }
    leadership.forgetDone();
    leaders.decrementAndGet();
  }

  private void answer() {
    if (sent.isEmpty()) {
      asleep = Thread.currentThread();
      if (toDo.isEmpty()) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      asleep = null;
    }
    for (CompletableFuture<Void> each : sent) {
      each.complete(null);
      if (Thread.currentThread() != own) {
        doneByCallers.incrementAndGet();
      }
    }
    sent.clear();
  }

  private void submit(CompletableFuture<Void> work) {
    toDo.add(work);
    if (leadership.call()) {
      LockSupport.unpark(asleep);
    }
  }

  /** As whoever will wait at once. */
  private void submitAwaited(CompletableFuture<Void> work) {
    if (leadership.tryLead()) {
      toDo.add(work);
      leadership.resign();
    } else {
      submit(work);
    }
  }

  private void await(CompletableFuture<Void> work, Thread waiting) {
    work.whenComplete((done, failure) -> LockSupport.unpark(waiting));
    boolean leads = leadership.tryLead();
    while (true) {
      if (leads) {
        while (!work.isDone() && leadership.isForCallers()) {
          work();
        }
        if (!toDo.isEmpty()) {
          leadership.call();
        }
        leadership.resign();
      }
      if (work.isDone()) {
        return;
      }
      Leadership.Follower follower = leadership.follow(work);
      leads = leadership.tryLead();
      while (!leads && !work.isDone() && !follower.isPromoted()) {
        LockSupport.park();
      }
      leads |= leadership.leave(follower);
    }
  }

  private void caller(long seed, boolean unattended) {
    Random random = new Random(seed);
    Thread caller = Thread.currentThread();
    for (int i = 0; i < ROUNDS; i++) {
      CompletableFuture<Void> work = new CompletableFuture<>();
      if (unattended && random.nextInt(4) == 0) {
        leadership.beginUnattended();
        work.whenComplete((done, failure) -> {
          if (Thread.currentThread() != own) {
            failures.add(new AssertionError("done on the thread of a stranger"));
          }
          leadership.endUnattended();
          LockSupport.unpark(caller);
        });
        submit(work);
        while (!work.isDone()) { // join() would run the callback itself
          LockSupport.park();
        }
      } else {
        submitAwaited(work);
        await(work, caller);
      }
      if (random.nextInt(100) == 0) {
        LockSupport.parkNanos(random.nextInt(500_000));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "8, false", "30, false", "2, true", "8, true"})
  void anyThreads_comingAndGoing_haveOneLeaderAndGetWhatTheyWaitFor(int threads, boolean unattended)
      throws Exception {
    own.start();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long seed = i;
      Thread caller = new Thread(() -> caller(seed, unattended), "caller-" + i);
      caller.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    stopped = true;
    leadership.call();
    LockSupport.unpark(own);
    own.join();

    assertThat(failures).isEmpty();
    assertThat(toDo).isEmpty();
    if (threads <= Leadership.CROWD && !unattended) {
      assertThat(doneByCallers).hasValueGreaterThan(0);
    }
  }
}
