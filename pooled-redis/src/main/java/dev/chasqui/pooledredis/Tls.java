package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How connections are encrypted and who is trusted. The files are PEM; that they are there and can be read is
 * found out when connecting, not here.
 *
 * @param verify what the server's certificate must show
 * @param trustedCertificates a file with those who may sign the server's certificate; null: those whom the
 *     JDK trusts. Only where something is verified
 * @param certificate a file with the certificate that is shown to the server, with those between it and who
 *     is trusted; null: none is shown. Only together with {@code privateKey}
 * @param privateKey a file with the key of {@code certificate}, PKCS #8, not encrypted; null: none. Only
 *     together with {@code certificate}
 */
public record Tls(
    Verify verify,
    @Nullable Path trustedCertificates,
    @Nullable Path certificate,
    @Nullable Path privateKey) {
  /** What a server's certificate must show. */
  public enum Verify {
    /** It is signed by one who is trusted, and names the host. */
    FULL,
    /** It is signed by one who is trusted. */
    SIGNATURE,
    /** Nothing: whoever answers can read all that is sent, passwords too. */
    NONE
  }

  /** The JDK's trusted certificates, and the host's name must match. */
  public static final Tls DEFAULT = new Tls(Verify.FULL, null, null, null);

  public Tls {
    requireNonNull(verify, "verify");
    refuseEmpty("trustedCertificates", trustedCertificates);
    refuseEmpty("certificate", certificate);
    refuseEmpty("privateKey", privateKey);
    if (verify == Verify.NONE && trustedCertificates != null) {
      throw new IllegalArgumentException(
          "trustedCertificates must be null when verify is NONE, since nobody would look at them, was "
              + trustedCertificates);
    }
    if ((certificate == null) != (privateKey == null)) {
      throw new IllegalArgumentException(
          "certificate and privateKey must both be given or both be null, but "
              + (certificate == null ? "certificate" : "privateKey") + " was null");
    }
  }

  /** The same with another {@code verify}. */
  public Tls withVerify(Verify changed) {
    return new Tls(changed, trustedCertificates, certificate, privateKey);
  }

  /** The same with other {@code trustedCertificates}; null: the JDK's. */
  public Tls withTrustedCertificates(@Nullable Path changed) {
    return new Tls(verify, changed, certificate, privateKey);
  }

  /** The same with another certificate and its key, which only make sense together; null and null: none. */
  public Tls withCertificate(@Nullable Path changedCertificate, @Nullable Path changedPrivateKey) {
    return new Tls(verify, trustedCertificates, changedCertificate, changedPrivateKey);
  }

  private static void refuseEmpty(String component, @Nullable Path path) {
    if (path != null && path.toString().isEmpty()) {
      throw new IllegalArgumentException(component + " must not be empty, was \"\"");
    }
  }
}
