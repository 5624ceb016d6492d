package dev.chasqui.pooledredis;

import io.lettuce.core.RedisException;

/** A command was sent and its connection ended before the reply: Redis may have carried it out or not. */
public final class CommandLostException extends RedisException {
  private static final long serialVersionUID = 1L;

  CommandLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
