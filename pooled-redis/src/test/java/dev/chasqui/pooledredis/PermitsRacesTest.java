package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;

import dev.chasqui.pooledredis.Permits.Place;
import dev.chasqui.pooledredis.PermitsTest.Naive;
import dev.chasqui.pooledredis.PermitsTest.State;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * <a href="https://github.com/JetBrains/lincheck">Lincheck</a> tries ways in which threads may interleave within
 * {@link Permits}, and finds each outcome that no order of whole operations explains.
 */
final class PermitsRacesTest {
  /** Each has a number of its own; those that begin and end a scenario have one too. */
  private static final int MOST_THREADS = 8;

  /** Threads that each have permits and at most one place. */
  public abstract static class Threads {
    final int[] held = new int[MOST_THREADS];

    abstract boolean tryAcquire();

    abstract void queueUp(int thread);

    abstract @Nullable State stateOfPlace(int thread);

    /** Gives up the place that there is: false if it had been given a permit. */
    abstract boolean giveUp(int thread);

    abstract void forgetPlace(int thread);

    abstract void release();

    /** Goes on towards a permit: whatever happens in between, a few of these make a story. */
    @Operation
    public String comes(@Param(gen = ThreadIdGen.class) int thread, boolean patient) {
      if (held[thread] > 0) {
        return "has one";
      }
      State place = stateOfPlace(thread);
      if (place == State.WAITING) {
        return "waits";
      }
      if (place == State.GIVEN) {
        forgetPlace(thread);
        held[thread]++;
        return "was given one";
      }
      if (patient) {
        queueUp(thread);
        return "queues up";
      }
      if (tryAcquire()) {
        held[thread]++;
        return "takes one";
      }
      return "finds none";
    }

    /** Goes on towards having none. */
    @Operation
    public String goes(@Param(gen = ThreadIdGen.class) int thread) {
      if (held[thread] > 0) {
        held[thread]--;
        release();
        return "gives it back";
      }
      if (stateOfPlace(thread) == null) {
        return "has none";
      }
      boolean without = giveUp(thread);
      forgetPlace(thread);
      held[thread] += without ? 0 : 1;
      return without ? "gives up" : "was given one after all";
    }
  }

  /** What ought to happen. */
  public static class Spec extends Threads {
    private final Naive permits = new Naive(1, Integer.MAX_VALUE);
    private final int[] places = new int[MOST_THREADS]; // 0: none
    private int lastPlace;

    @Override
    boolean tryAcquire() {
      return permits.tryAcquire();
    }

    @Override
    void queueUp(int thread) {
      places[thread] = ++lastPlace;
      permits.queueUp(lastPlace);
    }

    @Override
    @Nullable
    State stateOfPlace(int thread) {
      return places[thread] == 0 ? null : permits.state(places[thread]);
    }

    @Override
    boolean giveUp(int thread) {
      return permits.giveUp(places[thread]);
    }

    @Override
    void forgetPlace(int thread) {
      places[thread] = 0;
    }

    @Override
    void release() {
      permits.release();
    }
  }

  /** What does happen. */
  public abstract static class Real extends Threads {
    private final int total;
    private final Permits permits;
    private final @Nullable Place[] places = new Place[MOST_THREADS];

    Real(int total) {
      this.total = total;
      this.permits = new Permits(total, Integer.MAX_VALUE);
    }

    @Override
    boolean tryAcquire() {
      return permits.tryAcquire();
    }

    @Override
    void queueUp(int thread) {
      places[thread] = permits.queueUp();
    }

    @Override
    @Nullable
    State stateOfPlace(int thread) {
      Place place = places[thread];
      return place == null ? null : PermitsTest.stateOf(place);
    }

    @Override
    boolean giveUp(int thread) {
      return permits.giveUp(requireNonNull(places[thread]));
    }

    @Override
    void forgetPlace(int thread) {
      places[thread] = null;
    }

    @Override
    void release() {
      permits.release();
    }

    private int places(State state) {
      int count = 0; // not a stream, whose insides would be looked at too
      for (int thread = 0; thread < MOST_THREADS; thread++) {
        count += stateOfPlace(thread) == state ? 1 : 0;
      }
      return count;
    }

    /** When all is over. */
    @Validate
    public void isConsistent() {
      int out = places(State.GIVEN);
      for (int each : held) {
        out += each;
      }
      if (out != permits.taken() || out > total) {
        throw new IllegalStateException(
            out + " of " + total + " are out, taken is " + permits.taken());
      }
      if (places(State.WAITING) != permits.waiting() || (permits.waiting() > 0 && out < total)) {
        throw new IllegalStateException(places(State.WAITING) + " wait, the queue says "
            + permits.waiting() + "; " + out + " are out");
      }
    }
  }

  /** One permit: so at most one is on its way from one to the next. */
  public static final class OnePermit extends Real {
    public OnePermit() {
      super(1);
    }
  }

  /** Two permits. */
  public static final class TwoPermits extends Real {
    public TwoPermits() {
      super(2);
    }
  }

  private static ModelCheckingOptions options(int total) throws NoSuchMethodException {
    return new ModelCheckingOptions()
        .iterations(1)
        .invocationsPerIteration(50)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(0)
        .threads(3)
        .addCustomScenario(givingUpWhileOthersGiveBack(total));
  }

  /** All permits are out and two wait: then the permits come back, and those who wait may not want them any more. */
  private static ExecutionScenario givingUpWhileOthersGiveBack(int total)
      throws NoSuchMethodException {
    List<Actor> before = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      before.add(comes(4 + i, false));
    }
    before.add(comes(2, true));
    before.add(comes(3, true));
    List<Actor> givingBack = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      givingBack.add(goes(4 + i));
    }
    List<Actor> givingUp = List.of(goes(2), goes(2), comes(2, false));
    List<Actor> waiting = List.of(comes(3, true), goes(3), comes(3, true));
    return new ExecutionScenario(
        before,
        List.of(givingBack, givingUp, waiting),
        List.of(),
        new Actor(Real.class.getMethod("isConsistent"), List.of()));
  }

  private static Actor comes(int thread, boolean patient) throws NoSuchMethodException {
    return new Actor(
        Threads.class.getMethod("comes", int.class, boolean.class), List.of(thread, patient));
  }

  private static Actor goes(int thread) throws NoSuchMethodException {
    return new Actor(Threads.class.getMethod("goes", int.class), List.of(thread));
  }

  @Test
  void onePermit_threeThreads_isGivenInTheOrderOfAsking() throws Exception {
    options(1).sequentialSpecification(Spec.class).check(OnePermit.class);
  }

  /**
   * Two that are given back at the same time may arrive in either order, which no order of whole operations explains:
   * only what is left in the end is looked at.
   */
  @Test
  void twoPermits_threeThreads_areNeitherLostNorTooMany() throws Exception {
    options(2).verifier(EpsilonVerifier.class).check(TwoPermits.class);
  }
}
