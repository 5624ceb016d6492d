package dev.chasqui.featureflags;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, piece by piece as it comes. A piece is asked for when the one before has been taken, so at most one is
 * held. Unlike with the JDK's stream, whoever waits for one can tell how long.
 *
 * <p><b>Threads:</b> one takes.
 */
final class ByteStream implements BodySubscriber<ByteStream> {
  private sealed interface Part {
    record Bytes(List<ByteBuffer> buffers) implements Part {}

    record End(@Nullable Throwable failure) implements Part {}
  }

  private final LinkedBlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private volatile Flow.@Nullable Subscription subscription;

  @Override
  public CompletionStage<ByteStream> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription subscribed) {
    subscription = subscribed;
    subscribed.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    parts.add(new Part.Bytes(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    parts.add(new Part.End(failure));
  }

  @Override
  public void onComplete() {
    parts.add(new Part.End(null));
  }

  /**
   * The next piece; null when there are no more.
   *
   * @throws IOException if the connection broke, or nothing has come for so long
   */
  @Nullable
  List<ByteBuffer> next(Duration atMost) throws IOException, InterruptedException {
    Part part = parts.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
    if (part instanceof Part.Bytes bytes) {
      Flow.Subscription asking = subscription;
      if (asking != null) {
        asking.request(1);
      }
      return bytes.buffers();
    } else if (part instanceof Part.End end) {
      parts.add(end); // it stays at its end
      if (end.failure() != null) {
        throw new IOException("the connection broke: " + end.failure().getMessage(), end.failure());
      }
      return null;
    }
    throw new HttpTimeoutException("nothing came for " + atMost);
  }

  /** Ends the connection, unless it is at its end. */
  void cancel() {
    Flow.Subscription ending = subscription;
    if (ending != null) {
      ending.cancel();
    }
  }
}
