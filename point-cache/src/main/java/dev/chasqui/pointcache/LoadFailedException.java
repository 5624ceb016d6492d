package dev.chasqui.pointcache;

/** Rows could not be read from the database, which says why in the cause. */
public final class LoadFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LoadFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
