package dev.chasqui.pooledredis;

import java.util.function.LongSupplier;

/** What a pool tells as it happens. */
interface PoolMeters {
  PoolMeters NONE = new PoolMeters() {};

  /** A connection was lent after so long. */
  default void borrowed(long waitNanos) {}

  /** A connection came back that was lent at {@code since}, by a clock that is read only for who wants to know. */
  default void used(long since, LongSupplier nanoClock) {}

  /** Somebody went without a connection: too many waited, or none came in time. */
  default void timedOut() {}

  default void leaked() {}

  default void created() {}

  default void destroyed(Destroyed reason) {}
}
