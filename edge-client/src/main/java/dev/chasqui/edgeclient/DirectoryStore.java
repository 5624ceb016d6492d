package dev.chasqui.edgeclient;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Two files that are written in turn, so that a good one is there at every moment; the one with the higher sequence
 * number counts. A file is written aside, forced to the disk, and then renamed over the older one.
 *
 * <p>Used by one thread at a time, the client's.
 */
final class DirectoryStore extends EdgeStore {
  private static final System.Logger LOG = System.getLogger(DirectoryStore.class.getName());

  private final Path directory;
  private String device = "";
  private @Nullable FileChannel lock;
  private long sequence;
  private Path newest;
  private Path oldest;

  DirectoryStore(Path directory) {
    this.directory = directory;
    this.newest = directory.resolve("profiles-a");
    this.oldest = directory.resolve("profiles-b");
  }

  @Override
  Stored open(String owner) throws IOException {
    Files.createDirectories(directory);
    lock = lock();
    device = owner;
    try {
      return readNewest();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private Stored readNewest() throws IOException {
    StoreFile a = readOrSetAside(newest);
    StoreFile b = readOrSetAside(oldest);
    if (b != null && (a == null || b.sequence() > a.sequence())) {
      turn();
      a = b;
    }
    sequence = a == null ? 0 : a.sequence();
    return a == null ? Stored.NOTHING : a.stored();
  }

  private FileChannel lock() throws IOException {
    FileChannel channel = FileChannel.open(
        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock taken = null;
    try {
      taken = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // by this very process
    } finally {
      if (taken == null) {
        channel.close();
      }
    }
    if (taken == null) {
      throw new IllegalStateException("store " + directory + " is in use by another client");
    }
    return channel;
  }

  private @Nullable StoreFile readOrSetAside(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    }
    try {
      return StoreFile.read(new String(bytes, UTF_8), device);
    } catch (IllegalArgumentException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".corrupt");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.log(
          System.Logger.Level.ERROR,
          "store file " + file + " is set aside as " + aside.getFileName() + ": " + e.getMessage());
      return null;
    }
  }

  private void turn() {
    Path turned = newest;
    newest = oldest;
    oldest = turned;
  }

  @Override
  void save(Stored stored) throws IOException {
    Path aside = directory.resolve("profiles.tmp");
    writeForced(aside, new StoreFile(sequence + 1, stored).write(device).getBytes(UTF_8));
    Files.move(aside, oldest, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceDirectory();
    sequence++;
    turn();
  }

  private static void writeForced(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      for (ByteBuffer buffer = ByteBuffer.wrap(content); buffer.hasRemaining(); ) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /** Makes the renaming last. */
  private void forceDirectory() throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(directory, StandardOpenOption.READ);
    } catch (IOException e) {
      return; // Windows opens no directories, and needs no forcing
    }
    try (channel) {
      channel.force(true);
    }
  }

  @Override
  void close() {
    FileChannel held = lock;
    lock = null;
    if (held == null) {
      return;
    }
    try {
      held.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "lock of store " + directory + " was not released", e);
    }
  }
}
