package dev.chasqui.pooledredis;

import io.lettuce.core.RedisException;
import org.jspecify.annotations.Nullable;

/** There is no connection, and none can be had right now. What was asked for was not sent: it may be tried again. */
public final class RedisUnavailableException extends RedisException {
  private static final long serialVersionUID = 1L;

  RedisUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
