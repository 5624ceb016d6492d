package dev.chasqui.hierarchicalconfig;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One rule that a value or declaration breaks.
 *
 * @param rule which
 * @param setting key of the setting, or name of the invariant; empty if it is about a whole profile or
 *     config
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
    /** An object or list does not fit its JSON Schema. */
    SCHEMA("schema"),
    /** An entry takes out what its setting has none of. */
    BAD_REMOVE("bad-remove"),
    /** The binding does not fit the setting, or the entry's own value does not fit the binding. */
    BAD_BINDING("bad-binding"),
    /** A value, profile or config passes its limit. */
    TOO_LARGE("too-large"),
    /** A wider entry is mandatory. */
    LOCKED("locked"),
    /** The value is outside the bounds that a wider entry sets. */
    OUT_OF_BOUNDS("out-of-bounds"),
    /** The value is less strict than a wider entry allows. */
    LOOSER("looser"),
    /** A condition or invariant cannot be evaluated. */
    BAD_RULE("bad-rule"),
    /** Resolved values do not go together. */
    INVARIANT("invariant"),
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

    /**
     * Whether it says that two scopes disagree and a lock decided, as locks are meant to: people should
     * know, but the config is sound.
     */
    public boolean isConflict() {
      return this == LOCKED || this == OUT_OF_BOUNDS || this == LOOSER;
    }
  }

  /** This violation, found at {@code place}. */
  public Violation at(Scope place) {
    return new Violation(rule, setting, place, message);
  }

  /** The message, with the scope and the setting before it. */
  @Override
  public String toString() {
    return (scope == null ? "" : scope + ": ")
        + (setting.isEmpty() ? "" : setting + ": ")
        + message;
  }
}
