package dev.chasqui.featureflags;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What sources that ask an HTTP server have in common.
 *
 * @param <B> the builder itself
 */
public abstract sealed class HttpSourceBuilder<B extends HttpSourceBuilder<B>>
    permits HttpPollSource.Builder, HttpStreamSource.Builder {
  final URI uri;
  private final Map<String, Supplier<String>> headers = new LinkedHashMap<>();
  private Duration timeout = Duration.ofSeconds(10);
  private int mostBytes = 32 << 20;
  private @Nullable HttpClient client;
  Duration firstBackoff = Duration.ofMillis(500);
  Duration longestBackoff = Duration.ofSeconds(30);

  HttpSourceBuilder(URI uri) {
    this.uri = checked(uri);
  }

  static URI checked(URI uri) {
    HttpRequest.newBuilder(uri); // refuses what is not HTTP
    return uri;
  }

  abstract B self();

  /**
   * A header to send, such as an authorization. Its value is never logged.
   *
   * @throws IllegalArgumentException if HTTP, or the JDK, does not allow it
   */
  public B header(String name, String value) {
    try {
      HttpRequest.newBuilder().header(name, value);
    } catch (IllegalArgumentException e) { // whose message has the value
      throw new IllegalArgumentException("header " + name + " or its value is not allowed");
    }
    return header(name, () -> value);
  }

  /** As {@link #header(String, String)}, with a value that is asked for each time, such as a token that ends. */
  public B header(String name, Supplier<String> value) {
    headers.put(name, value);
    return self();
  }

  /** How long to wait for an answer; 10 seconds if not given. */
  public B timeout(Duration timeout) {
    this.timeout = positive("timeout", timeout);
    return self();
  }

  /** Bytes of a document that are read at most, at least 1; 32 MiB if not given. */
  public B mostBytes(int mostBytes) {
    if (mostBytes < 1) {
      throw new IllegalArgumentException("mostBytes must be at least 1, was " + mostBytes);
    }
    this.mostBytes = mostBytes;
    return self();
  }

  /**
   * How long to wait, at most, after one failure, and after many; half a second and 30 seconds if not given. The wait is any
   * part of that, by chance, so that not all clients come back at once.
   */
  public B backoff(Duration first, Duration longest) {
    this.firstBackoff = positive("first", first);
    this.longestBackoff = positive("longest", longest);
    return self();
  }

  /** The client to ask with, such as one with a proxy or certificates. If not given there is one that follows no redirects. */
  public B client(HttpClient client) {
    this.client = client;
    return self();
  }

  static Duration positive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive, was " + duration);
    }
    return duration;
  }

  HttpCalls calls() {
    return new HttpCalls(client, headers, timeout, mostBytes);
  }
}
