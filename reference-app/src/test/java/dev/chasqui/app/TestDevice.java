package dev.chasqui.app;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A device that speaks the protocol by hand; it can stop reading. */
public final class TestDevice implements AutoCloseable {
  private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
  private final WebSocket socket;
  private volatile boolean reading = true;

  private TestDevice(URI uri) {
    socket = HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .subprotocols("chasqui.v1")
        .connectTimeout(Duration.ofMinutes(1))
        .buildAsync(uri, new Frames())
        .join();
  }

  /** Connects, and says nothing. */
  public static TestDevice connect(InetSocketAddress gateway, String device) {
    return new TestDevice(stream(gateway, device));
  }

  public static URI stream(InetSocketAddress gateway, String device) {
    return URI.create("ws://" + gateway.getHostString() + ':' + gateway.getPort() + "/v1/devices/"
        + device + "/stream");
  }

  /** Connects and syncs from nothing. */
  public static TestDevice synced(InetSocketAddress gateway, String device)
      throws InterruptedException {
    TestDevice connected = connect(gateway, device);
    connected.send("{\"type\":\"hello\",\"profiles\":{}}");
    connected.transfer();
    return connected;
  }

  public TestDevice send(String frame) {
    socket.sendText(frame, true).join();
    return this;
  }

  public void stopReading() {
    reading = false;
  }

  public void readOn() {
    reading = true;
    socket.request(1);
  }

  /** The next frame. */
  public JsonNode next() throws InterruptedException {
    JsonNode frame = frames.poll(1, TimeUnit.MINUTES);
    if (frame == null) {
      throw new AssertionError("no frame within a minute; close code "
          + (closeCode.isDone() ? closeCode.join() : "none"));
    }
    return frame;
  }

  /** The next frames, up to and with {@code complete}. */
  public List<JsonNode> transfer() throws InterruptedException {
    List<JsonNode> transfer = new ArrayList<>();
    do {
      transfer.add(next());
    } while (!transfer.get(transfer.size() - 1).path("type").asString().equals("complete"));
    return transfer;
  }

  public List<JsonNode> waiting() {
    return List.copyOf(frames);
  }

  public int closeCode() throws Exception {
    return closeCode.get(1, TimeUnit.MINUTES);
  }

  public boolean isOpen() {
    return !closeCode.isDone();
  }

  @Override
  public void close() {
    socket.abort();
  }

  private final class Frames implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        frames.add(JsonMapper.shared().readTree(text.toString()));
        text.setLength(0);
      }
      if (reading) {
        from.request(1);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closeCode.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closeCode.completeExceptionally(error);
    }
  }
}
