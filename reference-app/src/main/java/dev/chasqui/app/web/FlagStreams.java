package dev.chasqui.app.web;

import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.flags.FlagListener;
import dev.chasqui.app.flags.FlagSnapshot;
import dev.chasqui.featureflags.ofrep.Ofrep;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Streams of flags: those of feature-flags' SPEC.md, 6.2, and OFREP's events. An event is written once, and given to all.
 *
 * <p>A client whose connection does not take what is written gets nothing more until it does, and then, after what was killed
 * meanwhile, the whole newest document: what waits for it is at most that. Confined to the one event loop of the server, which
 * {@link FlagHub} tells by way of {@link Context#runOnContext}.
 */
final class FlagStreams implements FlagListener {
  private static final int MOST_WAITING = 64 << 10;
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Buffer BEAT = Buffer.buffer(":\n\n");

  private final Context loop;
  private final FlagHub hub;
  private final Workers workers;
  private final Vertx vertx;
  private final Counter skipped;
  private final Timer sent;
  private final Timer killSent;
  private final int mostOfEach;
  private final AtomicInteger followers = new AtomicInteger();
  private final AtomicInteger watchers = new AtomicInteger();
  private final Map<String, Channel> channels = new HashMap<>(); // by set
  private final long heartbeat;

  /** {@code mostOfEach} bounds those who take flags, and, apart from them, those who take OFREP's events: browsers, in any number. */
  FlagStreams(
      Vertx vertx,
      Context loop,
      FlagHub hub,
      Workers workers,
      MeterRegistry meters,
      int mostOfEach) {
    this.mostOfEach = mostOfEach;
    this.vertx = vertx;
    this.loop = loop;
    this.hub = hub;
    this.workers = workers;
    this.skipped = Counter.builder("chasqui.flags.skipped")
        .description("Events left out for clients that were too slow; they get the whole document")
        .register(meters);
    this.sent = Timer.builder("chasqui.flags.sent")
        .description("From the commit of flags until they are written to all clients of this node")
        .publishPercentileHistogram()
        .register(meters);
    this.killSent = Timer.builder("chasqui.flags.kill.sent")
        .description(
            "From this node's knowing of a kill until it is written to all clients of this node")
        .publishPercentileHistogram()
        .register(meters);
    gauge(meters, "flags", followers);
    gauge(meters, "ofrep", watchers);
    this.heartbeat = vertx.setPeriodic(HEARTBEAT.toMillis(), beat -> beat());
    hub.add(this);
  }

  private static void gauge(MeterRegistry meters, String of, AtomicInteger count) {
    Gauge.builder("chasqui.flags.clients", count, AtomicInteger::get)
        .description("Streams of flags, or of OFREP's events, that are open")
        .tag("of", of)
        .register(meters);
  }

  private static final class Channel {
    private final Set<Follower> followers = new LinkedHashSet<>();
    private final Set<Watcher> watchers = new LinkedHashSet<>();
    private String version = ""; // that watchers know
    private String event = "";
  }

  /** A connection that takes flags. */
  private final class Follower {
    private final HttpServerResponse response;
    private final String set;
    private long revision;
    private String id = "";
    private boolean isBehind;

    Follower(HttpServerResponse response, String set) {
      this.response = response;
      this.set = set;
    }

    void take(FlagSnapshot now, String event) {
      if (response.writeQueueFull()) {
        isBehind = true;
        skipped.increment();
      } else {
        movedTo(now);
        response.write(event);
      }
    }

    void kill(String event) {
      if (response.writeQueueFull()) {
        isBehind = true; // what is killed is said first when it takes something again
      } else {
        response.write(event);
      }
    }

    void catchUp() {
      Optional<FlagSnapshot> now = hub.find(set);
      if (isBehind && now.isPresent()) {
        isBehind = false;
        now.get().killEvent().ifPresent(response::write);
        movedTo(now.get());
        response.write(now.get().wholeEvent());
      }
    }

    private void movedTo(FlagSnapshot now) {
      revision = now.revision();
      id = now.id();
    }
  }

  /** A connection that takes OFREP's events. */
  private static final class Watcher {
    private final HttpServerResponse response;
    private boolean isBehind;

    Watcher(HttpServerResponse response) {
      this.response = response;
    }

    void take(String event) {
      isBehind = response.writeQueueFull();
      if (!isBehind) {
        response.write(event);
      }
    }
  }

  /** Sends flags from here on, by what {@code Last-Event-ID} says the client has. */
  void follow(Ask ask, HttpServerResponse response) {
    String set = ask.path("set");
    String has = ask.header("Last-Event-ID").orElse("").strip();
    ready(set, has, followers, response, now -> {
      Follower follower = new Follower(response, set);
      Channel channel = channel(set);
      begin(response, followers, () -> channel.followers.remove(follower));
      channel.followers.add(follower);
      response.drainHandler(drained -> follower.catchUp());
      follower.movedTo(now);
      now.killEvent().ifPresent(response::write);
      response.write(
          has.equals(now.id())
              ? now.currentEvent()
              : now.changeEvent(has).orElseGet(now::wholeEvent));
    });
  }

  /** An id's, which is all of it that a client sends which knows of no marks, or has polled; −1 if it is none. */
  private static long revision(String id) {
    int dash = id.indexOf('-');
    try {
      return Long.parseLong(dash > 0 ? id.substring(0, dash) : id);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private interface Opening {
    void open(FlagSnapshot now);
  }

  /** Opens with what this node has, after a look into PostgreSQL if the client may have something newer, or this node nothing. */
  private void ready(
      String set, String has, AtomicInteger count, HttpServerResponse response, Opening opening) {
    Optional<FlagSnapshot> held = hub.find(set);
    if (count.get() >= mostOfEach) {
      refuse(
          response,
          HttpProblem.of(503, "Busy", "too many clients have such a stream on this node")
              .withHeader("Retry-After", "10"));
    } else if (held.isPresent() && !mayBeNewer(has, held.get())) {
      opening.open(held.get());
    } else {
      workers.run(() -> hub.refresh(set)).onComplete(done -> {
        if (response.closed()) {
          return;
        }
        if (done.failed()) {
          refuse(response, Failures.problem(done.cause()));
        } else {
          opening.open(hub.find(set).orElseGet(done::result)); // it may have moved on
        }
      });
    }
  }

  /** One of the same revision may come from a node that has found out before this one that the database was set back. */
  private static boolean mayBeNewer(String has, FlagSnapshot held) {
    long revision = revision(has);
    return revision > held.revision()
        || (revision == held.revision() && has.indexOf('-') > 0 && !has.equals(held.id()));
  }

  private static void refuse(HttpServerResponse response, HttpProblem problem) {
    Reply reply = Failures.reply(problem);
    response.setStatusCode(reply.status());
    reply.headers().forEach(response::putHeader);
    response.putHeader("Content-Type", reply.contentType());
    response.end(Buffer.buffer(reply.body()));
  }

  private Channel channel(String set) {
    return channels.computeIfAbsent(set, unused -> new Channel());
  }

  private static void begin(HttpServerResponse response, AtomicInteger count, Runnable leave) {
    count.incrementAndGet();
    response.setChunked(true);
    response.setWriteQueueMaxSize(MOST_WAITING);
    response.putHeader("Content-Type", "text/event-stream");
    response.putHeader("Cache-Control", "no-store");
    Runnable once = new Runnable() {
      private boolean done;

      @Override
      public void run() {
        if (!done) {
          done = true;
          count.decrementAndGet();
          leave.run();
        }
      }
    };
    response.endHandler(ended -> once.run());
    response.closeHandler(closed -> once.run());
    response.exceptionHandler(failure -> once.run());
    response.write("retry: 1000\n\n");
  }

  /** Tells an OFREP client when to ask anew; at once if what it has may not be the newest. */
  void watch(String set, Ask ask, HttpServerResponse response) {
    String has = ask.header("Last-Event-ID").orElse("");
    ready(set, "", watchers, response, now -> {
      Watcher watcher = new Watcher(response);
      Channel channel = channel(set);
      begin(response, watchers, () -> channel.watchers.remove(watcher));
      channel.watchers.add(watcher);
      response.drainHandler(drained -> {
        if (watcher.isBehind) {
          watcher.take(channel.event);
        }
      });
      Ofrep ofrep = now.ofrep();
      if (channel.watchers.size() == 1) { // what others know may be older than this
        channel.version = ofrep.version();
        channel.event = ofrep.refetchEvent(now.changedAt());
      }
      if (!has.equals(ofrep.version())) {
        watcher.take(ofrep.refetchEvent(now.changedAt()));
      }
    });
  }

  @Override
  public void killed(FlagSnapshot now, Set<String> keys, long revision, String event) {
    long began = System.nanoTime();
    loop.runOnContext(unused -> {
      Channel channel = channels.get(now.set());
      if (channel != null) {
        List.copyOf(channel.followers).forEach(follower -> follower.kill(event));
        tellWatchers(channel, now);
      }
      killSent.record(Duration.ofNanos(System.nanoTime() - began));
    });
  }

  @Override
  public void changed(FlagSnapshot before, FlagSnapshot now) {
    loop.runOnContext(unused -> {
      Channel channel = channels.get(now.set());
      if (channel != null) {
        for (Follower follower : List.copyOf(channel.followers)) {
          if (follower.revision < now.revision() && !follower.isBehind) {
            follower.take(now, now.changeEvent(follower.id).orElseGet(now::wholeEvent));
          }
        }
        tellWatchers(channel, now);
      }
      Duration took = Duration.between(now.changedAt(), Instant.now());
      sent.record(took.isNegative() ? Duration.ZERO : took); // two clocks
    });
  }

  private static void tellWatchers(Channel channel, FlagSnapshot now) {
    if (channel.watchers.isEmpty()) {
      return;
    }
    Ofrep ofrep = now.ofrep();
    if (!content(ofrep.version()).equals(content(channel.version))) {
      channel.event = ofrep.refetchEvent(now.changedAt());
      List.copyOf(channel.watchers).forEach(watcher -> watcher.take(channel.event));
    }
    channel.version = ofrep.version();
  }

  /** The document of a kill says the same as the kill before it: of a version its content counts. */
  private static String content(String version) {
    return version.substring(version.indexOf('-') + 1);
  }

  @Override
  public void reset(String set) {
    loop.runOnContext(unused -> {
      Channel channel = channels.remove(set);
      if (channel != null) { // clients take whatever the first answer on a new connection says
        end(channel);
      }
    });
  }

  private static void end(Channel channel) {
    List.copyOf(channel.followers).forEach(follower -> follower.response.end());
    List.copyOf(channel.watchers).forEach(watcher -> watcher.response.end());
  }

  private void beat() {
    List<HttpServerResponse> all = new ArrayList<>();
    for (Channel channel : channels.values()) {
      channel.followers.forEach(follower -> all.add(follower.response));
      channel.watchers.forEach(watcher -> all.add(watcher.response));
    }
    for (HttpServerResponse response : all) {
      if (!response.writeQueueFull()) {
        response.write(BEAT);
      }
    }
  }

  /** Ends all streams; clients connect elsewhere. May be called from any thread. */
  void close() {
    hub.remove(this);
    loop.runOnContext(unused -> {
      vertx.cancelTimer(heartbeat);
      new ArrayList<>(channels.values()).forEach(FlagStreams::end);
      channels.clear();
    });
  }
}
