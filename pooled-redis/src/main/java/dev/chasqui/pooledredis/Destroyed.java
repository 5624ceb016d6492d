package dev.chasqui.pooledredis;

/** Why the pool closed a connection. In lower case, the value of the meters' tag {@code reason}. */
public enum Destroyed {
  /** Nobody had needed it for {@link RedisConfig#idleTimeout()}. */
  IDLE,
  /** It was as old as {@link RedisConfig#maxLifetime()} lets it become. */
  EXPIRED,
  /** It ended by itself: the server or the network closed it. */
  LOST,
  /** It could not be opened. */
  UNREACHABLE,
  /** It came back with commands that were not answered yet. */
  PENDING,
  /** It came back as a subscriber. */
  SUBSCRIBED,
  /** It came back as another user, another protocol, a monitor or the like. */
  CHANGED,
  /** Its node no longer has the keys or takes no writes any more. */
  MOVED,
  /** It came back in a state that a reset should have ended, but did not. */
  NOT_RESET,
  /** Its borrower asked for it. */
  DISCARDED,
  /** The pool was closed. */
  CLOSED
}
