package dev.chasqui.edgeclient;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A gateway answered, but without a stream. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final @Nullable Duration retryAfter;

  /** Status and {@code Retry-After} as in the HTTP answer; null if it had none. */
  public RefusedException(int status, @Nullable Duration retryAfter) {
    super("gateway answered " + status);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  public int status() {
    return status;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
