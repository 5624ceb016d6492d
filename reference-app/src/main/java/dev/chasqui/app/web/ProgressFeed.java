package dev.chasqui.app.web;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * Streams of how changes get on, as server-sent events. Each change is looked at twice a second
 * once, however many watch it. Confined to the one event loop of the server.
 */
final class ProgressFeed {
  private static final int MOST_VIEWERS = 200;
  private static final Duration PERIOD = Duration.ofMillis(500);
  /** A page that still watches then connects anew. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final Vertx vertx;
  private final Workers workers;
  private final Source source;
  private final Map<Long, Feed> feeds = new HashMap<>();
  private int viewers;

  /** What viewers of a change see now, rendered; and whether that was all. Blocks. */
  interface Source {
    Frame look(long revision);
  }

  record Frame(String html, boolean last) {}

  ProgressFeed(Vertx vertx, Workers workers, Source source) {
    this.vertx = vertx;
    this.workers = workers;
    this.source = source;
  }

  void watch(long revision, HttpServerResponse response) {
    if (viewers >= MOST_VIEWERS) {
      throw HttpProblem.of(503, "Busy", "too many watch changes now")
          .withHeader("Retry-After", "10");
    }
    viewers++;
    response.setChunked(true);
    response.putHeader("Content-Type", "text/event-stream");
    response.putHeader("Cache-Control", "no-store");
    response.write("retry: 1000\n\n");
    Feed feed = feeds.computeIfAbsent(revision, Feed::new);
    feed.viewers.add(response);
    long end = vertx.setTimer(LONGEST.toMillis(), timer -> response.end());
    response.endHandler(ended -> leave(feed, response, end));
    response.closeHandler(closed -> leave(feed, response, end));
    response.exceptionHandler(failure -> leave(feed, response, end));
    feed.tick();
  }

  private void leave(Feed feed, HttpServerResponse response, long timer) {
    if (feed.viewers.remove(response)) {
      viewers--;
      vertx.cancelTimer(timer);
      feed.stopIfUnwatched();
    }
  }

  private final class Feed {
    private final long revision;
    private final Set<HttpServerResponse> viewers = new LinkedHashSet<>();
    private final long timer;
    private boolean looking;

    Feed(long revision) {
      this.revision = revision;
      this.timer = vertx.setPeriodic(PERIOD.toMillis(), tick -> tick());
    }

    void tick() {
      if (looking) {
        return;
      }
      looking = true;
      Callable<Frame> look = () -> source.look(revision);
      workers.run(look).onComplete(done -> {
        looking = false;
        if (done.succeeded()) {
          send(done.result());
        }
      });
    }

    private void send(Frame frame) {
      StringBuilder event = new StringBuilder("event: progress\n");
      frame.html().lines().forEach(line -> event.append("data: ").append(line).append('\n'));
      event.append('\n');
      if (frame.last()) {
        event.append("event: settled\ndata: all\n\n");
      }
      for (HttpServerResponse viewer : List.copyOf(viewers)) {
        if (frame.last()) {
          viewer.end(event.toString());
        } else if (!viewer.writeQueueFull()) { // a slow one gets the next
          viewer.write(event.toString());
        }
      }
    }

    void stopIfUnwatched() {
      if (viewers.isEmpty()) {
        vertx.cancelTimer(timer);
        feeds.remove(revision, this);
      }
    }
  }

  void close() {
    for (Feed feed : new ArrayList<>(feeds.values())) {
      List.copyOf(feed.viewers).forEach(HttpServerResponse::end);
    }
  }
}
