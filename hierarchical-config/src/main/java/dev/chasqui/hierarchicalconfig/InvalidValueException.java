package dev.chasqui.hierarchicalconfig;

/** A value or a declaration that breaks a rule; says which. */
public final class InvalidValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final Violation violation;

  InvalidValueException(Violation violation) {
    super(violation.toString());
    this.violation = violation;
  }

  /** The rule, and the setting that it belongs to. */
  public Violation violation() {
    return violation;
  }
}
