package dev.chasqui.featureflags.guard;

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
}
