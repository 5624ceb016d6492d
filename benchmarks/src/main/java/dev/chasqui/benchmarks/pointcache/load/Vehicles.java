package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.pointcache.Source;
import java.sql.SQLException;

/**
 * How a process reads and writes rows of {@link VehicleTable}.
 *
 * <p><b>Threads:</b> safe for any number.
 */
interface Vehicles extends AutoCloseable {
  /**
   * What was read.
   *
   * @param source {@code MEMORY} also if it does not tell which of its layers had it
   */
  record Seen(long version, Source source) {}

  Seen read(long id) throws SQLException;

  /** Returns the version that it gives the row, once it has committed and told the cache what it is to be told. */
  long write(long id) throws SQLException;

  @Override
  void close();
}
