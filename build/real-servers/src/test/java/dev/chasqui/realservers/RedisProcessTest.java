package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RedisProcessTest {
  private static final String PROGRAMS = "dev.chasqui.realservers.RedisProgram#all";

  @TempDir
  private Path directory;

  @ParameterizedTest
  @MethodSource(PROGRAMS)
  void start_eachProgram_runsThatOne(RedisProgram program) {
    try (RedisProcess redis = RedisProcess.start(program)) {
      assertThat(redis.call("INFO", "server")).contains("redis_version:" + program.version());
    }
  }

  @ParameterizedTest
  @MethodSource(PROGRAMS)
  void kill_connected_cutsOffAndRefuses(RedisProgram program) throws Exception {
    try (RedisProcess redis = RedisProcess.start(program);
        RedisConnection connection = connect(redis)) {
      redis.kill();
      assertThat(redis.isRunning()).isFalse();
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> connect(redis)).isInstanceOf(ConnectException.class);
      assertThatCode(redis::kill).as("once more").doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @MethodSource(PROGRAMS)
  void restart_killed_isEmptyAtTheSamePlace(RedisProgram program) {
    try (RedisProcess redis = RedisProcess.start(program, "maxclients 20")) {
      String uri = redis.uri();
      redis.call("SET", "truck", "7");
      redis.kill();
      redis.restart();
      assertThat(redis.uri()).isEqualTo(uri);
      assertThat(redis.call("DBSIZE")).isEqualTo("0");
      assertThat(redis.call("CONFIG", "GET", "maxclients")).isEqualTo("maxclients\n20");
    }
  }

  @Test
  void restart_runningAndAppending_hasItsDataAgain() {
    try (RedisProcess redis = RedisProcess.start("appendonly yes")) {
      redis.call("SET", "truck", "7");
      redis.restart();
      assertThat(redis.call("GET", "truck")).isEqualTo("7");
    }
  }

  @Test
  void restart_closed_isRefused() {
    RedisProcess redis = RedisProcess.start();
    redis.close();
    assertThatThrownBy(redis::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGSTOP there")
  void pause_connected_answersOnlyOnceResumed() throws Exception {
    try (RedisProcess redis = RedisProcess.start();
        RedisConnection connection = connect(redis)) {
      redis.pause();
      connection.limitWaits(100);
      assertThatThrownBy(() -> connection.call("SET", "truck", "7"))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(redis.isRunning()).isFalse();
      redis.resume();
      assertThat(redis.isRunning()).isTrue();
      assertThat(redis.call("GET", "truck")).as("it arrived nevertheless").isEqualTo("7");
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGSTOP there")
  void restart_paused_runs() {
    try (RedisProcess redis = RedisProcess.start()) {
      redis.pause();
      redis.restart();
      assertThat(redis.isRunning()).isTrue();
      assertThat(redis.call("PING")).isEqualTo("PONG");
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGSTOP there")
  void pause_killed_isRefused() {
    try (RedisProcess redis = RedisProcess.start()) {
      redis.kill();
      assertThatThrownBy(redis::pause)
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining("not running");
    }
  }

  @ParameterizedTest
  @MethodSource(PROGRAMS)
  void start_withAUser_letsThatUserIn(RedisProgram program) throws Exception {
    try (RedisProcess redis =
        RedisProcess.start(program, "user default off", "user alice on >secret ~* +@all")) {
      URI alice = URI.create("redis://alice:secret@" + redis.address());
      try (RedisConnection connection = new RedisConnection(alice)) {
        assertThat(connection.call("ACL", "WHOAMI")).isEqualTo("alice");
      }
      assertThatThrownBy(() -> redis.call("PING"))
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining("WRONGPASS")
          .hasMessageNotContaining(redis.password());
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no Unix sockets there")
  void start_withAUnixSocket_listensThere() throws Exception {
    Path socket = directory.resolve("redis.sock");
    try (RedisProcess redis = RedisProcess.start("unixsocket " + socket)) {
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
      redis.restart();
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
    }
  }

  @Test
  void start_withFewClients_refusesOneMore() throws Exception {
    List<RedisConnection> connections = new ArrayList<>();
    try (RedisProcess redis = RedisProcess.start("maxclients 3")) {
      for (int number = 1; number <= 3; number++) {
        connections.add(connect(redis));
      }
      assertThatThrownBy(() -> connect(redis)).hasMessageContaining("max number of clients");
    } finally {
      for (RedisConnection connection : connections) {
        connection.close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource(PROGRAMS)
  void start_unknownLine_isRefusedQuotingIt(RedisProgram program) {
    assertThatThrownBy(() -> RedisProcess.start(program, "maxtrucks 20"))
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("maxtrucks 20");
  }

  @Test
  void close_pausedOrNot_leavesNoFilesAndNoProcess() {
    RedisProcess redis = RedisProcess.start();
    Path data = Path.of(Servers.data(redis));
    assertThat(data).isDirectory();
    if (!Platform.isWindows()) {
      redis.pause();
    }
    redis.close();
    assertThat(data).doesNotExist();
    assertThat(redis.isRunning()).isFalse();
    assertThatCode(redis::close).as("once more").doesNotThrowAnyException();
  }

  private static RedisConnection connect(RedisProcess redis) throws Exception {
    return new RedisConnection(URI.create(redis.uri()));
  }
}
