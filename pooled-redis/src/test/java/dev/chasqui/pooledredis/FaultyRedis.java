package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.TcpProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A Redis behind a network that a test can spoil, with a user {@code app} of its own. */
final class FaultyRedis implements AutoCloseable {
  private static final String PASSWORD = "secret";
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private final RedisProcess server;
  private final TcpProxy proxy;
  private long faultSince;
  private long connectsBefore;

  private FaultyRedis(RedisProcess server, TcpProxy proxy) {
    this.server = server;
    this.proxy = proxy;
  }

  /** Starts one that keeps what it has acknowledged when it is killed, though not when the machine is. */
  static FaultyRedis start() {
    RedisProcess server = RedisProcess.start(
        "appendonly yes",
        "auto-aof-rewrite-min-size 1mb",
        "appendfsync no",
        "user app on >" + PASSWORD + " ~* &* +@all");
    return new FaultyRedis(server, TcpProxy.to(server.port()));
  }

  RedisProcess server() {
    return server;
  }

  TcpProxy proxy() {
    return proxy;
  }

  /** Through the proxy. */
  RedisConfig config() {
    return Servers.patient(
        RedisConfig.parse("redis://app:" + PASSWORD + "@127.0.0.1:" + proxy.port()));
  }

  void changePassword() {
    server.call("ACL", "SETUSER", "app", "resetpass", ">another");
  }

  void restorePassword() {
    server.call("ACL", "SETUSER", "app", "resetpass", ">" + PASSWORD);
  }

  /**
   * Lets {@code fault} happen under load, ends it, and sees that all is well again by itself: replies are right and come,
   * no write was repeated, and the server has no connections but those that the client knows of.
   */
  void under(RedisConfig config, int filling, Fault fault) throws Exception {
    try (PooledRedis<String, String> redis = PooledRedis.connect(config);
        CheckedLoad load = CheckedLoad.start(redis, config, filling)) {
      load.awaitReplies(3);
      begin();
      fault.happen(load, redis);
      proxy.calm();
      load.awaitReplies(20);
      load.stop();
      load.assertCountersRight(server);
      awaitOrder(redis);
    }
    awaitNothingLeft();
  }

  /** Connects are counted from here on. */
  void begin() {
    faultSince = System.nanoTime();
    connectsBefore = proxy.connects();
  }

  /** A connection that failed or ended is followed by the next no sooner than the least delay. */
  void assertConnectsBounded(RedisConfig config) {
    long connects = proxy.connects() - connectsBefore;
    long delays = (System.nanoTime() - faultSince) / config.reconnectMin().toNanos();
    long atFirst = 2L * Connector.AT_ONCE + config.sharedConnections() + config.maxConnections();
    assertThat(connects)
        .as("connects within %s delays", delays)
        .isLessThanOrEqualTo(atFirst + config.sharedConnections() * delays);
  }

  /** Waits until the client is up, idle, and has the connections that it thinks it has. */
  void awaitOrder(PooledRedis<?, ?> redis) {
    await().atMost(RECOVERY).untilAsserted(() -> {
      Health health = redis.health();
      assertThat(health.isUp()).as("%s", health).isTrue();
      assertThat(health.inFlight()).isZero();
      assertThat(health.waitingCommands()).isZero();
      assertThat(health.pools()).allMatch(pool -> pool.active() == 0 && pool.waiting() == 0);
      int idle = health.pools().stream().mapToInt(Health.Pool::idle).sum();
      assertThat(clients()).as("%s", health).isEqualTo(health.shared() + idle);
      assertThat(proxy.open()).as("%s", health).isEqualTo(health.shared() + idle);
    });
  }

  /** Waits until nothing is left of a client that was closed, neither here nor at the server. */
  void awaitNothingLeft() {
    await().atMost(RECOVERY).untilAsserted(() -> {
      assertThat(threads()).isEmpty();
      assertThat(clients()).isZero();
      assertThat(proxy.open()).isZero();
    });
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("chasqui-redis-"))
        .toList();
  }

  /** Connections that the server knows of, but for those that are not ours. */
  long clients() {
    return server
        .call("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("user=app"))
        .count();
  }

  @Override
  public void close() throws IOException {
    try (proxy) {
      server.close();
    }
  }
}
