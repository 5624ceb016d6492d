package dev.chasqui.featureflags;

/** A rule cannot be evaluated for this context. No stack: it is made while flags are asked for. */
final class RuleException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RuleException(String problem) {
    super(problem, null, false, false);
  }
}
