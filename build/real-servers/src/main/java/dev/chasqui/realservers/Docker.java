package dev.chasqui.realservers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether Docker answers, asked before Testcontainers is touched: that would search long and log errors where there is
 * no Docker.
 */
final class Docker {
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final String TESTCONTAINERS = "org.testcontainers.containers.GenericContainer";

  private Docker() {}

  static boolean isUsable() {
    return hasTestcontainers() && address().filter(Docker::answers).isPresent();
  }

  private static boolean hasTestcontainers() {
    try {
      Class.forName(TESTCONTAINERS, false, Docker.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static Optional<SocketAddress> address() {
    String host = System.getenv("DOCKER_HOST");
    if (host == null || host.isBlank()) {
      String home = System.getProperty("user.home");
      return Stream.of(
              Path.of("/var/run/docker.sock"), Path.of(home, ".docker", "run", "docker.sock"))
          .filter(Files::exists)
          .<SocketAddress>map(UnixDomainSocketAddress::of)
          .findFirst();
    }
    URI uri = URI.create(host);
    return switch (String.valueOf(uri.getScheme())) {
      case "unix" -> Optional.of(UnixDomainSocketAddress.of(uri.getPath()));
      case "tcp" ->
        Optional.of(
            new InetSocketAddress(uri.getHost(), uri.getPort() == -1 ? 2375 : uri.getPort()));
      default -> Optional.empty();
    };
  }

  /** True if something speaks HTTP there within two seconds; with TLS, the refusal of a plain request counts. */
  static boolean answers(SocketAddress address) {
    try (SocketChannel channel = address instanceof UnixDomainSocketAddress
        ? SocketChannel.open(StandardProtocolFamily.UNIX)
        : SocketChannel.open()) {
      channel.configureBlocking(false);
      if (!channel.connect(address)) {
        await(channel, SelectionKey.OP_CONNECT);
        channel.finishConnect();
      }
      channel.write(
          ByteBuffer.wrap("GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII)));
      await(channel, SelectionKey.OP_READ);
      ByteBuffer answer = ByteBuffer.allocate(5);
      channel.read(answer);
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII)
          .equals("HTTP/");
    } catch (IOException | UnresolvedAddressException e) {
      return false;
    }
  }

  private static void await(SocketChannel channel, int operation) throws IOException {
    try (Selector selector = Selector.open()) {
      channel.register(selector, operation);
      if (selector.select(LIMIT.toMillis()) == 0) {
        throw new IOException("no answer within " + LIMIT.toSeconds() + " s");
      }
    }
  }
}
