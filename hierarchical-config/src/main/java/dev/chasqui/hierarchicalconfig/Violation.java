package dev.chasqui.hierarchicalconfig;

import org.jspecify.annotations.Nullable;

/**
 * One rule that a value or declaration breaks.
 *
 * @param rule which
 * @param setting key of the setting
 * @param scope where, or null if it is not about a scope
 * @param message the rule, its bound and the value given, in a sentence for people
 */
public record Violation(Rule rule, String setting, @Nullable Scope scope, String message) {

  /** The rules a value must keep; {@link #code()} is their stable name on the wire. */
  public enum Rule {
    UNKNOWN_SETTING("unknown-setting"),
    WRONG_TYPE("wrong-type"),
    OUT_OF_RANGE("out-of-range"),
    NOT_A_CHOICE("not-a-choice"),
    BAD_DECLARATION("bad-declaration");

    private final String code;

    Rule(String code) {
      this.code = code;
    }

    public String code() {
      return code;
    }
  }

  /** This violation, found at {@code place}. */
  public Violation at(Scope place) {
    return new Violation(rule, setting, place, message);
  }

  @Override
  public String toString() {
    return (scope == null ? "" : scope + ": ") + setting + ": " + message;
  }
}
