package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.TlsCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsTest {
  private static final Path TRUSTED = Path.of("ca.pem");
  private static final Path CERTIFICATE = Path.of("client.pem");
  private static final Path KEY = Path.of("client.key");

  @Test
  void tls_certificateWithoutKeyOrKeyWithoutCertificate_isRefused() {
    String rule = "certificate and privateKey must both be given or both be null, but ";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tls.DEFAULT.withCertificate(CERTIFICATE, null))
        .withMessage(rule + "privateKey was null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tls.DEFAULT.withCertificate(null, KEY))
        .withMessage(rule + "certificate was null");
  }

  @Test
  void tls_trustedWhereNothingIsVerified_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tls(Tls.Verify.NONE, TRUSTED, null, null))
        .withMessage(
            "trustedCertificates must be null when verify is NONE, since nobody would look at them, was ca.pem");
  }

  @Test
  void tls_emptyPath_isRefused() {
    Path empty = Path.of("");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tls.DEFAULT.withTrustedCertificates(empty))
        .withMessage("trustedCertificates must not be empty, was \"\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tls.DEFAULT.withCertificate(empty, KEY))
        .withMessage("certificate must not be empty, was \"\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tls.DEFAULT.withCertificate(CERTIFICATE, empty))
        .withMessage("privateKey must not be empty, was \"\"");
  }

  @Test
  void connect_fileHoldsSomethingElse_isRefusedByItsName(@TempDir Path directory) throws Exception {
    TlsCertificate certificate = TlsCertificate.create(directory);
    Path key = certificate.privateKey();
    Path text = Files.writeString(directory.resolve("notes.pem"), "This is no certificate.");
    for (Path file : List.of(text, key)) {
      assertRefused(Tls.DEFAULT.withTrustedCertificates(file), file, "found no certificates");
      assertRefused(Tls.DEFAULT.withCertificate(file, key), file, "found no certificates");
    }
    for (Path file : List.of(text, certificate.certificate())) {
      assertRefused(
          Tls.DEFAULT.withCertificate(certificate.certificate(), file),
          file,
          "could not find a PKCS #8 private key");
    }
  }

  private static void assertRefused(Tls tls, Path file, String why) {
    RedisConfig config = RedisConfig.parse("rediss://127.0.0.1:1").withTls(tls);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PooledRedis.connect(config))
        .withMessageContaining(file.toString())
        .withMessageContaining(why);
  }

  /** Such as a server that is just stopped: it may be back in a moment. */
  @Test
  void connect_closedDuringTheHandshake_isTriedUntilTheTimeIsUp() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> greetAndClose(server), "closing");
      thread.start();
      RedisConfig config = RedisConfig.parse("rediss://127.0.0.1:" + server.getLocalPort())
          .withConnectTimeout(Duration.ofSeconds(1));
      assertThatThrownBy(() -> PooledRedis.connect(config))
          .isInstanceOf(RedisUnavailableException.class)
          .hasMessageContaining("(connectTimeout)");
    }
  }

  private static void greetAndClose(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        client.getInputStream().read(); // the handshake has begun
      } catch (IOException e) {
        Thread.onSpinWait(); // one client fewer, or the test is over
      }
    }
  }

  @Test
  void with_eachComponent_changesOnlyThat() {
    assertThat(Tls.DEFAULT
            .withVerify(Tls.Verify.SIGNATURE)
            .withTrustedCertificates(TRUSTED)
            .withCertificate(CERTIFICATE, KEY))
        .isEqualTo(new Tls(Tls.Verify.SIGNATURE, TRUSTED, CERTIFICATE, KEY));
    assertThat(Tls.DEFAULT).isEqualTo(new Tls(Tls.Verify.FULL, null, null, null));
  }
}
