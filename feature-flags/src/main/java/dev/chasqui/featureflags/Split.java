package dev.chasqui.featureflags;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shares of {@code fractional}: what may come out, and with which weight (SPEC.md, 4.1).
 *
 * <p><b>Threads:</b> immutable; nobody writes into what it gives.
 */
final class Split {
  private static final long GREATEST_SUM = Integer.MAX_VALUE;

  private final List<@Nullable Object> results;
  private final int[] ends;

  private Split(List<@Nullable Object> results, int[] ends) {
    this.results = results;
    this.ends = ends;
  }

  List<@Nullable Object> results() {
    return results;
  }

  /** Sums of the weights up to and with each; the last is at least 1. */
  int[] ends() {
    return ends;
  }

  /**
   * Reads shares that are evaluated; null if they are malformed, too heavy, or nothing has a weight.
   *
   * @param from index of the first that is a share
   */
  static @Nullable Split of(@Nullable Object[] values, int from) {
    @Nullable Object[] results = new @Nullable Object[values.length - from];
    int[] ends = new int[results.length];
    long sum = 0;
    for (int i = 0; i < results.length; i++) {
      if (!(values[from + i] instanceof List<?> share) || share.isEmpty() || share.size() > 2) {
        return null;
      }
      Object result = Coercion.plain(share.get(0));
      if (result != null
          && !(result instanceof String || result instanceof Number || result instanceof Boolean)) {
        return null;
      }
      results[i] = result;
      if (share.size() == 2) {
        Object weight = Coercion.plain(share.get(1));
        if (!(weight instanceof Number number) || !isWhole(number.doubleValue())) {
          return null;
        }
        sum += (long) Math.max(0, Math.min(number.doubleValue(), GREATEST_SUM + 1.0));
      } else {
        sum++;
      }
      if (sum > GREATEST_SUM) {
        return null;
      }
      ends[i] = (int) sum;
    }
    return sum == 0 ? null : new Split(java.util.Arrays.asList(results), ends);
  }

  private static boolean isWhole(double number) {
    return number == Math.rint(number) && !Double.isInfinite(number);
  }

  static @Nullable Object draw(Bucketing bucketing, int hash, @Nullable Object[] values, int from) {
    Split split = of(values, from);
    int drawn = split == null ? -1 : bucketing.draw(hash, split.ends);
    return split == null || drawn < 0 ? null : split.results.get(drawn);
  }
}
