package dev.chasqui.featureflags;

/**
 * Something about a document that is likely not meant.
 *
 * @param check which check found it: {@code unreachable}, {@code never-served} and so on
 * @param severity how bad it is
 * @param flag key of the flag, empty if it is of the whole document or of an evaluator
 * @param pointer JSON pointer (RFC 6901) into the document
 * @param message what it is, and why
 * @param mend what could be done about it
 */
public record LintFinding(
    String check, Severity severity, String flag, String pointer, String message, String mend) {
  /** How bad something is. */
  public enum Severity {
    /** The flag cannot be evaluated. */
    ERROR,
    /** It is most likely a mistake. */
    WARNING,
    /** It could go, or be said more simply; or it may be meant, but should be known. */
    NOTE
  }
}
