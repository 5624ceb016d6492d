package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Redis has no TLS there")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsCertificateTest {
  private final Path directory;
  private final TlsCertificate certificate;

  TlsCertificateTest(@TempDir Path directory) {
    this.directory = directory;
    this.certificate = TlsCertificate.create(directory);
  }

  @ParameterizedTest
  @MethodSource("dev.chasqui.realservers.RedisProgram#all")
  void startWithTls_certificateTrusted_answersThereAndWithoutTls(RedisProgram program)
      throws Exception {
    try (RedisProcess redis = RedisProcess.startWithTls(program, certificate)) {
      assertThat(ping(redis, certificate)).isEqualTo("-NOAUTH");
      redis.restart();
      assertThat(ping(redis, certificate)).isEqualTo("-NOAUTH");
      assertThat(redis.call("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void startWithTls_clientsMustShowACertificate_refusesOneWithout() {
    try (RedisProcess redis =
        RedisProcess.startWithTls(RedisProgram.embedded(), certificate, "tls-auth-clients yes")) {
      assertThatThrownBy(() -> ping(redis, certificate)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void create_anotherOneOrAnotherName_isNotTrusted() {
    TlsCertificate elsewhere = TlsCertificate.create(directory, "dns:elsewhere.example");
    try (RedisProcess redis = RedisProcess.startWithTls(RedisProgram.embedded(), elsewhere)) {
      assertThatThrownBy(() -> ping(redis, certificate)).isInstanceOf(SSLException.class);
      assertThatThrownBy(() -> ping(redis, elsewhere))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("127.0.0.1");
    }
  }

  @Test
  void create_nameOfAnUnknownKind_isRefusedQuotingIt() {
    assertThatThrownBy(() -> TlsCertificate.create(directory, "truck:7"))
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("truck:7");
  }

  /** Returns the first word of the answer to a PING without a password. */
  private static String ping(RedisProcess redis, TlsCertificate trusted) throws Exception {
    URI uri = URI.create(redis.tlsUri());
    try (SSLSocket socket = (SSLSocket)
        trusting(trusted).getSocketFactory().createSocket(uri.getHost(), uri.getPort())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = new byte[100];
      int length = socket.getInputStream().read(answer);
      if (length < 0) {
        throw new IOException("closed");
      }
      return new String(Arrays.copyOf(answer, length), StandardCharsets.US_ASCII)
          .replaceFirst("\\s(?s).*", "");
    }
  }

  private static SSLContext trusting(TlsCertificate trusted)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(trusted.certificate())) {
      store.setCertificateEntry(
          "trusted", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
