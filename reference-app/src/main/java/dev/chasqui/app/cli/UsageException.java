package dev.chasqui.app.cli;

/** What was asked for makes no sense: names the option and the rule. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
