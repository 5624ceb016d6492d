package dev.chasqui.pooledredis;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the connections are at one moment.
 *
 * @param shared how many shared connections are up
 * @param sharedTotal how many there should be
 * @param inFlight commands sent over shared connections and not answered yet
 * @param waitingCommands commands that wait for a shared connection
 * @param pools the pools of exclusive connections: one, or one for each node of a cluster that has been borrowed from
 */
public record Health(
    int shared, int sharedTotal, int inFlight, int waitingCommands, List<Pool> pools) {
  /**
   * One pool.
   *
   * @param address where its connections lead
   * @param active connections that are lent
   * @param idle connections that are not
   * @param max the most there may be
   * @param waiting who waits to borrow
   * @param borrows how often a connection was lent
   * @param timeouts how often somebody went without
   * @param leaks how many were reported as not coming back
   * @param problem why no connection can be opened; null if one can
   * @param holders who holds a connection, longest first
   */
  public record Pool(
      String address,
      int active,
      int idle,
      int max,
      int waiting,
      long borrows,
      long timeouts,
      long leaks,
      @Nullable String problem,
      List<Holder> holders) {
    /** Copies the list. */
    public Pool {
      holders = List.copyOf(holders);
    }

    @Override
    public String toString() {
      String all = address + ": " + active + " of " + max + " lent, " + idle + " idle, " + waiting
          + " waiting";
      return problem == null ? all : all + ", " + problem;
    }
  }

  /** Copies the list. */
  public Health {
    pools = List.copyOf(pools);
  }

  /** Whether every shared connection is up and every pool could open a connection. */
  public boolean isUp() {
    return shared == sharedTotal && pools.stream().allMatch(pool -> pool.problem() == null);
  }

  /** Returns how long the longest borrowed connection has been out; zero if none is. */
  public Duration longestHeld() {
    return pools.stream()
        .flatMap(pool -> pool.holders().stream())
        .map(Holder::held)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  @Override
  public String toString() {
    return "shared " + shared + " of " + sharedTotal + " up, " + inFlight + " in flight, "
        + waitingCommands + " waiting; " + pools;
  }
}
