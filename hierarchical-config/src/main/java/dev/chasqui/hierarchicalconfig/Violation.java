package dev.chasqui.hierarchicalconfig;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One rule that a value or declaration breaks.
 *
 * @param rule which
 * @param setting key of the setting
 * @param scope where, or null if it is not about a scope
 * @param message the rule, its bound and the value given, in a sentence for people
 */
public record Violation(Rule rule, String setting, @Nullable Scope scope, String message)
    implements Serializable {

  /** The rules a value must keep; {@link #code()} is their stable name on the wire. */
  public enum Rule {
    /** No setting of this key is declared. */
    UNKNOWN_SETTING("unknown-setting"),
    /** The value is not of the setting's type; JSON {@code null} is of none. */
    WRONG_TYPE("wrong-type"),
    /** The value is below the minimum or above the maximum. */
    OUT_OF_RANGE("out-of-range"),
    /** The value is of the type but none of the setting's choices. */
    NOT_A_CHOICE("not-a-choice"),
    /** The declaration itself is malformed or contradicts itself. */
    BAD_DECLARATION("bad-declaration");

    private final String code;

    Rule(String code) {
      this.code = code;
    }

    /** Lower-case words joined by hyphens. */
    public String code() {
      return code;
    }
  }

  /** This violation, found at {@code place}. */
  public Violation at(Scope place) {
    return new Violation(rule, setting, place, message);
  }

  /** The message, with the scope and the setting before it. */
  @Override
  public String toString() {
    return (scope == null ? "" : scope + ": ") + setting + ": " + message;
  }
}
