package dev.chasqui.hierarchicalconfig;

/** A value or a declaration that breaks a rule; says which. */
public final class InvalidValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final transient Violation violation;

  InvalidValueException(Violation violation) {
    super(violation.toString());
    this.violation = violation;
  }

  public Violation violation() {
    return violation;
  }
}
