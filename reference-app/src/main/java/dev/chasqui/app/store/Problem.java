package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.Violation;

/**
 * One thing wrong with what somebody asked for.
 *
 * @param field where: a JSON pointer into the request, or the name of a form field or an option
 * @param rule stable code of the rule, such as {@code out-of-range}
 * @param message the rule and what was given, for people
 */
public record Problem(String field, String rule, String message) {

  /** What a violation says, found at {@code field}. */
  public static Problem of(String field, Violation violation) {
    return new Problem(field, violation.rule().code(), violation.toString());
  }
}
