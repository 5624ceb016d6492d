package dev.chasqui.edgeclient;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Where a device keeps its last good config. At most one client uses a store at a time; the next one goes on where it
 * stopped.
 */
public abstract class EdgeStore {
  EdgeStore() {}

  /**
   * Files in {@code directory}, which is made if it is not there. What was saved is there after a power cut. A file that
   * was damaged is found by its checksum, renamed to {@code *.corrupt}, and the one before it is used.
   */
  public static EdgeStore directory(Path directory) {
    return new DirectoryStore(directory);
  }

  /** Memory: for tests and simulators, where a "restart" is a new client with the same store. */
  public static EdgeStore inMemory() {
    return new MemoryStore();
  }

  /**
   * Takes the store for one client and reads what it holds.
   *
   * @throws IllegalStateException if another client has it
   */
  abstract Stored open(String device) throws IOException;

  /** Keeps {@code stored} instead; it is safe once this returns. On an exception the former is still there. */
  abstract void save(Stored stored) throws IOException;

  /** Lets another client have it. */
  abstract void close();
}
