package dev.chasqui.featureflags;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one server. What it says of them names no header's value and no query: they may be secret.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class HttpCalls implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

  private final HttpClient client;
  private final @Nullable ExecutorService executor;
  private final Map<String, Supplier<String>> headers;
  private final Duration timeout;
  private final int mostBytes;

  HttpCalls(
      @Nullable HttpClient client,
      Map<String, Supplier<String>> headers,
      Duration timeout,
      int mostBytes) {
    if (client == null) {
      ThreadPoolExecutor threads = new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), HttpCalls::thread);
      executor = threads;
      this.client = HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER) // it would take the headers along
          .executor(threads)
          .build();
    } else {
      executor = null;
      this.client = client;
    }
    this.headers = Map.copyOf(headers);
    this.timeout = timeout;
    this.mostBytes = mostBytes;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "chasqui-flags-http");
    thread.setDaemon(true);
    return thread;
  }

  /** Bytes of a body, or an event, that are read at most. */
  int mostBytes() {
    return mostBytes;
  }

  /**
   * Asks, and waits for the head of the answer. Whoever gets it reads its body to the end, or cancels it.
   *
   * @throws IOException that names the URI, if no answer comes in time
   */
  HttpResponse<ByteStream> get(URI uri, Map<String, String> moreHeaders)
      throws IOException, InterruptedException {
    ByteStream body = new ByteStream();
    CompletableFuture<HttpResponse<ByteStream>> answer =
        client.sendAsync(request(uri, moreHeaders), head -> body);
    try {
      // No timeout of the request's own: from JDK 26 on that would end a stream too.
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String message = cause.getMessage();
      throw new IOException(
          shown(uri) + ": " + cause.getClass().getSimpleName()
              + (message == null ? "" : " (" + message + ")"),
          cause);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException(shown(uri) + " has not answered within " + timeout);
    } finally {
      if (!answer.isDone()) {
        answer.cancel(true);
        body.cancel();
      }
    }
  }

  private HttpRequest request(URI uri, Map<String, String> moreHeaders) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    moreHeaders.forEach(request::setHeader);
    for (Map.Entry<String, Supplier<String>> header : headers.entrySet()) {
      try {
        request.setHeader(header.getKey(), header.getValue().get());
      } catch (RuntimeException e) { // whose message may have the value
        throw new IOException("header " + header.getKey() + " cannot be sent to " + shown(uri)
            + ": its value is wrong or not to be had (" + e.getClass().getSimpleName() + ")");
      }
    }
    return request.build();
  }

  /**
   * The whole body.
   *
   * @throws IOException that names the URI, if it does not end in time, or is too large
   */
  byte[] body(HttpResponse<ByteStream> answer) throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        List<ByteBuffer> buffers =
            answer.body().next(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        if (buffers == null) {
          return body.toByteArray();
        }
        for (ByteBuffer buffer : buffers) {
          if (body.size() + buffer.remaining() > mostBytes) {
            throw new IOException("answers more than " + mostBytes + " bytes");
          }
          byte[] bytes = new byte[buffer.remaining()];
          buffer.get(bytes);
          body.writeBytes(bytes);
        }
      }
    } catch (HttpTimeoutException e) {
      throw new IOException(shown(answer.uri()) + ": the answer did not end within " + timeout, e);
    } catch (IOException e) {
      throw new IOException(shown(answer.uri()) + ": " + e.getMessage(), e);
    } finally {
      answer.body().cancel();
    }
  }

  /** Gives the answer up, which is not what was asked for. */
  static HttpRefusal refusal(HttpResponse<ByteStream> answer, String problem) {
    answer.body().cancel();
    return new HttpRefusal(
        shown(answer.uri()) + " " + problem,
        answer.statusCode(),
        answer.headers().firstValue("Retry-After").map(HttpCalls::duration).orElse(Duration.ZERO));
  }

  private static Duration duration(String retryAfter) {
    Duration duration;
    try {
      duration = Duration.ofSeconds(Long.parseLong(retryAfter.strip()));
    } catch (NumberFormatException e) {
      try {
        duration = Duration.between(
            Instant.now(),
            ZonedDateTime.parse(retryAfter.strip(), DateTimeFormatter.RFC_1123_DATE_TIME));
      } catch (DateTimeParseException neither) {
        return Duration.ZERO;
      }
    }
    return duration.isNegative()
        ? Duration.ZERO
        : duration.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : duration;
  }

  /** The URI without what may be secret. */
  static String shown(URI uri) {
    return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
        + uri.getPath();
  }

  @Override
  public void close() {
    if (executor != null) {
      executor.shutdown();
    }
  }
}
