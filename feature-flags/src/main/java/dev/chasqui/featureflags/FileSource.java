package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.UntilClosed;
import dev.chasqui.featureflags.internal.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A document in a file, in UTF-8, which is followed: whether it is written anew in place, replaced by a rename, or, as Kubernetes
 * does with a ConfigMap, reached by a symbolic link that is turned elsewhere.
 *
 * <p>The system tells of changes in the file's directory; where it cannot, and for changes that it does not tell of, the file is
 * read now and then. A file that is missing or half written is none: what was loaded stays, and the provider is told.
 */
public final class FileSource implements FlagSource {
  private static final System.Logger LOG = System.getLogger(FileSource.class.getName());
  private static final Duration CHECK = Duration.ofSeconds(5);
  /** What changes at once, such as by many writes, is read once. */
  private static final Duration SETTLE = Duration.ofMillis(10);

  private static final int MOST_BYTES = 64 << 20;

  private final Path file;
  private final Path directory;
  private final Duration checkEvery;
  private final UntilClosed listener = new UntilClosed();
  private final Worker worker = new Worker("chasqui-flags-file", this::follow);
  private @Nullable String loaded; // what tells it apart; the worker's
  private boolean warned; // the worker's

  /** This file, which is also read every 5 seconds. It need not be there yet. */
  public FileSource(Path file) {
    this(file, CHECK);
  }

  /**
   * This file, which need not be there yet.
   *
   * @param checkEvery how often it is read even if nobody tells of a change, positive
   */
  public FileSource(Path file, Duration checkEvery) {
    if (checkEvery.isNegative() || checkEvery.isZero()) {
      throw new IllegalArgumentException("checkEvery must be positive, was " + checkEvery);
    }
    this.file = file.toAbsolutePath();
    Path parent = this.file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("file must be a file, was " + file);
    }
    this.directory = parent;
    this.checkEvery = checkEvery;
  }

  @Override
  public void open(Listener opening) {
    listener.open(opening);
    worker.start();
  }

  @Override
  public void close() {
    listener.close();
    worker.close();
  }

  private void follow() throws InterruptedException {
    try (WatchService watch = newWatch()) {
      while (true) {
        if (watch != null && register(watch)) { // each time: it may be another directory now
          check();
          awaitChange(watch);
        } else {
          check();
          worker.pause(checkEvery);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "A watch on " + directory + " did not end in order", e);
    } catch (ClosedWatchServiceException e) {
      LOG.log(System.Logger.Level.ERROR, "The watch on " + directory + " has ended", e);
    }
  }

  private @Nullable WatchService newWatch() {
    try {
      return directory.getFileSystem().newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      warn(e);
      return null;
    }
  }

  private boolean register(WatchService watch) {
    try {
      directory.register(
          watch,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      return true;
    } catch (NoSuchFileException e) {
      return false; // it may come
    } catch (IOException e) {
      warn(e);
      return false;
    }
  }

  private void warn(Exception e) {
    if (!warned) {
      warned = true;
      LOG.log(
          System.Logger.Level.WARNING,
          directory + " cannot be watched; " + file + " is read every " + checkEvery,
          e);
    }
  }

  private void awaitChange(WatchService watch) throws InterruptedException {
    WatchKey key = watch.poll(checkEvery.toNanos(), TimeUnit.NANOSECONDS);
    if (key == null) {
      return;
    }
    worker.pause(SETTLE);
    for (WatchKey next = key; next != null; next = watch.poll()) {
      next.pollEvents();
      next.reset(); // if it cannot, its directory is gone: the next look registers again
    }
  }

  private void check() {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (NoSuchFileException e) {
      listener.outOfTouch(file + " does not exist");
      return;
    } catch (IOException e) {
      listener.outOfTouch(file + " cannot be read: " + e);
      return;
    }
    if (bytes.length > MOST_BYTES) {
      listener.outOfTouch(file + " has more than " + MOST_BYTES + " bytes");
      return;
    }
    String content = Sha256.of(bytes);
    if (content.equals(loaded)) {
      listener.inTouch();
      return;
    }
    FlagDocument document;
    try {
      document = FlagDocument.parse(bytes);
    } catch (FlagFormatException e) {
      listener.outOfTouch(file + " is no flag document: " + e.getMessage());
      return;
    }
    loaded = content;
    listener.loaded(document);
  }

  @Override
  public String toString() {
    return "FileSource[" + file + "]";
  }
}
