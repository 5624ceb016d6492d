package dev.chasqui.app.web;

import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads server-sent events from a socket of its own, as slowly as a test wants. */
final class EventReader implements AutoCloseable {
  /** One event; {@code event} is empty where it has no such line. */
  record Event(String id, String event, JsonNode data) {}

  final List<Event> events = new CopyOnWriteArrayList<>();
  final List<String> comments = new CopyOnWriteArrayList<>();
  private final Socket socket;
  private volatile boolean open;
  private volatile boolean ended;

  /** Connects, and reads nothing until {@link #start()}. */
  static EventReader connect(String url, int receiveBuffer, String... headers) throws IOException {
    URI uri = URI.create(url);
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()), 5_000);
    StringBuilder request = new StringBuilder("GET " + uri.getRawPath() + " HTTP/1.1\r\n")
        .append("Host: ")
        .append(uri.getAuthority())
        .append("\r\nAccept: text/event-stream\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    socket
        .getOutputStream()
        .write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    return new EventReader(socket);
  }

  static EventReader open(String url, String... headers) throws IOException {
    EventReader reader = connect(url, 0, headers);
    reader.start();
    return reader;
  }

  private EventReader(Socket socket) {
    this.socket = socket;
  }

  void start() {
    Thread thread = new Thread(this::read, "event-reader");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try {
      BufferedReader lines = new BufferedReader(new InputStreamReader(
          body(new BufferedInputStream(socket.getInputStream())), StandardCharsets.UTF_8));
      String id = "";
      String event = "";
      List<String> data = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        open = true;
        if (line.startsWith(":")) {
          comments.add(line);
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.add(line.substring(6));
        } else if (line.isEmpty() && !data.isEmpty()) {
          events.add(new Event(id, event, JsonMapper.shared().readTree(String.join("\n", data))));
          id = "";
          event = "";
          data.clear();
        }
      }
    } catch (IOException e) {
      // as closed
    } finally {
      ended = true;
    }
  }

  /** After the head; chunks are put together. */
  private static InputStream body(InputStream in) throws IOException {
    String last = "";
    while (!last.endsWith("\r\n\r\n")) {
      last = (last.length() > 3 ? last.substring(last.length() - 3) : last) + (char) in.read();
    }
    return new InputStream() {
      private int left;

      @Override
      public int read() throws IOException {
        if (left == 0) {
          left = chunk();
          if (left == 0) {
            return -1;
          }
        }
        int next = in.read();
        if (--left == 0) {
          in.skipNBytes(2);
        }
        return next;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int next = read();
        if (next < 0) {
          return -1;
        }
        into[offset] = (byte) next;
        int count = 1;
        while (count < length && left > 0) {
          into[offset + count++] = (byte) read();
        }
        return count;
      }

      private int chunk() throws IOException {
        StringBuilder size = new StringBuilder();
        for (int next = in.read(); next != '\r' && next >= 0; next = in.read()) {
          size.append((char) next);
        }
        if (size.isEmpty()) {
          return 0;
        }
        in.skipNBytes(1);
        return Integer.parseInt(size.toString().strip(), 16);
      }
    };
  }

  /** Waits until the server has begun to answer, so that nothing is missed from here on. */
  EventReader opened() {
    await().until(() -> open);
    return this;
  }

  boolean isEnded() {
    return ended;
  }

  /** The {@code count} first, once they are there. */
  List<Event> first(int count) {
    await().until(() -> events.size() >= count);
    return List.copyOf(events.subList(0, count));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
