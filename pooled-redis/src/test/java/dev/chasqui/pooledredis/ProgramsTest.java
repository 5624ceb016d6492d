package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chasqui.pooledredis.RedisConfig.Protocol;
import dev.chasqui.realservers.RealServerException;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import dev.chasqui.realservers.TlsCertificate;
import io.netty.channel.epoll.Epoll;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One server, reached in each way there is, of each version there is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProgramsTest {
  @TempDir
  private static Path directory;

  private final List<Running> all = new ArrayList<>();

  /** A server and what is needed to reach it otherwise than by its port. Not closeable: JUnit would close it. */
  record Running(RedisProcess redis, Path socket, TlsCertificate certificate, boolean tls) {
    @Override
    public String toString() {
      return redis.program().toString();
    }
  }

  @BeforeAll
  void start() {
    TlsCertificate certificate = TlsCertificate.create(directory);
    for (RedisProgram program : RedisProgram.all()) {
      all.add(start(program, directory.resolve("r" + all.size() + ".sock"), certificate));
    }
  }

  private static Running start(RedisProgram program, Path socket, TlsCertificate certificate) {
    String[] lines = {
      "unixsocket " + socket,
      "user alice on >secret ~* &* +@all",
      "user robot on >tin ~robots:* &* +@all -@dangerous +acl|whoami"
    };
    try {
      RedisProcess redis = RedisProcess.startWithTls(program, certificate, lines);
      return new Running(redis, socket, certificate, true);
    } catch (RealServerException e) { // built without TLS
      return new Running(RedisProcess.start(program, lines), socket, certificate, false);
    }
  }

  @AfterAll
  void close() {
    all.forEach(server -> server.redis().close());
  }

  List<Running> all() {
    return all;
  }

  /** Both lanes do something that tells who they are. */
  private static void assertBothLanesWork(RedisConfig config) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config)) {
      assertThat(redis.sync().set("robots:k", "v")).isEqualTo("OK");
      assertThat(redis.sync().get("robots:k")).isEqualTo("v");
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        connection.sync().multi();
        connection.sync().get("robots:k");
        connection.sync().del("robots:k");
        assertThat(connection.sync().exec()).containsExactly("v", 1L);
      }
      assertThat(redis.health().pools().get(0).idle()).isEqualTo(1);
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void lanes_eitherProtocol_work(Running server) {
    for (Protocol protocol : Protocol.values()) {
      RedisConfig config =
          Servers.config(server.redis()).withProtocol(protocol).withClientName("truck-" + protocol);
      assertBothLanesWork(config);
      try (PooledRedis<String, String> redis = PooledRedis.connect(config);
          ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(clientInfo(redis.sync().clientList())).hasSize(3);
        if (newer(server)) { // 6.2 does not tell
          assertThat(clientInfo(redis.sync().clientList()))
              .allMatch(line -> line.contains(protocol == Protocol.RESP2 ? "resp=2" : "resp=3"));
        }
        assertThat(connection.sync().clientGetname()).isEqualTo("truck-" + protocol);
      }
    }
  }

  private static List<String> clientInfo(String clientList) {
    return clientList.lines().filter(line -> line.contains(" name=truck-")).toList();
  }

  private static boolean newer(Running server) {
    return !server.redis().program().version().startsWith("6.");
  }

  @ParameterizedTest
  @MethodSource("all")
  void user_ofAcl_isWhoCommandsRunAs(Running server) {
    RedisConfig alice = Servers.config(server.redis()).withPassword("secret").withUsername("alice");
    assertBothLanesWork(alice);
    RedisConfig robot = Servers.config(server.redis()).withPassword("tin").withUsername("robot");
    assertBothLanesWork(robot);
    try (PooledRedis<String, String> redis = PooledRedis.connect(robot);
        ExclusiveConnection<String, String> connection = redis.borrow()) {
      assertThat(redis.sync().aclWhoami()).isEqualTo("robot");
      assertThat(connection.sync().aclWhoami()).isEqualTo("robot");
      assertThatThrownBy(() -> redis.sync().get("people:k")).hasMessageContaining("NOPERM");
    }
    assertThatThrownBy(() -> PooledRedis.connect(robot.withPassword("gold")))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining("WRONGPASS")
        .hasMessageNotContaining("gold");
  }

  @ParameterizedTest
  @MethodSource("all")
  void database_configured_isThatOfBothLanes(Running server) {
    RedisConfig config = Servers.config(server.redis()).withDatabase(7);
    try (PooledRedis<String, String> redis = PooledRedis.connect(config);
        PooledRedis<String, String> other = PooledRedis.connect(config.withDatabase(0))) {
      redis.sync().set("seven", "v");
      assertThat(other.sync().get("seven")).isNull();
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().get("seven")).isEqualTo("v");
        connection.sync().select(0);
        assertThat(connection.sync().get("seven")).isNull();
      }
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().get("seven")).isEqualTo("v");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void unixSocket_withPassword_works(Running server) {
    assumeTrue(Epoll.isAvailable(), "no epoll here");
    RedisConfig config =
        Servers.patient(RedisConfig.of(new RedisServers.UnixSocket(server.socket()))
            .withPassword(server.redis().password()));
    assertBothLanesWork(config);
    try (PooledRedis<String, String> redis = PooledRedis.connect(config.withClientName("local"))) {
      assertThat(redis.sync().clientList().lines().filter(line -> line.contains(" name=local ")))
          .isNotEmpty()
          .allMatch(line -> line.contains("addr=" + server.socket() + ":0"));
    }
    Path nowhere = server.socket().resolveSibling("nowhere.sock");
    RedisConfig other = config.withServers(new RedisServers.UnixSocket(nowhere));
    try (PooledRedis<String, String> redis = PooledRedis.builder(other).start()) {
      assertThatThrownBy(() -> redis.sync().get("k"))
          .isInstanceOf(RedisUnavailableException.class)
          .hasMessageContaining(nowhere.toString());
    }
  }

  private RedisConfig encrypted(Running server, Tls tls) {
    assumeTrue(server.tls(), server + " was built without TLS");
    return Servers.patient(RedisConfig.parse(server.redis().tlsUri())).withTls(tls);
  }

  private static Tls trusting(TlsCertificate certificate) {
    return Tls.DEFAULT.withTrustedCertificates(certificate.certificate());
  }

  /** At once: it is not tried again until the time is up. */
  private static void assertRefused(RedisConfig config, String why) {
    assertThatThrownBy(() -> PooledRedis.connect(config))
        .isInstanceOf(RedisUnavailableException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("connectTimeout");
  }

  @ParameterizedTest
  @MethodSource("all")
  void tls_trustedCertificate_works(Running server) {
    RedisConfig config = encrypted(server, trusting(server.certificate()));
    assertBothLanesWork(config);
    assertBothLanesWork(
        config.withTls(trusting(server.certificate()).withVerify(Tls.Verify.SIGNATURE)));
  }

  @ParameterizedTest
  @MethodSource("all")
  void tls_certificateOfAnother_isRefusedUnlessNothingIsVerified(Running server) {
    RedisConfig config = encrypted(server, trusting(TlsCertificate.create(directory)));
    assertRefused(config, "signature check failed");
    assertRefused(config.withTls(Tls.DEFAULT), "unable to find valid certification path");
    assertBothLanesWork(config.withTls(Tls.DEFAULT.withVerify(Tls.Verify.NONE)));
  }

  @ParameterizedTest
  @MethodSource("all")
  void tls_certificateForAnotherName_isRefusedUnlessOnlyTheSignatureCounts(Running server) {
    assumeTrue(server.tls(), server + " was built without TLS");
    TlsCertificate elsewhere = TlsCertificate.create(directory, "dns:elsewhere.example");
    try (RedisProcess redis = RedisProcess.startWithTls(server.redis().program(), elsewhere)) {
      RedisConfig config = Servers.patient(RedisConfig.parse(redis.tlsUri()));
      assertRefused(
          config.withTls(trusting(elsewhere)),
          "No subject alternative names matching IP address 127.0.0.1");
      assertBothLanesWork(config.withTls(trusting(elsewhere).withVerify(Tls.Verify.SIGNATURE)));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void tls_clientCertificate_isShownWhereTheServerWantsOne(Running server) {
    assumeTrue(server.tls(), server + " was built without TLS");
    TlsCertificate certificate = server.certificate();
    try (RedisProcess redis =
        RedisProcess.startWithTls(server.redis().program(), certificate, "tls-auth-clients yes")) {
      RedisConfig config =
          Servers.patient(RedisConfig.parse(redis.tlsUri())).withTls(trusting(certificate));
      assertRefused(config, "certificate");
      assertBothLanesWork(config.withTls(trusting(certificate)
          .withCertificate(certificate.certificate(), certificate.privateKey())));
    }
  }

  @Test
  void tls_fileThatIsNotThere_isNamed() {
    Path file = directory.resolve("none.pem");
    RedisConfig config = RedisConfig.parse("rediss://127.0.0.1:1")
        .withTls(Tls.DEFAULT.withTrustedCertificates(file));
    assertThatThrownBy(() -> PooledRedis.connect(config)).hasMessageContaining(file.toString());
  }
}
