package dev.chasqui.featureflags.internal;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSource;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells a source's listener, one call at a time, until the source is closed; after that nobody is told.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class UntilClosed implements FlagSource.Listener {
  private final ReentrantLock lock = new ReentrantLock();
  private FlagSource.@Nullable Listener listener; // guarded by lock
  private boolean opened; // guarded by lock
  private boolean closed; // guarded by lock

  /**
   * Whom to tell from now on.
   *
   * @throws IllegalStateException if there was one before, or it is closed
   */
  public void open(FlagSource.Listener opening) {
    lock.lock();
    try {
      if (opened || closed) {
        throw new IllegalStateException(
            "a source is opened once, and not after it was closed: make another one");
      }
      opened = true;
      listener = opening;
    } finally {
      lock.unlock();
    }
  }

  /** Returns when nobody is being told, unless by this thread, and nobody will be. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      listener = null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void loaded(FlagDocument document) {
    lock.lock();
    try {
      if (listener != null) {
        listener.loaded(document);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void killed(Set<String> keys, long revision) {
    lock.lock();
    try {
      if (listener != null) {
        listener.killed(keys, revision);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void inTouch() {
    lock.lock();
    try {
      if (listener != null) {
        listener.inTouch();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void outOfTouch(String why) {
    lock.lock();
    try {
      if (listener != null) {
        listener.outOfTouch(why);
      }
    } finally {
      lock.unlock();
    }
  }
}
