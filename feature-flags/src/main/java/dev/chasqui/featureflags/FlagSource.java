package dev.chasqui.featureflags;

import java.util.Set;

/**
 * Where flag documents come from: a file, a server, Redis. A {@link FlagProvider} opens it once and closes it.
 *
 * <p><b>Threads:</b> calls its listener from one thread at a time, in the order of what happened.
 */
public interface FlagSource extends AutoCloseable {
  /**
   * Begins to fetch, and to tell {@code listener} what comes. Returns without waiting for anything.
   *
   * @throws IllegalStateException if it was opened or closed before
   */
  void open(Listener listener);

  /** Ends all that it does; its listener is not called any more. May be called again. */
  @Override
  void close();

  /** Who is told. Never throws. */
  interface Listener {
    /** There is a document, whole and newer than the one before; the source is in touch with where it comes from. */
    void loaded(FlagDocument document);

    /**
     * What was loaded last has been changed here, in this process: that does not tell whether the source is in touch. Whoever does
     * not care for that need not tell it from {@link #loaded}.
     */
    default void amended(FlagDocument document) {
      loaded(document);
    }

    /**
     * These flags are killed from now on, whatever documents say whose revision is less than {@code revision}. Sent ahead of
     * the document that says it.
     */
    void killed(Set<String> keys, long revision);

    /** The source is in touch again, and what was loaded is still what counts. */
    void inTouch();

    /**
     * The source has lost touch with where documents come from, or got one that it cannot read; it goes on trying. What was
     * loaded may be old.
     */
    void outOfTouch(String why);
  }
}
