package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RealRedisTest {
  private static final GivenServers NONE = new GivenServers(Map.of(), Map.of());

  @TempDir
  private Path directory;

  @Test
  void open_secondTime_findsWhatWasSet() throws Exception {
    String uri;
    try (RealRedis redis = RealRedis.open(directory)) {
      uri = redis.uri();
      Servers.redis(redis, "SET", "truck", "7");
    }
    try (RealRedis redis = RealRedis.open(directory)) {
      assertThat(Servers.redis(redis, "GET", "truck")).isEqualTo("7");
      assertThat(redis.uri()).as("same port, same password").isEqualTo(uri);
    }
  }

  @Test
  void open_heldDirectory_isRefusedNamingDirectoryAndPid() throws Exception {
    try (RealRedis redis = RealRedis.open(directory)) {
      assertThatThrownBy(() -> RealRedis.open(directory))
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining(directory.getFileName().toString())
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
      assertThat(Servers.redis(redis, "PING")).isEqualTo("PONG");
    }
  }

  @Test
  void open_killedServer_keepsWhatWasSetAndTakesTheSamePort() throws Exception {
    String uri;
    try (RealRedis redis = RealRedis.open(directory)) {
      uri = redis.uri();
      Servers.redis(redis, "SET", "truck", "7");
      ProcessHandle process = ProcessHandle.of(Servers.pid(redis)).orElseThrow();
      process.destroyForcibly();
      process.onExit().join();
    }
    try (RealRedis redis = RealRedis.open(directory)) {
      assertThat(Servers.redis(redis, "GET", "truck")).isEqualTo("7");
      assertThat(redis.uri()).isEqualTo(uri);
    }
  }

  @Test
  void forTests_twice_startsServersThatShareNothing() throws Exception {
    try (RealRedis one = RealRedis.forTests(NONE);
        RealRedis two = RealRedis.forTests(NONE)) {
      Servers.redis(one, "SET", "truck", "7");
      assertThat(Servers.redis(two, "DBSIZE")).isEqualTo("0");
    }
  }

  @Test
  void forTests_givenUri_isEmptiedAfterwardsAndOnlyThere() throws Exception {
    try (RealRedis server = RealRedis.forTests(NONE)) {
      Servers.redis(server, "SET", "mine", "1");
      GivenServers given = given(server.uri() + "/5");
      try (RealRedis redis = RealRedis.forTests(given)) {
        Servers.redis(redis, "SET", "truck", "7");
        assertThat(URI.create(redis.uri()).getPort())
            .isEqualTo(URI.create(server.uri()).getPort());
      }
      RealRedis.forTests(given).close(); // empty again
      assertThat(Servers.redis(server, "GET", "mine")).isEqualTo("1");
    }
  }

  @Test
  void forTests_givenUriThatHoldsKeys_isRefusedAndKeepsThem() throws Exception {
    try (RealRedis server = RealRedis.forTests(NONE)) {
      Servers.redis(server, "SET", "precious", "1");
      assertThatThrownBy(() -> RealRedis.forTests(given(server.uri())))
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining("holds 1 keys")
          .hasMessageNotContaining(URI.create(server.uri()).getUserInfo().substring(1));
      assertThat(Servers.redis(server, "GET", "precious")).isEqualTo("1");
    }
  }

  private static GivenServers given(String uri) {
    return new GivenServers(Map.of("chasqui.test.redis.uri", uri), Map.of());
  }
}
