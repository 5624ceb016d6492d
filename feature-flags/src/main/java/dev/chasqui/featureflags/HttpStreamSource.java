package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.Backoff;
import dev.chasqui.featureflags.internal.UntilClosed;
import dev.chasqui.featureflags.internal.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Flags that a server sends as they change, over one connection (SPEC.md, 6.2 and 6.3). What was missed is asked for anew; flags
 * that are killed overtake all else.
 *
 * <p>A connection over which nothing comes for {@link Builder#silence} is taken for dead. After that, or a failure, it waits as
 * {@link HttpSourceBuilder#backoff} says, and at least as long as {@code Retry-After} does, before it connects again.
 */
public final class HttpStreamSource implements FlagSource {
  private static final int MOST_GAPS = 2;
  private static final int LONGEST_ID = 256;

  private final URI uri;
  private final @Nullable URI pollUri;
  private final Duration pollEvery;
  private final Duration silence;
  private final Duration steady;
  private final HttpCalls calls;
  private final SplittableRandom random = new SplittableRandom();
  private final Backoff backoff;
  private final UntilClosed listener = new UntilClosed();
  private final Worker worker = new Worker("chasqui-flags-stream", this::follow);

  // All from here on is the worker's.
  private @Nullable FlagDocument held;
  /** As the server gave it, which knows its documents by more than a number. */
  private String heldId = "";

  private int gaps; // without a document in between

  private HttpStreamSource(Builder builder) {
    uri = builder.uri;
    pollUri = builder.pollUri;
    pollEvery = builder.pollEvery;
    silence = builder.silence;
    steady = builder.longestBackoff;
    calls = builder.calls();
    backoff = new Backoff(builder.firstBackoff, builder.longestBackoff, random);
  }

  /** Connects to this URI. */
  public static HttpStreamSource of(URI uri) {
    return builder(uri).build();
  }

  /**
   * Returns a builder.
   *
   * @throws IllegalArgumentException if the URI is not of HTTP
   */
  public static Builder builder(URI uri) {
    return new Builder(uri);
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
    calls.close();
  }

  private void follow() throws InterruptedException {
    HttpPoll poll = pollUri == null ? null : new HttpPoll(calls, pollUri, new Polled());
    while (true) {
      Duration wait;
      try {
        wait = connect();
      } catch (HttpRefusal e) {
        wait = e.status() == 404 || e.status() == 405 || e.status() == 406 ? poll(poll) : null;
        if (wait == null) {
          wait = failed(e);
          wait = e.retryAfter().compareTo(wait) > 0 ? e.retryAfter() : wait;
        }
      } catch (IOException | RuntimeException e) {
        wait = failed(e);
      }
      worker.pause(wait);
    }
  }

  private Duration failed(Exception e) {
    listener.outOfTouch(String.valueOf(e.getMessage()));
    return backoff.failed();
  }

  /** Returns how long to wait; null if that has not worked either. */
  private @Nullable Duration poll(@Nullable HttpPoll poll) throws InterruptedException {
    if (poll == null) {
      return null;
    }
    try {
      poll.ask();
      backoff.succeeded();
      return HttpPollSource.jittered(pollEvery, random);
    } catch (IOException | RuntimeException e) {
      return failed(e);
    }
  }

  /** Follows one connection until something was missed. Returns how long to wait before the next. */
  private Duration connect() throws IOException, InterruptedException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept", "text/event-stream");
    headers.put("Cache-Control", "no-store");
    if (held != null && held.revision() > 0 && gaps < MOST_GAPS) {
      headers.put("Last-Event-ID", heldId);
    }
    HttpResponse<ByteStream> answer = calls.get(uri, headers);
    if (answer.statusCode() != 200) {
      throw HttpCalls.refusal(answer, "answers " + answer.statusCode());
    }
    String type = answer.headers().firstValue("Content-Type").orElse("nothing");
    if (!type.startsWith("text/event-stream")) {
      throw HttpCalls.refusal(answer, "answers no events but " + type);
    }
    long since = System.nanoTime();
    try {
      receive(answer.body());
    } catch (IOException e) {
      throw new IOException(HttpCalls.shown(uri) + ": " + e.getMessage(), e);
    } finally {
      if (System.nanoTime() - since > steady.toNanos()) {
        backoff.succeeded(); // else a server that ends each connection would be asked all the time
      }
      answer.body().cancel();
    }
    gaps++;
    listener.outOfTouch(HttpCalls.shown(uri) + ": something was missed, and is asked for");
    return backoff.failed();
  }

  /** Returns when something was missed. */
  private void receive(ByteStream body) throws IOException, InterruptedException {
    EventParser parser = new EventParser(calls.mostBytes());
    boolean answered = false;
    List<EventParser.Event> events = new ArrayList<>();
    while (true) {
      List<ByteBuffer> buffers = body.next(silence);
      if (buffers == null) {
        throw new IOException("the server has ended the connection");
      }
      events.clear();
      for (ByteBuffer buffer : buffers) {
        parser.read(buffer, events::add);
      }
      for (EventParser.Event event : events) {
        Step step = take(event, !answered);
        if (step == Step.MISSED) {
          return;
        }
        answered |= step == Step.ANSWERED;
      }
      if (events.isEmpty() && answered) {
        listener.inTouch(); // it was a comment
      }
    }
  }

  private enum Step {
    ANSWERED,
    /** Neither here nor there. */
    ASIDE,
    MISSED
  }

  /** What an event comes to. */
  private Step take(EventParser.Event received, boolean first) throws IOException {
    StreamEvent event;
    try {
      event = StreamEvent.read(received);
    } catch (FlagFormatException e) {
      throw new IOException("event " + received.type() + " is wrong: " + e.getMessage(), e);
    }
    long has = held == null ? -1 : held.revision();
    if (event instanceof StreamEvent.Whole whole) {
      if (first || whole.document().revision() > has) {
        hold(whole.document(), received.id());
      }
      return Step.ANSWERED;
    } else if (event instanceof StreamEvent.Change change) {
      if (held != null && change.from() == has && change.revision() > has) {
        hold(held.with(change.flags(), change.revision()), received.id());
        return Step.ANSWERED;
      }
      return held != null && change.revision() <= has ? Step.ASIDE : Step.MISSED;
    } else if (event instanceof StreamEvent.Kill kill) {
      if (kill.revision() > has) {
        listener.killed(kill.keys(), kill.revision());
      }
      return Step.ASIDE;
    } else if (event instanceof StreamEvent.Current current) {
      if (current.revision() != has) {
        return Step.MISSED;
      }
      gaps = 0;
      listener.inTouch();
      return Step.ANSWERED;
    }
    return Step.ASIDE; // of a server that is newer than we are
  }

  /** {@code id} is empty if the server gave none; one that cannot be sent back is none. */
  private void hold(FlagDocument document, String id) {
    held = document;
    heldId = isHeader(id) ? id : Long.toString(document.revision());
    gaps = 0;
    listener.loaded(document);
  }

  private static boolean isHeader(String id) {
    return !id.isEmpty()
        && id.length() <= LONGEST_ID
        && id.chars().allMatch(c -> c > ' ' && c <= '~');
  }

  /** What was polled is where the stream goes on. */
  private final class Polled implements Listener {
    @Override
    public void loaded(FlagDocument document) {
      hold(document, "");
    }

    @Override
    public void killed(Set<String> keys, long revision) {
      listener.killed(keys, revision);
    }

    @Override
    public void inTouch() {
      listener.inTouch();
    }

    @Override
    public void outOfTouch(String why) {
      listener.outOfTouch(why);
    }
  }

  @Override
  public String toString() {
    return "HttpStreamSource[" + HttpCalls.shown(uri) + "]";
  }

  /** What an {@link HttpStreamSource} is made of. */
  public static final class Builder extends HttpSourceBuilder<Builder> {
    private Duration silence = Duration.ofSeconds(45);
    private @Nullable URI pollUri;
    private Duration pollEvery = Duration.ofSeconds(30);

    private Builder(URI uri) {
      super(uri);
    }

    @Override
    Builder self() {
      return this;
    }

    /** How long a connection may be silent before it is taken for dead; 45 seconds if not given. */
    public Builder silence(Duration silence) {
      this.silence = positive("silence", silence);
      return this;
    }

    /**
     * Where to poll while the server has no stream (404, 405 or 406), such as behind a proxy that knows none. The stream is tried
     * again before each poll. If not given, there is no polling.
     *
     * @param every how often to ask, a tenth more or less
     * @throws IllegalArgumentException if the URI is not of HTTP
     */
    public Builder pollAt(URI uri, Duration every) {
      this.pollUri = checked(uri);
      this.pollEvery = positive("every", every);
      return this;
    }

    /** Makes it. */
    public HttpStreamSource build() {
      return new HttpStreamSource(this);
    }
  }
}
