package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.Worker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file with the newest flags, for a start without their source. It is either what it was or what it shall be: written aside,
 * forced to the disk, and renamed. A line with a checksum comes first.
 *
 * <p><b>Threads:</b> safe for any number. One of its own writes, and only what is newest when it comes to it.
 */
final class LastGood implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LastGood.class.getName());
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String HEADER = "chasqui-flags 1 ";
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Path file;
  private final Path aside;
  private final Worker worker = new Worker("chasqui-flags-last-good", this::write);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Kept pending; // guarded by lock
  private boolean writing; // guarded by lock
  private boolean closing; // guarded by lock

  LastGood(Path file) {
    this.file = file.toAbsolutePath();
    this.aside = this.file.resolveSibling(
        this.file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
  }

  /**
   * What is kept.
   *
   * @param document as its source gave it
   * @param kills keys that are killed whatever it says, and up to which revision
   */
  record Kept(FlagDocument document, Map<String, Long> kills) {
    Kept {
      kills = Map.copyOf(kills);
    }
  }

  /** What was kept last; null if there is nothing, or it is damaged, which is logged. A damaged file is set aside. */
  @Nullable
  Kept read() {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Flags kept in " + file + " cannot be read", e);
      return null;
    }
    try {
      return parse(new String(bytes, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException | JacksonException e) {
      Path damaged = file.resolveSibling(file.getFileName() + ".damaged");
      LOG.log(
          System.Logger.Level.WARNING,
          "Flags kept in {0} are damaged and not used ({1}); they are set aside as {2}",
          file,
          e.getMessage(),
          damaged);
      try {
        Files.move(file, damaged, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException failure) {
        LOG.log(System.Logger.Level.WARNING, file + " cannot be set aside", failure);
      }
      return null;
    }
  }

  private static Kept parse(String text) {
    int end = text.indexOf('\n');
    if (end < 0 || !text.startsWith(HEADER)) {
      throw new IllegalArgumentException("it does not begin as such a file does");
    }
    String json = text.substring(end + 1);
    if (!text.substring(HEADER.length(), end).equals(checksum(json))) {
      throw new IllegalArgumentException("its checksum is of something else");
    }
    JsonNode node = JSON.readTree(json);
    Map<String, Long> kills = new HashMap<>();
    node.path("killed")
        .properties()
        .forEach(kill -> kills.put(kill.getKey(), kill.getValue().asLong()));
    return new Kept(FlagDocument.of(node.get("document"), node.path("revision").asLong()), kills);
  }

  private static String format(Kept kept) {
    String json = "{\"revision\":" + kept.document().revision() + ",\"killed\":"
        + JSON.writeValueAsString(kept.kills()) + ",\"document\":"
        + kept.document().toJson() + "}";
    return HEADER + checksum(json) + "\n" + json;
  }

  private static String checksum(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Begins to write what is kept. */
  void start() {
    worker.start();
  }

  /** This is newest from now on. Returns at once. */
  void keep(Kept kept) {
    lock.lock();
    try {
      pending = kept;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void write() throws InterruptedException {
    boolean failed = false;
    for (Kept next = next(); next != null; next = next()) {
      try {
        write(format(next));
        if (failed) {
          LOG.log(System.Logger.Level.INFO, "Flags can be kept in {0} again", file);
        }
        failed = false;
      } catch (IOException e) {
        if (!failed) {
          LOG.log(System.Logger.Level.WARNING, "Flags cannot be kept in " + file, e);
        }
        failed = true;
      }
      retryLater(failed ? next : null);
    }
  }

  /** What to write; null when there is nothing more to come. */
  private @Nullable Kept next() throws InterruptedException {
    lock.lock();
    try {
      while (pending == null && !closing) {
        long unused = changed.awaitNanos(Duration.ofMinutes(1).toNanos());
      }
      Kept next = pending;
      pending = null;
      writing = next != null;
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void retryLater(@Nullable Kept failed) throws InterruptedException {
    lock.lock();
    try {
      writing = false;
      changed.signalAll();
      if (failed == null || closing) {
        return;
      }
      long left = RETRY.toNanos();
      while (left > 0 && pending == null && !closing) {
        left = changed.awaitNanos(left);
      }
      if (pending == null) {
        pending = failed;
      }
    } finally {
      lock.unlock();
    }
  }

  private void write(String text) throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    try (FileChannel channel = FileChannel.open(
        aside,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    try {
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    }
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true); // the new name
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "This system does not force directories", e);
      }
    }
  }

  /** Writes what is pending, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
      long left = PATIENCE.toNanos();
      while (left > 0 && (pending != null || writing)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    worker.close();
  }
}
