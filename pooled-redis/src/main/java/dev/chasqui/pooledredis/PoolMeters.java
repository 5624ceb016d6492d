package dev.chasqui.pooledredis;

/** What a pool tells as it happens. */
interface PoolMeters {
  PoolMeters NONE = new PoolMeters() {};

  /** A connection was lent after so long. */
  default void borrowed(long waitNanos) {}

  /** A connection came back after so long. */
  default void used(long nanos) {}

  /** Somebody went without a connection: too many waited, or none came in time. */
  default void timedOut() {}

  default void leaked() {}

  default void created() {}

  default void destroyed(Destroyed reason) {}
}
