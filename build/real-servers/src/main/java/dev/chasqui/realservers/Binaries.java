package dev.chasqui.realservers;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The servers' programs, unpacked once for each user and version. Several JVMs may unpack at the same time: each does
 * it aside and moves its result into place; whoever comes second throws theirs away.
 */
final class Binaries {
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path cache;

  Binaries(Path cache) {
    this.cache = cache;
  }

  /** Uses the user's cache directory, or one below the temporary directory for a user without a writable home. */
  static Binaries ofUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home = xdg == null || xdg.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache")
        : Path.of(xdg);
    try {
      Path cache = Directories.createPrivate(home.resolve("chasqui").resolve("real-servers"));
      if (Files.isWritable(cache)) {
        return new Binaries(cache);
      }
    } catch (IOException e) {
      // No home, or a read-only one.
    }
    return new Binaries(belowTemporaryDirectory());
  }

  private static Path belowTemporaryDirectory() {
    String user = System.getProperty("user.name");
    Path cache = Path.of(System.getProperty("java.io.tmpdir"), "chasqui-real-servers-" + user);
    try {
      Directories.createPrivate(cache);
      Path probe = Files.createTempFile(cache, "owner", "");
      try {
        // Everybody may write here: programs that another user put in place must not run.
        if (!Files.getOwner(probe).equals(Files.getOwner(cache))) {
          throw new RealServerException(
              cache + " belongs to another user; remove it or set XDG_CACHE_HOME");
        }
      } finally {
        Files.delete(probe);
      }
      return cache;
    } catch (IOException e) {
      throw new UncheckedIOException("No place to unpack the servers' programs: tried " + cache, e);
    }
  }

  /** Returns the directory that holds {@code bin/postgres}. */
  Path postgres() {
    return unpacked(Platform.postgresArchive(), Binaries::unpackArchive);
  }

  /** Returns the program {@code redis-server}. */
  Path redis() {
    String name = Platform.isWindows() ? "redis-server.exe" : "redis-server";
    return unpacked(Platform.redisProgram(), (program, directory) -> {
          Path file = directory.resolve(name);
          Files.copy(program, file);
          makeExecutable(file);
        })
        .resolve(name);
  }

  private interface Unpacking {
    void unpack(InputStream resource, Path directory) throws IOException;
  }

  private Path unpacked(String resource, Unpacking unpacking) {
    URL url = Binaries.class.getClassLoader().getResource(resource);
    if (url == null) {
      throw new RealServerException("No server for this platform: the class path has no " + resource
          + ". Give a running server by its URL, or use Docker");
    }
    try {
      URLConnection connection = url.openConnection();
      connection.setUseCaches(
          false); // or the jar stays open, and other readers' entries close with it
      try (InputStream in = connection.getInputStream()) {
        Path target = cache.resolve(resource + "-" + mark(connection));
        return Files.isDirectory(target) ? target : unpack(in, target, unpacking);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack " + resource + " below " + cache, e);
    }
  }

  /** Tells one version of a resource from another; its name does not. */
  private static String mark(URLConnection connection) throws IOException {
    return connection instanceof JarURLConnection jar
        ? Long.toHexString(jar.getJarEntry().getCrc())
        : Long.toHexString(connection.getContentLengthLong());
  }

  private Path unpack(InputStream in, Path target, Unpacking unpacking) throws IOException {
    removeAbandoned();
    Path aside = Files.createTempDirectory(cache, "unpacking");
    try {
      unpacking.unpack(in, aside);
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isDirectory(target)) { // else another JVM was faster
        throw e;
      }
    } finally {
      Directories.delete(aside);
    }
    return target;
  }

  /** What a JVM that was killed while unpacking left. */
  private void removeAbandoned() throws IOException {
    Instant limit = Instant.now().minus(ABANDONED);
    List<Path> left;
    try (Stream<Path> entries = Files.list(cache)) {
      left = entries
          .filter(entry -> entry.getFileName().toString().startsWith("unpacking"))
          .toList();
    }
    for (Path directory : left) {
      if (Files.getLastModifiedTime(directory).toInstant().isBefore(limit)) {
        Directories.delete(directory);
      }
    }
  }

  private static void unpackArchive(InputStream in, Path directory) throws IOException {
    TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in)));
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path file = directory.resolve(entry.getName()).normalize();
      if (!file.startsWith(directory)) {
        throw new IOException("Entry outside of the archive: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(file);
        continue;
      }
      Files.createDirectories(file.resolveSibling(""));
      if (entry.isSymbolicLink()) {
        Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
      } else {
        Files.copy(tar, file);
        if ((entry.getMode() & 0100) != 0) {
          makeExecutable(file);
        }
      }
    }
  }

  private static void makeExecutable(Path file) throws IOException {
    if (!Platform.isWindows()) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
