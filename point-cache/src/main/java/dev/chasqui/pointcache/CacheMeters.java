package dev.chasqui.pointcache;

/** What a cache tells as it happens. */
interface CacheMeters extends AutoCloseable {
  CacheMeters NONE = new CacheMeters() {};

  /** Of one table. */
  interface OfTable {
    OfTable NONE = new OfTable() {};

    /** Somebody got an answer, from there. */
    default void answered(Source source) {}

    /** Rows were read from the database, or could not be. */
    default void loaded(long nanos, boolean succeeded) {}

    /** What was read was to be kept. */
    default void filled(Fill outcome) {}

    /** A hit in Redis was compared with the primary. */
    default void sampled(Sampler.Outcome outcome) {}
  }

  /** What became of something that was to be kept in Redis. */
  enum Fill {
    KEPT,
    /** A transaction that the snapshot has not seen has fenced it. */
    FENCED,
    /** The lease had ended, or the value that was to be replaced is gone. */
    LATE,
    /** There was no snapshot: the connection's transaction had written. */
    UNSAFE,
    /** Redis did not answer. */
    FAILED
  }

  default OfTable table(Table table) {
    return OfTable.NONE;
  }

  /** A transaction placed its fences, or could not. */
  default void fenced(int keys, boolean succeeded) {}

  @Override
  default void close() {}
}
