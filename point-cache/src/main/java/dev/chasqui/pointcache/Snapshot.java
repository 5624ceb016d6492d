package dev.chasqui.pointcache;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Of a transaction's statement, as text: what it has seen of others, and what it has changed itself (SPEC 6.6). */
final class OwnSnapshot {
  /** Of how many transactions it may have to say that nothing is known. */
  private static final int MOST = 1_000;

  private OwnSnapshot() {}

  /**
   * Returns {@code snapshot} as one that has seen {@code transaction} too; null if that is too far ahead of it.
   *
   * @param snapshot {@code xmin:xmax:xip,…} in which {@code transaction} may be under way, or not have begun
   */
  static @Nullable String with(String snapshot, long transaction) {
    String[] parts = snapshot.split(":", -1);
    long xmax = Long.parseLong(parts[1]);
    if (transaction - xmax > MOST) {
      return null;
    }
    List<String> underWay = new ArrayList<>();
    String own = Long.toString(transaction);
    for (String each : parts[2].split(",", -1)) {
      if (!each.isEmpty() && !each.equals(own)) {
        underWay.add(each);
      }
    }
    for (long unknown = xmax; unknown < transaction; unknown++) {
      underWay.add(Long.toString(unknown));
    }
    return parts[0] + ":" + Math.max(xmax, transaction + 1) + ":" + String.join(",", underWay);
  }
}
