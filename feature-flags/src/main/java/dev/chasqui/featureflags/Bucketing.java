package dev.chasqui.featureflags;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Revisions of how a subject falls into a bucket (SPEC.md, 4.2 to 4.4). They put most subjects elsewhere than one another. */
public enum Bucketing {
  /** A share of a hundred in floating point, as flagd before 2025. */
  V1,
  /** A share of all weights in integers, as flagd since. */
  V2,
  /** As 2, by keys of any type, which are encoded before they are hashed. */
  V3;

  /** As metadata writes it: {@code v1}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static @Nullable Bucketing of(String text) {
    for (Bucketing bucketing : values()) {
      if (bucketing.text().equals(text)) {
        return bucketing;
      }
    }
    return null;
  }

  /**
   * Where a key falls, as it does in {@code fractional} with that key.
   *
   * @param key what is drawn by, such as an experiment's name followed by who takes part
   * @param weights none less than 0; together 1 to 2³¹−1
   * @return index of a weight that is not 0; in version 1, -1 if rounding leaves the key behind all
   */
  public int draw(String key, List<Integer> weights) {
    int[] ends = new int[weights.size()];
    long sum = 0;
    for (int i = 0; i < ends.length; i++) {
      int weight = weights.get(i);
      if (weight < 0) {
        throw new IllegalArgumentException("weights must not be less than 0, were " + weights);
      }
      sum += weight;
      ends[i] = (int) Math.min(sum, Integer.MAX_VALUE);
    }
    if (sum < 1 || sum > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the sum of weights must be 1 to 2147483647, was " + sum + " of " + weights.size());
    }
    return draw(hash(key), ends);
  }

  /** Whether the first operand of {@code fractional} is a key. */
  boolean keyed(@Nullable Object[] operands) {
    if (operands.length == 0) {
      return false;
    }
    return this == V3 ? !(operands[0] instanceof List) : operands[0] instanceof String;
  }

  /** Hash of a key. */
  int hash(Object key) {
    return this == V3 ? Murmur3.hash(Cbor.encode(key)) : Murmur3.EMPTY.hash((String) key);
  }

  /** Hash of what is drawn by where there is no key. */
  int hash(String seed, String targetingKey) {
    return this == V3
        ? Murmur3.hash(Cbor.encode(List.of(seed, targetingKey)))
        : Murmur3.hash((seed + targetingKey).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Where a hash falls.
   *
   * @param ends sums of the weights up to and with each; not empty, the last at least 1
   * @return index of a weight, or -1 in version 1 if rounding leaves it behind all
   */
  int draw(int hash, int[] ends) {
    int total = ends[ends.length - 1];
    return this == V1 ? drawByShare(hash, ends, total) : drawByWeight(hash, ends, total);
  }

  private static int drawByWeight(int hash, int[] ends, int total) {
    int bucket = (int) (((hash & 0xffff_ffffL) * total) >>> 32);
    int i = 0;
    while (ends[i] <= bucket) {
      i++;
    }
    return i;
  }

  private static int drawByShare(int hash, int[] ends, int total) {
    double bucket = Math.abs((double) hash) / Integer.MAX_VALUE * 100;
    double end = 0;
    int before = 0;
    for (int i = 0; i < ends.length; i++) {
      end += 100.0 * (ends[i] - before) / total;
      before = ends[i];
      if (bucket < end) {
        return i;
      }
    }
    return -1;
  }
}
