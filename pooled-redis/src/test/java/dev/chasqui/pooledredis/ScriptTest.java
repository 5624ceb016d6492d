package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.pooledredis.Script.Returns;
import dev.chasqui.realservers.RealRedisCluster;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scripts and functions, on one server and in a cluster. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ScriptTest {
  private static final Script<Long> ADD =
      Script.lua("return redis.call('INCRBY', KEYS[1], ARGV[1])", Returns.INTEGER);
  private static final String LIBRARY = """
      #!lua name=fleet
      redis.register_function('add', function(keys, args)
        return redis.call('INCRBY', keys[1], args[1])
      end)
      redis.register_function{function_name='seven', callback=function() return 7 end, flags={'no-writes'}}
      redis.register_function('fail', function() return redis.error_reply('SPENT no fuel') end)
      """;
  private static final Script<Long> ADD_FUNCTION = Script.function(LIBRARY, "add", Returns.INTEGER);

  private final List<RedisProcess> servers = new ArrayList<>();
  private final List<RealRedisCluster> clusters = new ArrayList<>();

  @BeforeAll
  void start() {
    for (RedisProgram program : RedisProgram.all()) {
      servers.add(RedisProcess.start(program));
      clusters.add(RealRedisCluster.start(program, 0));
    }
  }

  @AfterAll
  void stop() {
    servers.forEach(RedisProcess::close);
    clusters.forEach(RealRedisCluster::close);
  }

  @BeforeEach
  void empty() {
    servers.forEach(ScriptTest::forget);
    clusters.forEach(cluster -> cluster.nodes().forEach(ScriptTest::forget));
  }

  private static void forget(RedisProcess server) {
    server.call("FLUSHALL");
    server.call("SCRIPT", "FLUSH");
    if (hasFunctions(server)) {
      server.call("FUNCTION", "FLUSH");
    }
    server.call("CONFIG", "RESETSTAT");
  }

  private static boolean hasFunctions(RedisProcess server) {
    return !server.program().version().matches("[0-6]\\..*");
  }

  List<RedisProcess> servers() {
    return servers;
  }

  List<RealRedisCluster> clusters() {
    return clusters;
  }

  List<RedisProcess> serversWithFunctions() {
    return servers.stream().filter(ScriptTest::hasFunctions).toList();
  }

  List<RealRedisCluster> clustersWithFunctions() {
    return clusters.stream()
        .filter(cluster -> hasFunctions(cluster.nodes().get(0)))
        .toList();
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static long calls(RedisProcess server, String command) {
    return server
        .call("INFO", "commandstats")
        .lines()
        // Functions come as "function|load".
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .sum();
  }

  /** One key for each node. */
  private static Map<RedisProcess, String> keys(RealRedisCluster cluster) {
    Map<RedisProcess, String> keys = new LinkedHashMap<>();
    for (int i = 0; keys.size() < 3; i++) {
      keys.putIfAbsent(cluster.masterOf("truck:" + i), "truck:" + i);
    }
    return keys;
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("servers")
  void lua_eachKindOfAnswer_isRead(RedisProcess server) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      List<String> keys = List.of("k");
      assertThat(get(redis.run(ADD, keys, List.of("5")))).isEqualTo(5);
      Script<Boolean> isSet = Script.lua("return redis.call('EXISTS', KEYS[1])", Returns.BOOLEAN);
      assertThat(get(redis.run(isSet, keys, List.of()))).isTrue();
      assertThat(get(redis.run(isSet, List.of("none"), List.of()))).isFalse();
      Script<Boolean> nothing = Script.lua("return false", Returns.BOOLEAN);
      assertThat(get(redis.run(nothing, List.of(), List.of()))).isFalse();
      Script<String> set = Script.lua("return redis.call('SET', KEYS[1], ARGV[1])", Returns.STATUS);
      assertThat(get(redis.run(set, keys, List.of("ñandú")))).isEqualTo("OK");
      Script<String> read = Script.lua("return redis.call('GET', KEYS[1])", Returns.value());
      assertThat(get(redis.run(read, keys, List.of()))).isEqualTo("ñandú");
      assertThat(get(redis.run(read, List.of("none"), List.of()))).isNull();
      Script<List<Object>> list =
          Script.lua("return {1, ARGV[1], {ARGV[2], false}, KEYS[1]}", Returns.LIST);
      assertThat(get(redis.run(list, keys, List.of("a", "b"))))
          .containsExactly(1L, "a", Arrays.asList("b", null), "k");
    }
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("servers")
  void lua_afterTheFirstCall_isCalledByItsDigest(RedisProcess server) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      for (int i = 1; i <= 20; i++) {
        assertThat(get(redis.run(ADD, List.of("n"), List.of("2")))).isEqualTo(2L * i);
      }
      assertThat(calls(server, "eval")).isEqualTo(1);
      assertThat(calls(server, "evalsha")).isEqualTo(20);
      server.call("SCRIPT", "FLUSH");
      assertThat(get(redis.run(ADD, List.of("n"), List.of("2")))).isEqualTo(42);
      assertThat(get(redis.run(ADD, List.of("n"), List.of("2")))).isEqualTo(44);
      assertThat(calls(server, "eval")).isEqualTo(2);
    }
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("servers")
  void lua_errorOfTheScript_isNotRetried(RedisProcess server) {
    Script<Long> fail = Script.lua(
        "redis.call('INCR', KEYS[1]) return redis.error_reply('SPENT no fuel')", Returns.INTEGER);
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      for (int i = 0; i < 2; i++) { // by its source, by its digest
        assertThatThrownBy(() -> get(redis.run(fail, List.of("k"), List.of())))
            .isInstanceOf(CompletionException.class)
            .cause()
            .isInstanceOf(RedisCommandExecutionException.class)
            .hasMessageContaining("SPENT no fuel");
      }
      assertThat(server.call("GET", "k")).isEqualTo("2");
      assertThatThrownBy(() ->
              get(redis.run(Script.lua("this is no Lua", Returns.INTEGER), List.of(), List.of())))
          .hasMessageContaining("compiling script");
    }
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("clusters")
  void lua_inACluster_isLearntByEachNode(RealRedisCluster cluster) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(cluster))) {
      keys(cluster).forEach((node, key) -> {
        for (int i = 1; i <= 3; i++) {
          assertThat(get(redis.run(ADD, List.of(key), List.of("1")))).isEqualTo(i);
        }
        assertThat(calls(node, "eval")).isEqualTo(1);
        node.call("SCRIPT", "FLUSH");
        assertThat(get(redis.run(ADD, List.of(key), List.of("1")))).isEqualTo(4);
        assertThat(calls(node, "eval")).isEqualTo(2);
        assertThat(node.call("GET", key)).isEqualTo("4");
      });
    }
  }

  @ParameterizedTest(autoCloseArguments = false, allowZeroInvocations = true)
  @MethodSource("serversWithFunctions")
  void function_unknownToTheServer_isLoadedOnce(RedisProcess server) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      for (int i = 1; i <= 5; i++) {
        assertThat(get(redis.run(ADD_FUNCTION, List.of("n"), List.of("2")))).isEqualTo(2L * i);
      }
      assertThat(calls(server, "function|load")).isEqualTo(1);
      server.call("FUNCTION", "FLUSH");
      assertThat(get(redis.run(ADD_FUNCTION, List.of("n"), List.of("2")))).isEqualTo(12);
      assertThat(calls(server, "function|load")).isEqualTo(2);
      Script<Long> fail = Script.function(LIBRARY, "fail", Returns.INTEGER);
      assertThatThrownBy(() -> get(redis.run(fail, List.of(), List.of())))
          .cause()
          .isInstanceOf(RedisCommandExecutionException.class)
          .hasMessageContaining("SPENT no fuel");
      Script<Long> none = Script.function(LIBRARY, "none", Returns.INTEGER);
      assertThatThrownBy(() -> get(redis.run(none, List.of(), List.of())))
          .hasMessageContaining("Function not found");
    }
  }

  @ParameterizedTest(autoCloseArguments = false, allowZeroInvocations = true)
  @MethodSource("clustersWithFunctions")
  void function_inACluster_isLoadedWhereItsKeyIs(RealRedisCluster cluster) {
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(cluster))) {
      Map<RedisProcess, String> keys = keys(cluster);
      keys.forEach((node, key) -> {
        assertThat(calls(node, "function|load")).isZero();
        assertThat(get(redis.run(ADD_FUNCTION, List.of(key), List.of("1")))).isEqualTo(1);
        assertThat(get(redis.run(ADD_FUNCTION, List.of(key), List.of("1")))).isEqualTo(2);
        assertThat(calls(node, "function|load")).isEqualTo(1);
      });
      // Without a key any node may be asked.
      cluster.nodes().forEach(node -> node.call("FUNCTION", "FLUSH"));
      Script<Long> seven = Script.function(LIBRARY, "seven", Returns.INTEGER);
      assertThat(get(redis.run(seven, List.of(), List.of()))).isEqualTo(7);
      cluster.nodes().forEach(node -> assertThat(node.call("FUNCTION", "LIST")).contains("fleet"));
    }
  }

  @Test
  void script_blankSource_isRefused() {
    assertThatThrownBy(() -> Script.lua(" ", Returns.INTEGER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("source must not be blank");
    assertThatThrownBy(() -> Script.function("#!lua name=a", "", Returns.INTEGER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("function must not be blank");
  }
}
