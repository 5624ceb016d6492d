package dev.chasqui.realservers;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Just enough of a Redis client to begin and end with a server; it spares those who use this a driver they may not want. */
final class RedisConnection implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final int DEFAULT_PORT = 6379;

  private final Socket socket;
  private final InputStream in;

  /** Connects to {@code redis[s]://[user[:password]@]host[:port][/database]}, logs in and selects the database. */
  RedisConnection(URI uri) throws IOException {
    this.socket = connect(uri);
    this.in = new BufferedInputStream(socket.getInputStream());
    try {
      logIn(uri.getUserInfo());
      String path = uri.getPath();
      if (path != null && path.length() > 1) {
        call("SELECT", path.substring(1));
      }
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Waits for an answer this many milliseconds at most, instead of five seconds. */
  void limitWaits(int milliseconds) throws IOException {
    socket.setSoTimeout(milliseconds);
  }

  private static Socket connect(URI uri) throws IOException {
    Socket socket = uri.getScheme().equals("rediss")
        ? SSLSocketFactory.getDefault().createSocket()
        : new Socket();
    try {
      int port = uri.getPort() == -1 ? DEFAULT_PORT : uri.getPort();
      socket.connect(new InetSocketAddress(uri.getHost(), port), (int) LIMIT.toMillis());
      socket.setSoTimeout((int) LIMIT.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void logIn(@Nullable String userInfo) throws IOException {
    if (userInfo == null || userInfo.isEmpty()) {
      return;
    }
    String user = userInfo.contains(":") ? userInfo.substring(0, userInfo.indexOf(':')) : "";
    String password = userInfo.substring(userInfo.indexOf(':') + 1);
    if (user.isEmpty()) {
      call("AUTH", password);
    } else {
      call("AUTH", user, password);
    }
  }

  /** Redis understood and said no. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Sends a command and returns its answer as text. An array's answer is its elements, those of nested arrays too, one on
   * a line; null is empty.
   *
   * @throws Refused if the answer is an error
   */
  String call(String... words) throws IOException {
    StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      request.append('$').append(word.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
      request.append(word).append("\r\n");
    }
    socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
    try {
      return readAnswer();
    } catch (Refused e) {
      throw new Refused("Redis refused " + words[0] + ": " + e.getMessage());
    }
  }

  private String readAnswer() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '-' -> throw new Refused(rest);
      case '$' -> readText(Integer.parseInt(rest));
      case '*' -> readArray(Integer.parseInt(rest));
      default -> rest;
    };
  }

  private String readArray(int length) throws IOException {
    List<String> elements = new ArrayList<>();
    for (int read = 0; read < length; read++) {
      elements.add(readAnswer());
    }
    return String.join("\n", elements);
  }

  /** Tells the server to end in order; it then closes the connection instead of answering. */
  void shutDown() throws IOException {
    try {
      call("SHUTDOWN");
    } catch (EOFException | SocketException e) {
      // As it should be.
    }
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next == -1) {
        throw new EOFException("Redis closed the connection");
      }
      line.append((char) next);
    }
    in.skipNBytes(1);
    return line.toString();
  }

  private String readText(int length) throws IOException {
    if (length < 0) {
      return "";
    }
    byte[] text = in.readNBytes(length);
    in.skipNBytes(2);
    return new String(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
