package dev.chasqui.pooledredis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a future failed with, without the wrapping, and why. */
final class Causes {
  private static final int DEEPEST = 10;

  private Causes() {}

  static Throwable of(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Whether Redis itself said no, such as to a password: trying again would not help. */
  static boolean isRefusal(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof RedisCommandExecutionException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** All that the chain of causes says: the outermost of Lettuce's exceptions often says only where it happened. */
  static String why(Throwable thrown) {
    StringBuilder why = new StringBuilder(String.valueOf(thrown.getMessage()));
    int depth = 0; // chains may be circles
    for (Throwable cause = thrown.getCause();
        cause != null && depth < DEEPEST;
        cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && why.indexOf(message) < 0) {
        why.append(": ").append(message);
      }
      depth++;
    }
    return why.toString();
  }
}
