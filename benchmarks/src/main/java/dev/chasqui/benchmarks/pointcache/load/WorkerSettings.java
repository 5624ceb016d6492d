package dev.chasqui.benchmarks.pointcache.load;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * What a {@link Worker} is told first.
 *
 * @param worker which one it is, from 0
 * @param folder for its logs, one of each thread
 */
record WorkerSettings(
    Contender contender,
    int worker,
    int threads,
    int rows,
    int writes,
    long seed,
    String jdbcUrl,
    String username,
    String password,
    String redis,
    String folder)
    implements Serializable {
  Path log(int thread) {
    return Path.of(folder, worker + "-" + thread + ".log");
  }

  /** Without the passwords. */
  @Override
  public String toString() {
    return contender + " " + worker;
  }
}
