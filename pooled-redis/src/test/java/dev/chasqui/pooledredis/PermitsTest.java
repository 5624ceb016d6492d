package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.pooledredis.Permits.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PermitsTest {
  private final RuntimeException closed = new IllegalStateException("closed");

  enum State {
    WAITING,
    GIVEN,
    LEFT,
    FAILED
  }

  /** What {@link Permits} promises, said as simply as can be; one thread, and numbers for places. */
  static final class Naive {
    private final int maxWaiters;
    private final Queue<Integer> queue = new ArrayDeque<>();
    private final Map<Integer, State> places = new HashMap<>();
    private final List<Integer> given = new ArrayList<>();
    private final int total;
    private int free;

    Naive(int total, int maxWaiters) {
      this.total = total;
      this.free = total;
      this.maxWaiters = maxWaiters;
    }

    boolean tryAcquire() {
      if (free == 0) {
        return false;
      }
      free--;
      return true;
    }

    boolean queueUp(int place) {
      if (free > 0) {
        free--;
        give(place);
      } else if (queue.size() < maxWaiters) {
        queue.add(place);
        places.put(place, State.WAITING);
      } else {
        return false;
      }
      return true;
    }

    private void give(int place) {
      given.add(place);
      places.put(place, State.GIVEN);
    }

    boolean giveUp(int place) {
      queue.remove(place);
      cancel(place);
      return state(place) != State.GIVEN;
    }

    /** Who cancels without saying so stays in the queue until it is his turn. */
    void cancel(int place) {
      if (state(place) == State.WAITING) {
        places.put(place, State.LEFT);
      }
    }

    void release() {
      while (!queue.isEmpty()) {
        int next = queue.remove();
        if (state(next) == State.WAITING) {
          give(next);
          return;
        }
      }
      free++;
    }

    void failAll() {
      queue.forEach(place -> places.replace(place, State.WAITING, State.FAILED));
      queue.clear();
    }

    State state(int place) {
      return Objects.requireNonNull(places.get(place));
    }
  }

  static State stateOf(Place place) {
    if (!place.isDone()) {
      return State.WAITING;
    }
    return place.isCancelled()
        ? State.LEFT
        : place.isCompletedExceptionally() ? State.FAILED : State.GIVEN;
  }

  /** The same done to both. */
  private static final class Pair {
    private final Random random;
    private final Permits permits;
    private final Naive naive;
    private final List<Place> places = new ArrayList<>();
    private final List<Integer> given = new ArrayList<>();

    Pair(long seed) {
      random = new Random(seed);
      int total = 1 + random.nextInt(4);
      int maxWaiters = random.nextInt(6);
      permits = new Permits(total, maxWaiters);
      naive = new Naive(total, maxWaiters);
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0, 1 -> tryAcquire();
        case 2, 3, 4 -> queueUp();
        case 5, 6 -> giveUp();
        case 7 -> cancel();
        case 8, 9, 10 -> release();
        default -> failAll();
      }
      assertSame();
    }

    private void tryAcquire() {
      assertThat(permits.tryAcquire()).isEqualTo(naive.tryAcquire());
    }

    private void queueUp() {
      int number = places.size();
      Place place = permits.queueUp();
      assertThat(place != null).isEqualTo(naive.queueUp(number));
      if (place != null) {
        places.add(place);
        var unused = place.thenRun(() -> given.add(number));
      }
    }

    private void giveUp() {
      if (!places.isEmpty()) {
        int number = random.nextInt(places.size());
        assertThat(permits.giveUp(places.get(number))).isEqualTo(naive.giveUp(number));
      }
    }

    private void cancel() {
      if (!places.isEmpty()) {
        int number = random.nextInt(places.size());
        places.get(number).cancel(false);
        naive.cancel(number);
      }
    }

    /** Of those permits that are out, whichever way they went. */
    private void release() {
      if (permits.taken() > 0) {
        permits.release();
        naive.release();
      }
    }

    private void failAll() {
      if (random.nextInt(5) == 0) {
        permits.failAll(new IllegalStateException("closed"));
        naive.failAll();
      }
    }

    private void assertSame() {
      assertThat(permits.taken()).isEqualTo(naive.total - naive.free).isBetween(0, naive.total);
      assertThat(permits.waiting()).isEqualTo(naive.queue.size());
      assertThat(permits.waiting() == 0 || permits.taken() == naive.total)
          .as("nobody waits while a permit is free")
          .isTrue();
      for (int i = 0; i < places.size(); i++) {
        assertThat(stateOf(places.get(i))).as("place %s", i).isEqualTo(naive.state(i));
      }
      assertThat(given).as("in the order of asking").isEqualTo(naive.given);
    }
  }

  @Test
  void anySequence_ofOneThread_isAsTheNaiveOneSays() {
    for (long seed = 0; seed < 2_000; seed++) {
      Pair pair = new Pair(seed);
      for (int step = 0; step < 60; step++) {
        try {
          pair.step();
        } catch (AssertionError e) {
          throw new AssertionError("seed " + seed + ", step " + step, e);
        }
      }
    }
  }

  @Test
  void queueUp_asManyWaitAsMay_isNull() {
    Permits permits = new Permits(1, 2);
    assertThat(permits.tryAcquire()).isTrue();
    Place first = Objects.requireNonNull(permits.queueUp());
    assertThat(permits.queueUp()).isNotNull();
    assertThat(permits.queueUp()).isNull();
    permits.giveUp(first);
    assertThat(permits.queueUp()).isNotNull();
  }

  @Test
  void queueUp_nobodyMayWait_stillTakesAFreePermit() {
    Permits permits = new Permits(1, 0);
    assertThat(permits.queueUp()).isCompleted();
    assertThat(permits.queueUp()).isNull();
  }

  @Test
  void release_manyHaveCancelled_reachesTheOneWhoHasNot() {
    Permits permits = new Permits(1, Integer.MAX_VALUE);
    assertThat(permits.tryAcquire()).isTrue();
    for (int i = 0; i < 100_000; i++) {
      Objects.requireNonNull(permits.queueUp()).cancel(false);
    }
    Place last = permits.queueUp();
    permits.release();
    assertThat(last).isCompleted();
    assertThat(permits.waiting()).isZero();
  }

  @Test
  void failAll_whoWaits_hearsWhyAndTakesNoPermitAway() {
    Permits permits = new Permits(1, 9);
    assertThat(permits.tryAcquire()).isTrue();
    Place place = Objects.requireNonNull(permits.queueUp());
    permits.failAll(closed);
    assertThatThrownBy(place::get).hasCause(closed);
    assertThat(permits.giveUp(place)).as("it has no permit to give back").isTrue();
    permits.release();
    assertThat(permits.taken()).isZero();
    assertThat(permits.tryAcquire()).isTrue();
  }

  /** Real threads on real cores, where {@link PermitsRacesTest} has simulated ones. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void manyThreads_impatientOnes_neverHoldTooManyAndLoseNone(int total) throws Exception {
    int threads = 8;
    Permits permits = new Permits(total, threads);
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> borrowers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Random random = new Random(i);
        borrowers.add(() -> {
          for (int round = 0; round < 3_000; round++) {
            if (acquire(permits, random)) {
              most.accumulateAndGet(held.incrementAndGet(), Math::max);
              for (int spin = random.nextInt(500); spin > 0; spin--) {
                Thread.onSpinWait(); // else all would be over before anybody has to wait
              }
              held.decrementAndGet();
              permits.release();
            }
          }
          return null;
        });
      }
      for (Future<Void> borrower : executor.invokeAll(borrowers)) {
        borrower.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(most).hasValueLessThanOrEqualTo(total);
    assertThat(permits.taken()).as("none is lost").isZero();
    assertThat(permits.waiting()).isZero();
  }

  private static boolean acquire(Permits permits, Random random) throws Exception {
    if (random.nextInt(4) == 0 && permits.tryAcquire()) {
      return true;
    }
    Place place =
        Objects.requireNonNull(permits.queueUp()); // no more may wait than there are threads
    try {
      place.get(random.nextInt(20_000), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return !permits.giveUp(place);
    }
  }
}
