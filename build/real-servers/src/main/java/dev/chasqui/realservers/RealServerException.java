package dev.chasqui.realservers;

import org.jspecify.annotations.Nullable;

/**
 * A server that could not be had. The message names the server, the place and what can be done; it is fit to be shown
 * to the person who started the program.
 */
public final class RealServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RealServerException(String message) {
    this(message, null);
  }

  RealServerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
