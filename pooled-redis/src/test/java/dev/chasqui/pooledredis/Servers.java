package dev.chasqui.pooledredis;

import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealRedisCluster;
import dev.chasqui.realservers.RealSentinels;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import java.time.Duration;
import java.util.List;

/** Configurations of the servers that tests start: patient, since the machine may be busy. */
final class Servers {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Servers() {}

  /** Those that there are beside the one that tests use unless they say otherwise. */
  static List<RedisProgram> otherPrograms() {
    String usual = RedisProgram.forTests().toString();
    return RedisProgram.all().stream()
        .filter(program -> !program.toString().equals(usual))
        .toList();
  }

  static RedisConfig config(RealRedis server) {
    return patient(RedisConfig.parse(server.uri()));
  }

  static RedisConfig config(RedisProcess server) {
    return patient(RedisConfig.parse(server.uri()));
  }

  static RedisConfig config(RealRedisCluster cluster) {
    return patient(RedisConfig.of(new RedisServers.Cluster(addresses(cluster.seeds())))
        .withPassword(cluster.password()));
  }

  static RedisConfig config(RealSentinels sentinels) {
    return patient(RedisConfig.of(
                new RedisServers.Sentinel(sentinels.masterName(), addresses(sentinels.addresses())))
            .withPassword(sentinels.password())
            .withSentinelPassword(sentinels.sentinelPassword()))
        .withReconnectMax(Duration.ofMillis(200));
  }

  /** From {@code host:port}. */
  static List<Address> addresses(List<String> texts) {
    return texts.stream()
        .map(text -> text.split(":", -1))
        .map(parts -> new Address(parts[0], Integer.parseInt(parts[1])))
        .toList();
  }

  static RedisConfig patient(RedisConfig config) {
    return config
        .withBorrowTimeout(PATIENCE)
        .withCommandTimeout(PATIENCE)
        .withConnectTimeout(PATIENCE);
  }
}
