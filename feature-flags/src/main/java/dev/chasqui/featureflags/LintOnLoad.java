package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.Worker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks through flags that are new or changed. It does so on a thread of its own, since looking takes about as long as compiling,
 * and neither a start nor a kill may wait for advice.
 *
 * <p><b>Threads:</b> for any number.
 */
final class LintOnLoad implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LintOnLoad.class.getName());

  private final Consumer<? super List<LintFinding>> listener;
  private final InstantSource clock;
  private final Worker worker = new Worker("chasqui-flags-lint", this::lookOnAndOn);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable FlagSet newest; // guarded by lock; null: it was looked through
  private final Set<String> keys =
      new HashSet<>(); // guarded by lock: what has changed since it last looked

  LintOnLoad(Consumer<? super List<LintFinding>> listener, InstantSource clock) {
    this.listener = listener;
    this.clock = clock;
  }

  void start() {
    worker.start();
  }

  /** This set is newest from now on, and these of its flags are new or changed. Returns at once. */
  void look(FlagSet set, Set<String> changedKeys) {
    lock.lock();
    try {
      newest = set;
      keys.addAll(changedKeys);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void lookOnAndOn() throws InterruptedException {
    while (!worker.isClosed()) {
      FlagSet set;
      Set<String> of;
      lock.lock();
      try {
        while (newest == null) {
          long unused = changed.awaitNanos(Duration.ofMinutes(1).toNanos());
        }
        set = newest;
        of = Set.copyOf(keys);
        newest = null;
        keys.clear();
      } finally {
        lock.unlock();
      }
      lookThrough(set, of);
    }
  }

  private void lookThrough(FlagSet set, Set<String> changedKeys) {
    try {
      List<LintFinding> findings = FlagLint.at(clock.instant()).check(set, changedKeys).stream()
          .filter(
              finding -> finding.severity() == LintFinding.Severity.WARNING) // errors are problems
          .toList();
      if (!findings.isEmpty()) {
        listener.accept(findings);
      }
    } catch (RuntimeException | StackOverflowError e) { // the next may be better
      LOG.log(System.Logger.Level.WARNING, "Flags could not be looked through for mistakes", e);
    }
  }

  @Override
  public void close() {
    worker.close();
  }
}
