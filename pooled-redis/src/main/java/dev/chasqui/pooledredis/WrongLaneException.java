package dev.chasqui.pooledredis;

import io.lettuce.core.RedisException;

/** A command that needs a connection of its own was given to the shared ones. It was not sent. */
public final class WrongLaneException extends RedisException {
  private static final long serialVersionUID = 1L;

  WrongLaneException(String message) {
    super(message);
  }
}
