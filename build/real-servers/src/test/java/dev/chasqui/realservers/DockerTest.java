package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DockerTest {
  @TempDir
  private Path directory;

  @Test
  void answers_nobodyThere_isFalse() {
    assertThat(Docker.answers(UnixDomainSocketAddress.of(directory.resolve("docker.sock"))))
        .isFalse();
  }

  @Test
  void answers_silentSocket_isFalseInTheEnd() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(Docker.answers(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort())))
          .isFalse();
    }
  }

  @Test
  void answers_httpOnUnixSocket_isTrue() throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("docker.sock"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      CompletableFuture<Boolean> answers =
          CompletableFuture.supplyAsync(() -> Docker.answers(address));
      try (SocketChannel client = server.accept()) {
        client.write(
            ByteBuffer.wrap("HTTP/1.1 200 OK\r\n\r\nOK".getBytes(StandardCharsets.US_ASCII)));
        assertThat(answers.join()).isTrue();
      }
    }
  }
}
