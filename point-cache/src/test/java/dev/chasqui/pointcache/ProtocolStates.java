package dev.chasqui.pointcache;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Every state that can be reached from the first ones. They are found breadth first, so no path to a state is shorter
 * than the one that is told. A state is a {@code long} of {@link ProtocolFields}.
 */
final class ProtocolStates {
  /** What may happen in a state. */
  interface Moves {
    void from(long state, Step step);
  }

  /** Is told one thing that may happen. Its text is in two parts, put together only where it is shown. */
  interface Step {
    void to(long state, String who, String what);
  }

  /** Where it all begins, in words and as a state. */
  record Start(String what, long state) {}

  /** Looks at a state and at one that may come next. */
  interface Change {
    boolean test(long before, long after);
  }

  private final Moves moves;
  private final List<Start> starts;
  private long[] states = new long[1 << 10];
  private int[] cameFrom = new int[1 << 10]; // a state's number, or ~ a start's
  private long[] table =
      new long[1 << 11]; // open addressing: ~ a state, or 0, as no state has all bits
  private int size;

  private ProtocolStates(Moves moves, List<Start> starts) {
    this.moves = moves;
    this.starts = starts;
  }

  static ProtocolStates reachedBy(Moves moves, Start... starts) {
    ProtocolStates reached = new ProtocolStates(moves, List.of(starts));
    for (int i = 0; i < starts.length; i++) {
      reached.add(starts[i].state(), ~i);
    }
    for (int i = 0; i < reached.size; i++) {
      int from = i;
      moves.from(reached.states[from], (state, who, what) -> reached.add(state, from));
    }
    return reached;
  }

  int size() {
    return size;
  }

  /** The steps to the first state that is so, if there is one. */
  Optional<List<String>> pathTo(LongPredicate wanted) {
    for (int i = 0; i < size; i++) {
      if (wanted.test(states[i])) {
        return Optional.of(path(i));
      }
    }
    return Optional.empty();
  }

  /** The same of the states after which nothing more happens. */
  Optional<List<String>> pathToEnd(LongPredicate wanted) {
    return pathTo(state -> wanted.test(state) && isEnd(state));
  }

  /** The steps to the first change that is so, and that change's step, if there is one. */
  Optional<List<String>> pathOver(Change wanted) {
    for (int i = 0; i < size; i++) {
      long before = states[i];
      String step = step(before, after -> wanted.test(before, after));
      if (step != null) {
        List<String> path = new ArrayList<>(path(i));
        path.add(step);
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  private boolean isEnd(long state) {
    return step(state, any -> true) == null;
  }

  private List<String> path(int to) {
    Deque<String> path = new ArrayDeque<>();
    int at = to;
    for (; cameFrom[at] >= 0; at = cameFrom[at]) {
      long after = states[at];
      String step = step(states[cameFrom[at]], state -> state == after);
      path.addFirst(step == null ? "?" : step);
    }
    path.addFirst(starts.get(~cameFrom[at]).what());
    return List.copyOf(path);
  }

  private @Nullable String step(long before, LongPredicate wanted) {
    List<String> found = new ArrayList<>();
    moves.from(before, (after, who, what) -> {
      if (wanted.test(after)) {
        found.add(who + what);
      }
    });
    return found.isEmpty() ? null : found.get(0);
  }

  private void add(long state, int from) {
    int slot = slot(state);
    if (table[slot] != 0) {
      return;
    }
    if (size == states.length) {
      grow();
      slot = slot(state);
    }
    states[size] = state;
    cameFrom[size] = from;
    table[slot] = ~state;
    size++;
  }

  /** Where the state is, or else would be. */
  private int slot(long state) {
    int last = table.length - 1;
    int slot = (int) ((state * 0x9E3779B97F4A7C15L) >>> Long.numberOfLeadingZeros(last));
    while (table[slot] != 0 && table[slot] != ~state) {
      slot = (slot + 1) & last;
    }
    return slot;
  }

  private void grow() {
    states = Arrays.copyOf(states, 2 * size);
    cameFrom = Arrays.copyOf(cameFrom, 2 * size);
    table = new long[4 * size];
    for (int i = 0; i < size; i++) {
      table[slot(states[i])] = ~states[i];
    }
  }
}
