package dev.chasqui.featureflags;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What splits make of all 2^32 hashes: counted, by the few of them at which it changes. */
final class HashSpace {
  private static final long ALL = 1L << 32;
  private static final long HALF = 1L << 31;

  private HashSpace() {}

  /** What a split comes to for a hash. */
  static @Nullable Object result(Split split, Bucketing bucketing, int hash) {
    int drawn = bucketing.draw(hash, split.ends());
    return drawn < 0 ? null : split.results().get(drawn);
  }

  /** Share of hashes for which two revisions come to different results, of one hash both. */
  static double exactShift(Split split, Bucketing from, Bucketing to) {
    SortedSet<Long> cuts = new TreeSet<>();
    addCuts(split, from, cuts);
    addCuts(split, to, cuts);
    long differing = 0;
    long start = 0;
    for (long end : cuts) {
      int hash = (int) start;
      if (!Objects.equals(result(split, from, hash), result(split, to, hash))) {
        differing += end - start;
      }
      start = end;
    }
    return (double) differing / ALL;
  }

  /** Share of subjects that come to different results, where each revision has a hash of its own. */
  static double expectedShift(Split split, Bucketing from, Bucketing to) {
    Map<@Nullable Object, Double> after = shares(split, to);
    double same = 0;
    for (Map.Entry<@Nullable Object, Double> before : shares(split, from).entrySet()) {
      same += before.getValue() * after.getOrDefault(before.getKey(), 0.0);
    }
    return Math.max(0, 1 - same);
  }

  /** Share of hashes by what they come to. */
  private static Map<@Nullable Object, Double> shares(Split split, Bucketing bucketing) {
    SortedSet<Long> cuts = new TreeSet<>();
    addCuts(split, bucketing, cuts);
    Map<@Nullable Object, Double> shares = new HashMap<>();
    long start = 0;
    for (long end : cuts) {
      shares.merge(
          result(split, bucketing, (int) start), (double) (end - start) / ALL, Double::sum);
      start = end;
    }
    return shares;
  }

  /** Adds the hashes, unsigned, at which the result may change, and the end. */
  private static void addCuts(Split split, Bucketing bucketing, SortedSet<Long> cuts) {
    cuts.add(HALF);
    cuts.add(ALL);
    int[] ends = split.ends();
    for (int i = 0; i < ends.length; i++) {
      if (bucketing == Bucketing.V1) {
        long size = firstSizeAfter(i, ends);
        add(size, HALF, cuts);
        add(ALL - size + 1, ALL, cuts); // the upper half is negative: sizes go down
      } else {
        long total = ends[ends.length - 1];
        add((((long) ends[i] << 32) + total - 1) / total, ALL, cuts);
      }
    }
  }

  private static void add(long cut, long most, SortedSet<Long> cuts) {
    if (cut > 0 && cut < most) {
      cuts.add(cut);
    }
  }

  /** The least |h| that revision 1 puts behind the share {@code index}, 2^31 + 1 if there is none. */
  private static long firstSizeAfter(int index, int[] ends) {
    long low = 0;
    long high = HALF + 1;
    while (low < high) {
      long middle = (low + high) >>> 1;
      int drawn = Bucketing.V1.draw((int) middle, ends);
      if (drawn < 0 || drawn > index) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
