package dev.chasqui.featureflags.guard;

import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What follows when a candidate is found to do harm. The later, the stronger. */
public enum GuardAction {
  /** Whoever listens is told; flags stay what they are. */
  HOLD("hold"),
  /** The flag gives everybody the baseline. */
  ROLL_BACK("rollBack"),
  /** The flag is killed: it gives {@code x-off}, or the code's default. */
  KILL("kill");

  private final String text;

  GuardAction(String text) {
    this.text = text;
  }

  /** As JSON has it: {@code hold}, {@code rollBack}, {@code kill}. */
  public String text() {
    return text;
  }

  /** The action that JSON has so; empty if there is none. */
  public static Optional<GuardAction> of(String text) {
    for (GuardAction action : values()) {
      if (action.text.equals(text)) {
        return Optional.of(action);
      }
    }
    return Optional.empty();
  }

  /**
   * What a flag is after this action, the same in a process and for a fleet. {@code flag} stays what it is.
   *
   * <p>Killed, it has {@code "x-killed": true}. Rolled back, it has neither {@code targeting} nor {@code x-targets}, {@code
   * x-schedule} or {@code x-layer}, and one default for everybody: the baseline, or {@code x-off} if there is no such variant; if
   * that is none either, or the one that does harm, the flag is disabled, which gives the code's default.
   *
   * @param harmful the variant that does harm
   * @param baseline the variant that is known to be good, or any text that names none
   */
  public ObjectNode applyTo(ObjectNode flag, String harmful, String baseline) {
    ObjectNode after = flag.deepCopy();
    return switch (this) {
      case HOLD -> after;
      case KILL -> after.put("x-killed", true);
      case ROLL_BACK -> {
        after.without(Set.of("targeting", "x-targets", "x-schedule", "x-layer"));
        String off = after.path("x-off").asString("");
        if (isHarmless(after, baseline, harmful)) {
          yield after.put("defaultVariant", baseline);
        }
        yield isHarmless(after, off, harmful)
            ? after.put("defaultVariant", off)
            : after.put("state", "DISABLED");
      }
    };
  }

  private static boolean isHarmless(ObjectNode flag, String variant, String harmful) {
    return !variant.equals(harmful) && flag.path("variants").has(variant);
  }
}
