package dev.chasqui.featureflags.guard;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Another source's documents, with flags that do harm here rolled back or killed until the source has them otherwise than they were
 * when that was found.
 *
 * <p><b>Threads:</b> its listener is called by the other source's thread and by those that look, one at a time: {@code lock} is held
 * meanwhile. The guard's lock may be taken while it is held, never the other way round.
 */
final class GuardedSource implements FlagSource {
  private final FlagSource upstream;
  private final ReleaseGuard guard;

  private final ReentrantLock lock = new ReentrantLock();
  // All from here on is guarded by lock.
  private @Nullable Listener listener;
  private @Nullable FlagDocument newest; // as upstream has it
  private final Map<String, Trip> trips = new HashMap<>();
  private boolean closed;

  /**
   * What a flag is turned into.
   *
   * @param flag as upstream has it: if it is another, the trip is over
   */
  private record Trip(ObjectNode flag, GuardAction action, String harmful, String baseline) {
    JsonNode tripped() {
      return action.applyTo(flag, harmful, baseline);
    }
  }

  GuardedSource(FlagSource upstream, ReleaseGuard guard) {
    this.upstream = upstream;
    this.guard = guard;
  }

  @Override
  public void open(Listener opening) {
    lock.lock();
    try {
      if (listener != null || closed) {
        throw new IllegalStateException(
            "a source is opened once, and not after it was closed: make another one");
      }
      listener = opening;
    } finally {
      lock.unlock();
    }
    upstream.open(new FromUpstream());
  }

  /** Closes the other source too. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    upstream.close();
  }

  /** Acts on this process at once. Does nothing if the flag is not what it was found of. */
  void trip(GuardDecision decision, @Nullable JsonNode flag) {
    lock.lock();
    try {
      if (listener == null
          || closed
          || newest == null
          || !(flag instanceof ObjectNode written)
          || !flag.equals(newest.flag(decision.flag()))) {
        return;
      }
      Trip before = trips.get(decision.flag());
      boolean staysKilled = before != null && before.action() == GuardAction.KILL;
      trips.put(
          decision.flag(),
          new Trip(
              written,
              staysKilled ? GuardAction.KILL : decision.action(),
              decision.variant(),
              decision.evidence().rule().baseline()));
      listener.amended(tripped(newest));
    } finally {
      lock.unlock();
    }
  }

  private FlagDocument tripped(FlagDocument document) {
    Map<String, JsonNode> changes = new HashMap<>();
    trips.forEach((key, trip) -> changes.put(key, trip.tripped()));
    return changes.isEmpty() ? document : document.with(changes, document.revision());
  }

  private final class FromUpstream implements Listener {
    @Override
    public void loaded(FlagDocument document) {
      tell(to -> take(document, to::loaded));
    }

    @Override
    public void amended(FlagDocument document) {
      tell(to -> take(document, to::amended));
    }

    private void take(FlagDocument document, Consumer<FlagDocument> telling) {
      newest = document;
      trips
          .entrySet()
          .removeIf(trip -> !trip.getValue().flag().equals(document.flag(trip.getKey())));
      telling.accept(tripped(document));
      guard.follow(document); // last, so that what it counts from now on is of this document
    }

    @Override
    public void killed(Set<String> keys, long revision) {
      tell(to -> to.killed(keys, revision));
    }

    @Override
    public void inTouch() {
      tell(Listener::inTouch);
    }

    @Override
    public void outOfTouch(String why) {
      tell(to -> to.outOfTouch(why));
    }

    private void tell(Consumer<Listener> what) {
      lock.lock();
      try {
        if (listener != null && !closed) {
          what.accept(listener);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
