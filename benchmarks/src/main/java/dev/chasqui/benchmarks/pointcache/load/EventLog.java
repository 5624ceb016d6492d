package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.pointcache.Source;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What one thread read and wrote, in a file, for {@link Staleness}. Times are {@link System#nanoTime}, which on Linux is
 * the same clock for all processes.
 */
final class EventLog implements AutoCloseable {
  private static final byte WRITE = -1;
  private static final List<Source> SOURCES = List.of(Source.values());

  private final DataOutputStream output;

  EventLog(Path file) throws IOException {
    output = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
  }

  void read(int key, long version, Source source, long begin) throws IOException {
    add(SOURCES.indexOf(source), key, version, begin);
  }

  void wrote(int key, long version, long acknowledged) throws IOException {
    add(WRITE, key, version, acknowledged);
  }

  private void add(int kind, int key, long version, long time) throws IOException {
    output.writeByte(kind);
    output.writeInt(key);
    output.writeLong(version);
    output.writeLong(time);
  }

  @Override
  public void close() throws IOException {
    output.close();
  }

  /** Is shown what is in a file, in its order. */
  interface Visitor {
    void read(int key, long version, Source source, long begin);

    void wrote(int key, long version, long acknowledged);
  }

  static void visit(Path file, Visitor visitor) throws IOException {
    try (DataInputStream input =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
      while (true) {
        byte kind;
        try {
          kind = input.readByte();
        } catch (EOFException e) {
          return;
        }
        int key = input.readInt();
        long version = input.readLong();
        long time = input.readLong();
        if (kind == WRITE) {
          visitor.wrote(key, version, time);
        } else {
          visitor.read(key, version, SOURCES.get(kind), time);
        }
      }
    }
  }
}
