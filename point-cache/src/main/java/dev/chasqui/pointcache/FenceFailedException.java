package dev.chasqui.pointcache;

/** A fence could not be placed: the transaction must be rolled back, or others may see the old rows for a while. */
public final class FenceFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  FenceFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
