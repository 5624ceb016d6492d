package dev.chasqui.featureflags.guard;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which guarded flags were asked for during one call, and as which variants. Of one thread. */
final class CallScope {
  private static final int MOST_FLAGS = 16;

  private GuardedFlag @Nullable [] flags; // most calls ask for none
  private GuardedFlag.@Nullable Arm @Nullable [] arms;
  private Period.@Nullable Tally @Nullable [] tallies; // null: not to be counted
  private int size;

  /** The call begins to count when the flag is asked for: from then on the variant can matter. */
  void note(GuardedFlag flag, GuardedFlag.@Nullable Arm arm) {
    if (flags == null || arms == null || tallies == null) {
      flags = new GuardedFlag[MOST_FLAGS];
      arms = new GuardedFlag.Arm[MOST_FLAGS];
      tallies = new Period.Tally[MOST_FLAGS];
    }
    for (int i = 0; i < size; i++) {
      if (flags[i] == flag) {
        Period.Tally tally = tallies[i];
        if (tally != null && !Objects.equals(arms[i], arm)) {
          tally.withdraw();
          tallies[i] = null;
        }
        return;
      }
    }
    if (size < MOST_FLAGS) {
      flags[size] = flag;
      arms[size] = arm;
      tallies[size] = arm == null ? null : flag.begin(arm);
      size++;
    }
  }

  void end(boolean failed, long nanos) {
    for (int i = 0; tallies != null && i < size; i++) {
      Period.Tally tally = tallies[i];
      if (tally != null) {
        tally.end(failed, nanos);
      }
    }
  }
}
