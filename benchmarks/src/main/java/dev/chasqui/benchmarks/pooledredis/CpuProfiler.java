package dev.chasqui.benchmarks.pooledredis;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;
import redis.clients.jedis.RedisClient;

/**
 * Microseconds of all processors together that an operation takes of this JVM, its compiler and garbage collector
 * included, and of the Redis in use.
 */
public final class CpuProfiler implements InternalProfiler {
  static final String CLIENT = "cpu.client.norm";
  static final String SERVER = "cpu.server.norm";

  private double client;
  private double server;

  /** For JMH, which makes one in each fork. */
  public CpuProfiler() {}

  @Override
  public String getDescription() {
    return "Processor time of the JVM and of Redis for an operation";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    server = serverMicros();
    client = clientMicros();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double clientUsed = clientMicros() - client;
    double serverUsed = serverMicros() - server;
    long operations = result.getMetadata().getAllOps();
    if (operations == 0 || Double.isNaN(serverUsed)) {
      return List.of(); // the last iteration: Redis is closed before it ends for JMH
    }
    return List.of(
        new ScalarResult(CLIENT, clientUsed / operations, "us/op", AggregationPolicy.AVG),
        new ScalarResult(SERVER, serverUsed / operations, "us/op", AggregationPolicy.AVG));
  }

  private static double clientMicros() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e3;
  }

  private static double serverMicros() {
    String uri = System.getProperty(FilledRedis.IN_USE);
    if (uri == null) {
      return Double.NaN;
    }
    try (RedisClient redis = RedisClient.create(URI.create(uri))) {
      return redis.info("cpu").lines().mapToDouble(CpuProfiler::micros).sum();
    }
  }

  private static double micros(String line) {
    return line.matches("used_cpu_(sys|user):.*")
        ? 1e6 * Double.parseDouble(line.substring(line.indexOf(':') + 1))
        : 0;
  }
}
