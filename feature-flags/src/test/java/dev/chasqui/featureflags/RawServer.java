package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A server of HTTP whose test writes each byte, and breaks connections as it likes. */
final class RawServer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final ServerSocket listening;
  private final List<Connection> connections = new ArrayList<>();

  RawServer() throws IOException {
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/flags?key=secret");
  }

  /** The next request, which is one of a new connection. */
  Connection accept() throws IOException {
    listening.setSoTimeout(PATIENCE_MILLIS);
    Connection connection = new Connection(listening.accept());
    connections.add(connection);
    return connection;
  }

  /** Fails if there is a request within so many milliseconds. */
  void assertNobodyComes(int millis) throws IOException {
    listening.setSoTimeout(millis);
    try (Socket unexpected = listening.accept()) {
      assertThat(unexpected).isNull();
    } catch (SocketTimeoutException e) {
      // as it should be
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Connection connection : connections) {
      connection.close();
    }
  }

  /** One connection, whose request has been read. */
  static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final String head;

    Connection(Socket socket) throws IOException {
      this.socket = socket;
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      while (!read.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the client has gone");
        }
        read.write(next);
      }
      head = read.toString(StandardCharsets.ISO_8859_1);
    }

    /** Its value; empty if there is none. */
    String header(String name) {
      return head.lines()
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }

    /** What comes before events. */
    Connection startEvents() throws IOException {
      return send(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    }

    Connection send(String text) throws IOException {
      return send(text.getBytes(StandardCharsets.UTF_8), 0, -1);
    }

    Connection send(byte[] bytes, int from, int length) throws IOException {
      socket.getOutputStream().write(bytes, from, length < 0 ? bytes.length - from : length);
      socket.getOutputStream().flush();
      return this;
    }

    /** An answer that is not a stream, and the end of the connection. */
    void answer(int status, String headers, String body) throws IOException {
      send("HTTP/1.1 " + status + " Whatever\r\n" + headers + "Content-Length: "
          + body.getBytes(StandardCharsets.UTF_8).length + "\r\nConnection: close\r\n\r\n" + body);
      close();
    }

    /** Waits for the client to end the connection. */
    void awaitEnd() throws IOException {
      try {
        assertThat(socket.getInputStream().read()).isNegative();
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        // reset, which ends it too
      }
    }

    /** Ends it as a process that dies does not: with a reset. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
