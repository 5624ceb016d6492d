package dev.chasqui.pointcache;

/** What capture tells as it happens. */
interface CaptureMeters extends AutoCloseable {
  CaptureMeters NONE = new CaptureMeters() {};

  /** So many keys were fenced, for the first or the second time. */
  default void fenced(int keys) {}

  /** A new generation was begun. */
  default void droppedAll() {}

  @Override
  default void close() {}
}
