package dev.chasqui.pooledredis;

import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisLoadingException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

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

  /**
   * Whether somebody said no, such as Redis to a password or one of both sides to a certificate: trying again would not
   * help.
   */
  static boolean isRefusal(Throwable thrown) {
    return isRefusal(thrown, DEEPEST);
  }

  private static boolean isRefusal(@Nullable Throwable thrown, int depth) {
    if (thrown == null || depth == 0) {
      return false;
    }
    // A cluster refuses if each node that was asked does: what they said is suppressed, not a
    // cause.
    Throwable[] others = thrown.getSuppressed();
    return saysNo(thrown)
        || isRefusal(thrown.getCause(), depth - 1)
        || (others.length > 0
            && Arrays.stream(others).allMatch(other -> isRefusal(other, depth - 1)));
  }

  private static boolean saysNo(Throwable thrown) {
    if (thrown instanceof RedisCommandExecutionException) {
      return !(thrown instanceof RedisLoadingException || thrown instanceof RedisBusyException);
    }
    // Netty's own subclasses only say that the handshake did not come to its end.
    return thrown instanceof CertificateException
        || thrown.getClass() == SSLHandshakeException.class;
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
