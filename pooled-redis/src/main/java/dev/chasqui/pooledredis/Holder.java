package dev.chasqui.pooledredis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who has borrowed a connection.
 *
 * @param thread the name of the thread that borrowed it
 * @param held for how long
 * @param borrowedAt the place in the code, as a stack trace; null unless {@link RedisConfig#leakAfter()} is set
 */
public record Holder(String thread, Duration held, @Nullable Throwable borrowedAt) {
  @Override
  public String toString() {
    return thread + " for " + held.toMillis() + " ms";
  }
}
