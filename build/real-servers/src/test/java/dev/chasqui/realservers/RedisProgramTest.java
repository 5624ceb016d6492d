package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs here are shell scripts")
final class RedisProgramTest {
  @TempDir
  private Path directory;

  @Test
  void all_nothingNamedAndAnEmptyPath_isTheEmbeddedOne() {
    assertThat(RedisProgram.all(given("", "")))
        .singleElement()
        .hasToString("Redis " + RedisProgram.embedded().version());
  }

  @Test
  void all_namedAndOnPath_haveEachOnce() throws Exception {
    Path named = program("new", "echo Valkey server v=8.0.1 sha=0");
    program("redis-server", "echo Redis server v=7.0.15 sha=0");
    String path = "/nowhere:" + directory;
    assertThat(RedisProgram.all(given(named.toString(), path)))
        .extracting(RedisProgram::toString)
        .containsExactly(RedisProgram.embedded().toString(), "Valkey 8.0.1", "Redis 7.0.15");
    assertThat(RedisProgram.all(given("redis-server", path)))
        .extracting(RedisProgram::version)
        .containsExactly(RedisProgram.embedded().version(), "7.0.15");
  }

  @Test
  void all_brokenOneOnPath_isPassedOver() throws Exception {
    program("redis-server", "exit 1");
    assertThat(RedisProgram.all(given("", directory.toString()))).hasSize(1);
  }

  @Test
  void forTests_named_isThatOne() throws Exception {
    Path named = program("new", "echo Redis server v=8.2.0 sha=0");
    assertThat(RedisProgram.forTests(given(named.toString(), "")).version()).isEqualTo("8.2.0");
    assertThat(RedisProgram.forTests(given("", "")).version())
        .isEqualTo(RedisProgram.embedded().version());
  }

  @Test
  void forTests_namedButAbsentOrNoRedis_isRefusedNamingIt() throws Exception {
    assertThatThrownBy(() -> RedisProgram.forTests(given("/nowhere/redis-server", "")))
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("/nowhere/redis-server")
        .hasMessageContaining("chasqui.test.redis.server");
    Path other = program("other", "echo I am another");
    assertThatThrownBy(() -> RedisProgram.forTests(given(other.toString(), "")))
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("I am another");
  }

  private Path program(String name, String line) throws Exception {
    Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + line + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private static GivenServers given(String program, String path) {
    return new GivenServers(Map.of(), Map.of("CHASQUI_TEST_REDIS_SERVER", program, "PATH", path));
  }
}
