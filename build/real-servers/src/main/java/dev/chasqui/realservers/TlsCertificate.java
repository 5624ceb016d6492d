package dev.chasqui.realservers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/**
 * A certificate for tests, signed by itself: it is all that somebody needs to trust. As PEM files, as Redis and Netty take
 * them.
 *
 * @param certificate the certificate, which is also that of its signer
 * @param privateKey its key, without a password (PKCS #8)
 */
public record TlsCertificate(Path certificate, Path privateKey) {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String PASSWORD = "only-for-a-moment";
  private static final String ALIAS = "test";

  /** Creates one for {@code localhost} and {@code 127.0.0.1}, valid for a year, in a directory that exists. */
  public static TlsCertificate create(Path directory) {
    return create(directory, "dns:localhost", "ip:127.0.0.1");
  }

  /**
   * Creates one for other names, valid for a year.
   *
   * @param directory exists; may hold other certificates
   * @param names like {@code dns:localhost} or {@code ip:127.0.0.1}, at least one
   * @throws RealServerException if the JDK's {@code keytool} is missing or refuses a name
   */
  public static TlsCertificate create(Path directory, String... names) {
    try {
      Path store = Files.createTempDirectory(directory, "certificate").resolve("store.p12");
      Command.Result result = new Command(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-J-XX:TieredStopAtLevel=1", // twice as fast, being short
                  "-genkeypair",
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  PASSWORD,
                  "-alias",
                  ALIAS,
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=test",
                  "-validity",
                  "365",
                  "-ext",
                  "san=" + String.join(",", names)),
              LIMIT)
          .run();
      if (result.exitCode() != 0) {
        throw new RealServerException(
            "Cannot create a certificate for " + List.of(names) + ": " + result.output());
      }
      return fromStore(store);
    } catch (IOException | GeneralSecurityException e) {
      throw new RealServerException("Cannot create a certificate in " + directory, e);
    }
  }

  private static TlsCertificate fromStore(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new TlsCertificate(
        write(store, "CERTIFICATE", keys.getCertificate(ALIAS).getEncoded()),
        write(store, "PRIVATE KEY", keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
  }

  private static Path write(Path store, String what, byte[] content) throws IOException {
    Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return Files.writeString(
        store.resolveSibling(what.replace(' ', '-') + ".pem"),
        "-----BEGIN " + what + "-----\n" + encoder.encodeToString(content) + "\n-----END " + what
            + "-----\n");
  }

  /** What a server that shows this certificate, and trusts those who show it too, has in its configuration. */
  List<String> configuration(int port) {
    return List.of(
        "tls-port " + port,
        "tls-cert-file " + RedisProcess.quoted(certificate),
        "tls-key-file " + RedisProcess.quoted(privateKey),
        "tls-ca-cert-file " + RedisProcess.quoted(certificate),
        "tls-auth-clients no");
  }
}
