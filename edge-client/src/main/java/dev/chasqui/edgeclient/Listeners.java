package dev.chasqui.edgeclient;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Listeners of one kind of event, in the order they came. Safe for any number of threads. */
final class Listeners<E> {
  private static final System.Logger LOG = System.getLogger(Listeners.class.getName());

  private final String owner;
  private final List<Place<E>> places = new CopyOnWriteArrayList<>();

  /** {@code owner} is named in the log. */
  Listeners(String owner) {
    this.owner = owner;
  }

  Subscription add(Consumer<? super E> listener) {
    Place<E> place = new Place<>(listener);
    places.add(place);
    return () -> {
      place.closed = true;
      places.remove(place);
    };
  }

  /** Calls each; what one throws is logged and does not keep the event from the next. */
  void tell(E event) {
    for (Place<E> place : places) {
      if (place.closed) {
        continue;
      }
      try {
        place.listener.accept(event);
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.ERROR, owner + ": a listener failed on " + event, e);
      }
    }
  }

  private static final class Place<E> {
    final Consumer<? super E> listener;
    volatile boolean closed;

    Place(Consumer<? super E> listener) {
      this.listener = listener;
    }
  }
}
