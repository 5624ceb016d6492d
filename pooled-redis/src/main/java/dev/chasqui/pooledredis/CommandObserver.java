package dev.chasqui.pooledredis;

import org.jspecify.annotations.Nullable;

/**
 * Hears of every command that is sent, such as to make a span of it. What it throws is logged by nobody and disturbs the
 * command: it must not throw, nor block.
 */
@FunctionalInterface
public interface CommandObserver {
  /**
   * A command is about to be sent. Called on the caller's thread.
   *
   * @param lane the way it takes
   * @param command its name in capitals, such as {@code GET}
   * @return who hears of its end; null if nobody
   */
  @Nullable
  Sent sending(Lane lane, String command);

  /** A command under way. */
  @FunctionalInterface
  interface Sent {
    /**
     * The command has ended. Called once, on any thread.
     *
     * @param failure null if Redis answered with anything but an error
     */
    void ended(@Nullable Throwable failure);
  }
}
