package dev.chasqui.pointcache;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file that an actor tells in what it does, before it goes on: so nothing is lost when its process is killed.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class HistoryLog implements AutoCloseable {
  private final OutputStream file; // without a buffer

  HistoryLog(Path path) throws IOException {
    file = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND);
  }

  synchronized void add(HistoryEvent event) {
    try {
      file.write((event + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that was told; not a last line whose writer was killed over it. */
  static List<HistoryEvent> read(Path path) throws IOException {
    String text = Files.readString(path);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(HistoryEvent::read)
        .toList();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
