package dev.chasqui.edgeclient;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * WebSockets of the JDK. Give one to many clients and they share its threads: the number named, plus the JDK's
 * selector thread.
 *
 * <p>Close it after its clients. The JDK ends the selector thread by itself some time after the transport is no longer
 * referred to.
 */
public final class JdkTransport implements Transport, AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final ExecutorService executor;
  private final HttpClient http;

  /** A transport with one thread, enough for a device. */
  public JdkTransport() {
    this(1);
  }

  /** A transport with {@code threads} threads, at least 1. */
  public JdkTransport(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, was " + threads);
    }
    AtomicInteger count = new AtomicInteger();
    // the JDK's own choice would be a pool without bound
    this.executor = Executors.newFixedThreadPool(threads, task -> {
      Thread thread = new Thread(task, "chasqui-edge-transport-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    });
    this.http = HttpClient.newBuilder()
        .executor(executor)
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  @Override
  public CompletionStage<Stream> open(
      URI uri, Duration timeout, int messageLimit, Receiver receiver) {
    JdkStream stream = new JdkStream(receiver, messageLimit);
    return http.newWebSocketBuilder()
        .subprotocols(SUBPROTOCOL)
        .connectTimeout(timeout)
        .buildAsync(uri, stream)
        .handle((webSocket, failure) -> {
          if (failure != null) {
            throw new CompletionException(explained(failure));
          }
          if (!webSocket.getSubprotocol().equals(SUBPROTOCOL)) {
            webSocket.abort();
            throw new CompletionException(
                new IOException("the server at " + uri + " does not speak " + SUBPROTOCOL));
          }
          return stream.on(webSocket);
        });
  }

  private static Throwable explained(Throwable failure) {
    Throwable cause = unwrapped(failure);
    if (!(cause instanceof WebSocketHandshakeException handshake)) {
      return cause;
    }
    HttpResponse<?> response = handshake.getResponse();
    if (response == null || response.statusCode() == 101) {
      return new IOException("no WebSocket: " + cause.getMessage(), cause);
    }
    return new RefusedException(
        response.statusCode(),
        response.headers().firstValue("Retry-After").map(JdkTransport::seconds).orElse(null));
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** Null for a date: devices without a battery do not know the time. */
  private static @Nullable Duration seconds(String retryAfter) {
    try {
      long seconds = Long.parseLong(retryAfter.strip());
      return seconds < 0 ? null : Duration.ofSeconds(seconds);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Ends the threads. Streams that are still open no longer deliver anything. */
  @Override
  public void close() {
    executor.shutdown();
  }

  private static final class JdkStream implements Stream, WebSocket.Listener {
    private final Receiver receiver;
    private final int messageLimit;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    /** Of a message that comes in parts, those so far. Only the JDK's one caller at a time is here. */
    private final StringBuilder parts = new StringBuilder();

    private int bytes;
    private volatile @Nullable WebSocket webSocket;
    private volatile boolean closing;

    JdkStream(Receiver receiver, int messageLimit) {
      this.receiver = receiver;
      this.messageLimit = messageLimit;
    }

    JdkStream on(WebSocket opened) {
      webSocket = opened;
      return this;
    }

    private WebSocket webSocket() {
      return Objects.requireNonNull(webSocket, "used before it was opened");
    }

    @Override
    public void next() {
      webSocket().request(1);
    }

    @Override
    public CompletionStage<?> send(String text) {
      return webSocket().sendText(text, true);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // its failure is handled
    public CompletionStage<?> close(int code, String reason) {
      closing = true;
      WebSocket closed = webSocket();
      closed.sendClose(code, reason).whenComplete((sent, failure) -> {
        if (failure != null) {
          abort();
        }
      });
      closed.request(1); // the answer is a message too
      CompletableFuture.delayedExecutor(
              CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
          .execute(this::abort);
      return gone;
    }

    @Override
    public void abort() {
      webSocket().abort();
      gone.complete(null);
    }

    @Override
    public void onOpen(WebSocket opened) {
      webSocket = opened; // and no request: the first message waits for next()
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      if (closing) {
        from.request(1);
        return null;
      }
      bytes += Utf8.length(data);
      if (bytes > messageLimit) {
        parts.setLength(0);
        parts.trimToSize();
        end("a message was larger than " + messageLimit + " bytes");
        close(TOO_LARGE, "message too large");
        return null;
      }
      if (!last) {
        parts.append(data);
        from.request(1);
        return null;
      }
      String text = parts.isEmpty() ? data.toString() : parts.append(data).toString();
      parts.setLength(0);
      bytes = 0;
      receiver.message(text);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      if (closing) {
        from.request(1);
      } else {
        end("a binary message came, only text belongs here");
        close(BAD_MESSAGE, "text messages only");
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
      receiver.alive(); // the JDK answers with a pong
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
      receiver.alive();
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      end("the gateway closed with " + code + (reason.isEmpty() ? "" : ' ' + reason));
      gone.complete(null);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      end("the connection broke: " + error);
      abort();
    }

    private void end(String why) {
      if (ended.compareAndSet(false, true) && !closing) {
        receiver.ended(why);
      }
    }
  }
}
