package dev.chasqui.app.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Shows each new change, whoever makes it, on its way to the devices. Lives on one thread. */
final class ChangeWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeWatch.class);
  private static final int AT_ONCE = 20;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final AdminApi api;
  private final Screen screen;
  private final List<Watched> watched = new ArrayList<>(); // the oldest first
  private long seen;

  private record Watched(JsonNode change, long since) {
    String path() {
      return "/changes/" + change.path("revision").asLong();
    }
  }

  ChangeWatch(AdminApi api, Screen screen) {
    this.api = api;
    this.screen = screen;
    this.seen = newest().stream().mapToLong(ChangeWatch::revision).max().orElse(0);
  }

  private static long revision(JsonNode change) {
    return change.path("revision").asLong();
  }

  private List<JsonNode> newest() {
    List<JsonNode> changes = new ArrayList<>();
    api.get("/changes?limit=" + AT_ONCE).path("changes").forEach(changes::add);
    return changes;
  }

  /** Looks once: shows the newest that is on its way live, and those that have arrived as lines. */
  void look() {
    try {
      newest().stream()
          .filter(change -> revision(change) > seen)
          .sorted(Comparator.comparingLong(ChangeWatch::revision))
          .forEach(this::add);
      watched.removeIf(this::showedSettled);
      if (watched.isEmpty()) {
        screen.live("");
      }
    } catch (RuntimeException e) {
      LOG.debug("Cannot look for changes", e); // the server stops, or will be there next time
    }
  }

  private void add(JsonNode change) {
    seen = revision(change);
    watched.add(new Watched(api.get("/changes/" + revision(change)), System.nanoTime()));
  }

  private boolean showedSettled(Watched each) {
    JsonNode progress = api.get(each.path() + "/convergence");
    String line = ConvergenceLine.of(each.change(), progress);
    boolean over =
        ConvergenceLine.isSettled(progress) || System.nanoTime() - each.since() > PATIENCE_NANOS;
    if (over) {
      screen.settle(line);
    } else {
      screen.live(line);
    }
    return over;
  }
}
