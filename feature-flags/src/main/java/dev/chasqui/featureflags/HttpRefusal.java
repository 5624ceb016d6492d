package dev.chasqui.featureflags;

import java.io.IOException;
import java.time.Duration;

/** A server has answered, but not with what it was asked for. */
final class HttpRefusal extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final Duration retryAfter;

  HttpRefusal(String problem, int status, Duration retryAfter) {
    super(problem);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  int status() {
    return status;
  }

  /** How long it wants not to be asked; zero if it does not say. */
  Duration retryAfter() {
    return retryAfter;
  }
}
