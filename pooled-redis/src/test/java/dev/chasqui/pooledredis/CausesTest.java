package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisLoadingException;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

final class CausesTest {
  private static Throwable wrapped(Throwable cause) {
    return new CompletionException(new RedisConnectionException("Unable to connect", cause));
  }

  /** As Lettuce tells that it could ask no node of a cluster. */
  private static Throwable ofNodes(Throwable... each) {
    Throwable all = new RedisConnectionException("Cannot retrieve the cluster's nodes");
    for (Throwable one : each) {
      all.addSuppressed(one);
    }
    return wrapped(all);
  }

  @Test
  void isRefusal_passwordOrCertificateRefused_isOne() {
    Throwable password = new RedisCommandExecutionException("WRONGPASS");
    Throwable certificate = new SSLHandshakeException("PKIX path building failed");
    assertThat(Causes.isRefusal(password)).isTrue();
    assertThat(Causes.isRefusal(wrapped(password))).isTrue();
    assertThat(Causes.isRefusal(wrapped(certificate))).isTrue();
    assertThat(Causes.isRefusal(wrapped(new CertificateException("expired")))).isTrue();
    assertThat(Causes.isRefusal(ofNodes(wrapped(password), wrapped(certificate))))
        .isTrue();
  }

  @Test
  void isRefusal_whatMayPass_isNone() {
    Throwable loading = new RedisLoadingException("LOADING");
    assertThat(Causes.isRefusal(wrapped(new ConnectException("Connection refused"))))
        .isFalse();
    assertThat(Causes.isRefusal(wrapped(loading))).isFalse();
    // What ends a handshake early is a subclass of what refuses a certificate.
    assertThat(Causes.isRefusal(wrapped(new SSLHandshakeException("closed") {})))
        .isFalse();
    assertThat(Causes.isRefusal(
            ofNodes(new RedisCommandExecutionException("WRONGPASS"), new ConnectException())))
        .as("another node may do")
        .isFalse();
  }

  @Test
  void isRefusal_circleOfCauses_ends() {
    Throwable first = new RedisConnectionException("first");
    first.initCause(new RedisConnectionException("second", first));
    assertThat(Causes.isRefusal(first)).isFalse();
  }
}
