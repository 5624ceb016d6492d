package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(RealServers.class)
final class RealSentinelsTest {
  @ParameterizedTest
  @MethodSource("dev.chasqui.realservers.RedisProgram#all")
  void awaitOk_mastersKilled_waitsForReplicas(RedisProgram program) {
    try (RealSentinels sentinels = RealSentinels.start(program, "maxclients 100")) {
      RedisProcess first = sentinels.master();
      assertThat(first.program()).isSameAs(program);
      assertThat(first.call("CONFIG", "GET", "maxclients")).endsWith("100");
      first.call("SET", "truck", "7");
      assertThat(first.call("WAIT", "2", "5000")).as("replicas that have it").isEqualTo("2");

      first.kill();
      sentinels.awaitOk();
      RedisProcess second = sentinels.master();
      assertThat(second).isNotSameAs(first);
      assertThat(second.call("ROLE")).startsWith("master");
      assertThat(second.call("GET", "truck")).isEqualTo("7");

      first.restart();
      sentinels.awaitOk();
      assertThat(sentinels.master()).isSameAs(second);
      assertThat(first.call("GET", "truck")).isEqualTo("7");

      second.kill();
      sentinels.awaitOk();
      assertThat(sentinels.master().call("GET", "truck")).isEqualTo("7");
    }
  }

  @Test
  void failover_nobodyKilled_makesAReplicaTheMaster(RealSentinels sentinels) {
    RedisProcess old = sentinels.master();
    sentinels.failover();
    assertThat(sentinels.master()).isNotSameAs(old);
    assertThat(old.call("ROLE")).startsWith("slave");
    for (RedisProcess sentinel : sentinels.sentinels()) {
      assertThat(sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinels.masterName()))
          .isEqualTo("127.0.0.1\n" + sentinels.master().port());
    }
    assertThat(sentinels.password()).isNotEqualTo(sentinels.sentinelPassword());

    RedisProcess sentinel = sentinels.sentinels().get(0);
    sentinel.restart();
    sentinels.awaitOk();
    assertThat(sentinels.addresses()).hasSize(3).contains(sentinel.address());

    sentinels.sentinels().forEach(RedisProcess::kill);
    assertThatThrownBy(sentinels::master)
        .isInstanceOf(RealServerException.class)
        .hasMessageContaining("No sentinel");
  }
}
