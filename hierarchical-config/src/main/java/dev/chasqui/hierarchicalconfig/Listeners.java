package dev.chasqui.hierarchicalconfig;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Those who hear of changes, in the order they came. Safe for any number of threads. */
final class Listeners {
  private static final System.Logger LOG = System.getLogger(Listeners.class.getName());

  private final List<Place> places = new CopyOnWriteArrayList<>();

  Subscription add(Consumer<? super ConfigChange> listener) {
    Place place = new Place(listener);
    places.add(place);
    return place;
  }

  /** Calls each; what one throws is logged and does not keep the change from the next. */
  void tell(ConfigChange change) {
    places.forEach(place -> place.tell(change));
  }

  private final class Place implements Subscription {
    private final Consumer<? super ConfigChange> listener;
    private volatile boolean closed;

    Place(Consumer<? super ConfigChange> listener) {
      this.listener = listener;
    }

    void tell(ConfigChange change) {
      if (closed) {
        return;
      }
      try {
        listener.accept(change);
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.ERROR, "a listener failed on a change of " + change.keys(), e);
      }
    }

    @Override
    public void close() {
      closed = true; // for a change that is being told
      places.remove(this);
    }
  }
}
