package dev.chasqui.realservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;

/**
 * The directory of one embedded server, held by one process at a time. Beside the server's own files it keeps who holds
 * it, the port of the last run and a random password: other users of the machine must not get in.
 */
final class ServerDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel lockFile;
  private final String password;

  private ServerDirectory(Path path, FileChannel lockFile) throws IOException {
    this.path = path;
    this.lockFile = lockFile;
    this.password = readOrCreatePassword();
  }

  /**
   * Creates the directory if need be and takes hold of it.
   *
   * @throws RealServerException if a living process, this one included, holds it
   */
  static ServerDirectory hold(Path directory) {
    try {
      Path path = Directories.createPrivate(directory.toAbsolutePath()).toRealPath();
      Path holder = path.resolve("holder");
      // Looked at first: merely opening and closing the lock file would drop a lock that this
      // process holds (POSIX).
      if (Files.exists(holder) && Files.readString(holder).equals(thisProcess())) {
        throw held(path, holder);
      }
      FileChannel lockFile = FileChannel.open(
          path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = lockFile.tryLock();
        if (lock == null) {
          throw held(path, holder);
        }
        Files.writeString(holder, thisProcess());
        return new ServerDirectory(path, lockFile);
      } catch (OverlappingFileLockException e) {
        lockFile.close();
        throw held(path, holder);
      } catch (IOException | RuntimeException e) {
        lockFile.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot use " + directory + " for a server's data", e);
    }
  }

  private static RealServerException held(Path path, Path holder) throws IOException {
    String pid =
        Files.exists(holder) ? Files.readString(holder).replaceFirst(" .*", "") : "unknown";
    return new RealServerException(
        "The server data in " + path + " is in use by the process with pid " + pid
            + ". Stop that process, or choose another directory");
  }

  /** A pid alone would name an innocent after a restart of a container, where the same pids come again. */
  private static String thisProcess() {
    ProcessHandle self = ProcessHandle.current();
    return self.pid() + " started " + self.info().startInstant().orElse(Instant.EPOCH);
  }

  private String readOrCreatePassword() throws IOException {
    Path file = path.resolve("password");
    if (Files.exists(file)) {
      String kept = Files.readString(file).strip();
      if (!kept.isEmpty()) {
        return kept;
      }
    }
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String created = HexFormat.of().formatHex(random);
    writePrivate("password", List.of(created));
    return created;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  String password() {
    return password;
  }

  /** Writes a file that only its owner can read. */
  Path writePrivate(String name, List<String> lines) throws IOException {
    Path file = path.resolve(name);
    Path aside = Files.createTempFile(path, name, ""); // temporary files are private from the start
    Files.write(aside, lines);
    Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    return file;
  }

  /** The port of the run before, if there was one. */
  OptionalInt lastPort() {
    try {
      Path file = path.resolve("port");
      return Files.exists(file)
          ? OptionalInt.of(Integer.parseInt(Files.readString(file).strip()))
          : OptionalInt.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** Chooses the port of the run before if it is free, so that clients find a restarted server; else any free one. */
  int choosePort() throws IOException {
    OptionalInt last = lastPort();
    int port =
        last.isPresent() && FreePort.isFree(last.getAsInt()) ? last.getAsInt() : anyFreePort();
    Files.writeString(path.resolve("port"), Integer.toString(port));
    return port;
  }

  private static int anyFreePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The last lines that the server wrote, for a message. */
  String endOfLog() {
    try {
      Path log = path.resolve("server.log");
      if (!Files.exists(log)) {
        return "(nothing logged)";
      }
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    } catch (IOException e) {
      return "(log unreadable: " + e.getMessage() + ")";
    }
  }

  /** Lets this run begin a new log; the one before is kept beside it. */
  Path newLog() throws IOException {
    Path log = path.resolve("server.log");
    if (Files.exists(log)) {
      Files.move(log, path.resolve("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
    return log;
  }

  /** Lets go of the directory. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(path.resolve("holder"));
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot let go of " + path, e);
    }
  }
}
