package dev.chasqui.app.web;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of a request as a blocking stream, read while it arrives. At most {@link #AHEAD} pieces
 * are held: the connection is read on only as the reader takes them.
 */
final class BodyStream extends InputStream {
  private static final int AHEAD = 8;

  /** What ends the pieces: their end, or a failure. */
  @SuppressWarnings("ArrayRecordComponent") // read once, compared by nobody
  private record Piece(byte[] bytes, boolean last, String failure) {}

  private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>(); // bounded by fetching
  private final HttpServerRequest request;
  private final Context context;
  private final long most;
  private final Duration patience;
  private Piece current = new Piece(new byte[0], false, "");
  private int position;
  private long total;

  /** The sender went away before the end. */
  static final class BrokenOffException extends IOException {
    private static final long serialVersionUID = 1;

    BrokenOffException(String message) {
      super(message);
    }
  }

  /** Call it on the event loop, before the body is read. */
  BodyStream(HttpServerRequest request, Context context, long most, Duration patience) {
    this.request = request;
    this.context = context;
    this.most = most;
    this.patience = patience;
    request.pause();
    request.handler((Buffer buffer) -> pieces.add(new Piece(buffer.getBytes(), false, "")));
    request.endHandler(end -> pieces.add(new Piece(new byte[0], true, "")));
    request.exceptionHandler(
        e -> pieces.add(new Piece(new byte[0], true, "the body broke off: " + e.getMessage())));
    request.fetch(AHEAD);
  }

  @Override
  public int read() throws IOException {
    return fill() ? current.bytes()[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, current.bytes().length - position);
    System.arraycopy(current.bytes(), position, into, offset, count);
    position += count;
    return count;
  }

  /** Whether there is something to read; waits for it. */
  private boolean fill() throws IOException {
    while (position == current.bytes().length && !current.last()) {
      current = next();
      position = 0;
      total += current.bytes().length;
      if (total > most) {
        throw tooLarge(most);
      }
    }
    if (!current.failure().isEmpty()) {
      throw new BrokenOffException(current.failure());
    }
    return position < current.bytes().length;
  }

  private Piece next() throws IOException {
    try {
      Piece piece = pieces.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (piece == null) {
        throw HttpProblem.of(
            408, "Too slow", "no part of the body came for " + patience.toSeconds() + " s");
      }
      if (!piece.last()) {
        context.runOnContext(unused -> {
          if (!request.isEnded()) { // what was fetched ahead may have been the last
            request.fetch(1);
          }
        });
      }
      return piece;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading the body", e);
    }
  }

  static HttpProblem tooLarge(long most) {
    String size = most < 1 << 20 ? (most >> 10) + " KiB" : (most >> 20) + " MiB";
    return HttpProblem.of(413, "Too large", "the body must have at most " + size);
  }
}
