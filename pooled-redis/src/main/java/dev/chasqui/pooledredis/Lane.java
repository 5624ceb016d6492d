package dev.chasqui.pooledredis;

/** The two ways of a command to Redis. */
public enum Lane {
  /** Over a connection that all threads share: plain commands. */
  SHARED,
  /** Over a borrowed connection: whatever blocks, or changes the connection's state. */
  EXCLUSIVE
}
