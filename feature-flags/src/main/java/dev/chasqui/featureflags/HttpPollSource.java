package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.Backoff;
import dev.chasqui.featureflags.internal.UntilClosed;
import dev.chasqui.featureflags.internal.Worker;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * A document that an HTTP server answers, asked for again and again (SPEC.md, 6.1): from a server of flags, or any that serves
 * files. A server that knows {@code ETag} sends it only when it has changed.
 *
 * <p>After a failure it waits as {@link HttpSourceBuilder#backoff} says, and at least as long as {@code Retry-After} does.
 */
public final class HttpPollSource implements FlagSource {
  private final URI uri;
  private final Duration every;
  private final HttpCalls calls;
  private final SplittableRandom random = new SplittableRandom();
  private final Backoff backoff;
  private final UntilClosed listener = new UntilClosed();
  private final Worker worker = new Worker("chasqui-flags-poll", this::follow);

  private HttpPollSource(Builder builder) {
    uri = builder.uri;
    every = builder.every;
    calls = builder.calls();
    backoff = new Backoff(builder.firstBackoff, builder.longestBackoff, random);
  }

  /** Asks every 30 seconds. */
  public static HttpPollSource of(URI uri) {
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
    HttpPoll poll = new HttpPoll(calls, uri, listener);
    while (true) {
      Duration wait = jittered(every, random);
      try {
        poll.ask();
        backoff.succeeded();
      } catch (IOException | RuntimeException e) {
        listener.outOfTouch(String.valueOf(e.getMessage()));
        wait = backoff.failed();
        if (e instanceof HttpRefusal refusal && refusal.retryAfter().compareTo(wait) > 0) {
          wait = refusal.retryAfter();
        }
      }
      worker.pause(wait);
    }
  }

  /** A tenth more or less, so that clients do not stay in step. */
  static Duration jittered(Duration interval, SplittableRandom random) {
    return Duration.ofNanos((long) (interval.toNanos() * (0.9 + 0.2 * random.nextDouble())));
  }

  @Override
  public String toString() {
    return "HttpPollSource[" + HttpCalls.shown(uri) + "]";
  }

  /** What an {@link HttpPollSource} is made of. */
  public static final class Builder extends HttpSourceBuilder<Builder> {
    private Duration every = Duration.ofSeconds(30);

    private Builder(URI uri) {
      super(uri);
    }

    @Override
    Builder self() {
      return this;
    }

    /** How often to ask, a tenth more or less; 30 seconds if not given. */
    public Builder every(Duration every) {
      this.every = positive("every", every);
      return this;
    }

    /** Makes it. */
    public HttpPollSource build() {
      return new HttpPollSource(this);
    }
  }
}
