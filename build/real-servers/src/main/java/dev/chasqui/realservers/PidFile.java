package dev.chasqui.realservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The file in which a server writes its process id, on the first line. */
final class PidFile {
  private PidFile() {}

  /** Reads the process id, if the file is there and holds one. */
  static OptionalLong read(Path file) {
    try {
      if (!Files.exists(file)) {
        return OptionalLong.empty();
      }
      return Files.readAllLines(file).stream()
          .limit(1)
          .mapToLong(line -> Long.parseLong(line.strip()))
          .findFirst();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // going away, or half written: as good as not there
    }
  }
}
