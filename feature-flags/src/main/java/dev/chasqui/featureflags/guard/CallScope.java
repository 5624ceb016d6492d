package dev.chasqui.featureflags.guard;

import org.jspecify.annotations.Nullable;

/** Which guarded flags were asked for during one call, and as which variants. Of one thread. */
final class CallScope {
  private static final int MOST_FLAGS = 16;

  private GuardedFlag @Nullable [] flags; // most calls ask for none
  private GuardedFlag.@Nullable Arm @Nullable [] arms; // null: not to be counted
  private int size;

  void note(GuardedFlag flag, GuardedFlag.@Nullable Arm arm) {
    if (flags == null || arms == null) {
      flags = new GuardedFlag[MOST_FLAGS];
      arms = new GuardedFlag.Arm[MOST_FLAGS];
    }
    for (int i = 0; i < size; i++) {
      if (flags[i] == flag) {
        if (arms[i] != arm) {
          arms[i] = null;
        }
        return;
      }
    }
    if (size < MOST_FLAGS) {
      flags[size] = flag;
      arms[size] = arm;
      size++;
    }
  }

  void count(boolean failed, long nanos) {
    for (int i = 0; arms != null && i < size; i++) {
      GuardedFlag.Arm arm = arms[i];
      if (arm != null) {
        arm.count(failed, nanos);
      }
    }
  }
}
