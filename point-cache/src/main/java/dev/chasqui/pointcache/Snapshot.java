package dev.chasqui.pointcache;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions a statement saw as ended (SPEC 2.2), as PostgreSQL's {@code pg_snapshot}.
 *
 * @param xmin all before it had ended
 * @param xmax it and all after it had not; the one before it had
 * @param running those in between that had not
 */
record Snapshot(long xmin, long xmax, List<Long> running) {
  /** Of how many transactions it may have to say that nothing is known. */
  private static final int MOST = 1_000;

  Snapshot {
    running = List.copyOf(running);
  }

  /** Reads {@code xmin:xmax:xip,…}. */
  static Snapshot parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("a snapshot is xmin:xmax:xip,…, was \"" + text + '"');
    }
    List<Long> running = Arrays.stream(parts[2].split(",", -1))
        .filter(each -> !each.isEmpty())
        .map(Long::valueOf)
        .toList();
    return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
  }

  boolean hasSeen(long transaction) {
    return transaction < xmax && !running.contains(transaction);
  }

  /** Whether it has seen whatever the other has. */
  boolean hasSeenAllOf(Snapshot other) {
    return xmax >= other.xmax
        && running.stream().allMatch(each -> each >= other.xmax || other.running.contains(each));
  }

  /**
   * Returns the same with a transaction that has read it, and has changed what it read itself (SPEC 6.6); null if that is too
   * far ahead of it.
   */
  @Nullable
  Snapshot with(long transaction) {
    if (transaction - xmax > MOST) {
      return null;
    }
    List<Long> others = Stream.concat(
            running.stream(), LongStream.range(xmax, transaction).boxed())
        .filter(each -> each != transaction)
        .toList();
    return new Snapshot(xmin, Math.max(xmax, transaction + 1), others);
  }

  /** As PostgreSQL writes it. */
  @Override
  public String toString() {
    return xmin + ":" + xmax + ":"
        + running.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
