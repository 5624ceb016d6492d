package dev.chasqui.featureflags;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sets of flags that were in force, the last few: what they decided can be explained as long as they are here. Sets that come one
 * after another share what has not changed.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class FlagHistory {
  private final Map<String, FlagSet> sets = new LinkedHashMap<>(); // guarded by this
  private final int most;

  /**
   * Makes an empty one.
   *
   * @param most how many sets it keeps, at least 1
   */
  public FlagHistory(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("most must be at least 1, was " + most);
    }
    this.most = most;
  }

  /** Keeps a set, and forgets the oldest if there are too many. */
  public void add(FlagSet set) {
    String version = set.version(); // may take a while
    synchronized (this) {
      sets.remove(version); // to be the newest
      sets.put(version, set);
      if (sets.size() > most) {
        sets.remove(sets.keySet().iterator().next());
      }
    }
  }

  /** The set of a version, or null if it is not here (any more). */
  public synchronized @Nullable FlagSet find(String version) {
    return sets.get(version);
  }

  /**
   * How a flag came to what it was.
   *
   * @throws IllegalArgumentException if the set that decided is not here any more, naming its version; or if it now comes to another
   *     variant than was decided, since attributes are fixed here that were others there
   */
  public Explanation explain(FlagDecision decision) {
    FlagSet set = find(decision.version());
    if (set == null) {
      throw new IllegalArgumentException(
          "the set of version " + decision.version() + " is not among the last " + most
              + " that are kept, so flag " + decision.flag() + " cannot be explained");
    }
    Explanation explanation = set.explain(decision.flag(), decision.context(), decision.at());
    String variant = explanation.evaluation().variant();
    if (!Objects.equals(variant, decision.variant())) {
      throw new IllegalArgumentException(
          "flag " + decision.flag() + " was variant " + decision.variant() + ", but comes to "
              + variant + " here: other attributes are fixed for this process");
    }
    return explanation;
  }
}
