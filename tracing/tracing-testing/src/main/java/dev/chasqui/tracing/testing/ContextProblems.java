package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.testing.internal.ContextWatch;
import dev.chasqui.tracing.testing.internal.ContextWatch.Loss;
import dev.chasqui.tracing.testing.internal.ContextWatch.OpenScope;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What went wrong with the contexts of a test. */
final class ContextProblems implements ContextWatch.Listener {
  /** More of them say nothing new. */
  private static final int MOST = 20;

  private final MarkedIds own;
  private final List<String> allowed;
  private final Set<OpenScope> open = new LinkedHashSet<>(); // guarded by this, as the others
  private final Set<String> found = new LinkedHashSet<>();

  /** @param allowed how classes begin, or their methods, that may hand work over without a context */
  ContextProblems(MarkedIds own, List<String> allowed) {
    this.own = own;
    this.allowed = allowed;
  }

  synchronized void clear() {
    open.clear();
    found.clear();
  }

  synchronized boolean areContextsOpen() {
    return !open.isEmpty();
  }

  /** All of them. */
  synchronized List<String> all() {
    List<String> all = new ArrayList<>(found);
    open.stream()
        .limit(MOST)
        .forEach(scope -> all.add("a context is still current on thread '"
            + scope.thread().getName() + "'\n      made so " + scope.at()));
    return all;
  }

  @Override
  public boolean owns(String traceId) {
    return own.areIn(traceId);
  }

  @Override
  public synchronized void opened(OpenScope scope) {
    open.add(scope);
  }

  @Override
  public synchronized void closed(OpenScope scope, String wrong) {
    if (open.remove(scope) && !wrong.isEmpty()) { // else it is of an earlier test
      add("a context " + wrong + "\n      made current " + scope.at());
    }
  }

  @Override
  public synchronized void lost(Loss loss) {
    String from = loss.handedOver().method().replace('$', '.'); // a nested class is of its outer
    if (allowed.stream().noneMatch(place -> from.startsWith(place.replace('$', '.')))) {
      add("a context was lost on its way to thread '" + loss.thread() + "'\n      handed over "
          + loss.handedOver() + "\n      missed " + loss.missed());
    }
  }

  @Override
  public synchronized void failed(RuntimeException failure) {
    add("contexts could not be watched: " + failure);
  }

  private void add(String problem) {
    if (found.size() < MOST) {
      found.add(problem);
    }
  }
}
