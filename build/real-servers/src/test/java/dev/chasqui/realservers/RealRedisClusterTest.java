package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(RealServers.class)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGSTOP there")
final class RealRedisClusterTest {
  @ParameterizedTest
  @MethodSource("dev.chasqui.realservers.RedisProgram#all")
  void awaitOk_mastersKilledAndPaused_waitsForTheirReplicas(RedisProgram program) {
    try (RealRedisCluster cluster = RealRedisCluster.start(program, 1, "maxclients 100")) {
      assertThat(cluster.seeds()).hasSize(6);
      for (RedisProcess node : cluster.nodes()) {
        assertThat(node.program()).isSameAs(program);
        assertThat(node.call("CLUSTER", "INFO"))
            .contains("cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:6");
        assertThat(node.call("CONFIG", "GET", "maxclients")).endsWith("100");
      }
      RedisProcess first = cluster.masterOf("truck:7");
      first.call("SET", "truck:7", "kept");
      assertThat(first.call("WAIT", "1", "5000")).as("replicas that have it").isEqualTo("1");

      first.kill();
      cluster.awaitOk();
      RedisProcess second = cluster.masterOf("truck:7");
      assertThat(second).isNotSameAs(first);
      assertThat(second.call("GET", "truck:7")).isEqualTo("kept");

      first.restart();
      cluster.awaitOk();
      assertThat(first.call("ROLE")).startsWith("slave");

      second.pause();
      cluster.awaitOk();
      assertThat(cluster.masterOf("truck:7")).isSameAs(first);
      assertThat(first.call("GET", "truck:7")).isEqualTo("kept");
    }
  }

  @Test
  void restart_masterWithoutReplica_isBackInItsPlace(RealRedisCluster cluster) {
    RedisProcess master = cluster.masterOf("truck:7");
    master.restart();
    cluster.awaitOk();
    assertThat(cluster.masterOf("truck:7")).isSameAs(master);
    assertThat(master.call("SET", "truck:7", "7")).isEqualTo("OK");

    cluster.nodes().forEach(RedisProcess::kill);
    assertThatThrownBy(() -> cluster.masterOf("truck:7"))
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("No node");
  }

  @Test
  void start_fewerThanNoReplicas_isRefused() {
    assertThatThrownBy(() -> RealRedisCluster.start(RedisProgram.embedded(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }
}
