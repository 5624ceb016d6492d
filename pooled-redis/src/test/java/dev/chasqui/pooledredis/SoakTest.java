package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * All kinds of load and all kinds of faults, for 20 seconds; for longer with {@code -Dchasqui.soak=10m}. The faults are the
 * same each time, though not what they hit.
 */
final class SoakTest {
  private static final System.Logger LOG = System.getLogger(SoakTest.class.getName());
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private final Random random = new Random(20_240_229);
  private final AtomicLong faults = new AtomicLong();

  private static Duration length() {
    String given = System.getProperty("chasqui.soak", "20s");
    return Duration.parse("PT" + given);
  }

  @Test
  void soak_underFaults_repliesRightLeaksNothingAndRecovers() throws Exception {
    Duration length = length();
    try (FaultyRedis faulty = FaultyRedis.start()) {
      RedisConfig config = faulty
          .config()
          .withMaxConnections(4)
          .withCommandTimeout(TIMEOUT)
          .withConnectTimeout(TIMEOUT)
          .withBorrowTimeout(TIMEOUT)
          .withReconnectMax(TIMEOUT);
      long connectsBefore = faulty.proxy().connects();
      faulty.under(config, 200, (load, redis) -> {
        long end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() - end < 0) {
          fault(faulty, redis);
          faulty.proxy().calm();
          faults.incrementAndGet();
          load.awaitReplies(10); // within bounded time
          quietly(Duration.ofMillis(random.nextInt(200)));
        }
        load.awaitReplies(100);
        LOG.log(
            System.Logger.Level.INFO,
            "Soak of {0} s: {1}; faults {2}, connects {3}, largest number of connections {4}",
            length.toSeconds(),
            load,
            faults.toString(),
            Long.toString(faulty.proxy().connects() - connectsBefore),
            config.sharedConnections() + config.maxConnections());
        assertThat(load.lost()).isPositive();
      });
      // Both would have failed by now.
      LOG.log(System.Logger.Level.INFO, "Wrong replies 0, repeated writes 0, leaked connections 0");
    }
  }

  private void fault(FaultyRedis faulty, PooledRedis<String, String> redis) {
    TcpProxy proxy = faulty.proxy();
    List<Runnable> faultsThatLast = List.of(
        proxy::blackHole,
        proxy::refuse,
        () -> proxy.delay(Duration.ofMillis(1 + random.nextInt(1000))),
        () -> proxy.slowDown(1 + random.nextInt(2000)),
        () -> proxy.cutAt("ECHO"));
    List<Runnable> faultsOfAMoment = List.of(
        proxy::reset,
        () -> proxy.cutAfter(random.nextInt(2000)),
        () -> faulty.server().call("CLIENT", "KILL", "TYPE", "normal"),
        () -> faulty.server().call("CLIENT", "PAUSE", Integer.toString(1 + random.nextInt(1000))),
        () -> {
          faulty.server().pause();
          quietly(Duration.ofMillis(1 + random.nextInt(1000)));
          faulty.server().resume();
        },
        () -> {
          faulty.server().kill();
          faulty.server().restart();
        });
    if (random.nextBoolean()) {
      faultsThatLast.get(random.nextInt(faultsThatLast.size())).run();
      if (random.nextBoolean()) {
        proxy.reset();
      }
      quietly(Duration.ofMillis(random.nextInt(1500)));
    } else {
      faultsOfAMoment.get(random.nextInt(faultsOfAMoment.size())).run();
    }
    assertThat(redis.health().inFlight()).isNotNegative();
  }

  /** Lets time pass. */
  private static void quietly(Duration duration) {
    long until = System.nanoTime() + duration.toNanos();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> System.nanoTime() - until >= 0);
  }
}
