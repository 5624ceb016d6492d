package dev.chasqui.pooledredis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Meters of Micrometer, all named {@code redis.…}. */
final class RedisMeters {
  private final MeterRegistry registry;
  private final Tags tags;
  private final Map<Lane, Map<String, Timer>> commands = new EnumMap<>(Lane.class);

  RedisMeters(MeterRegistry registry, String name) {
    this.registry = registry;
    this.tags = Tags.of("client", name);
    for (Lane lane : Lane.values()) {
      commands.put(lane, new ConcurrentHashMap<>());
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  CommandObserver commands() {
    return (lane, command) -> {
      Timer timer = timer(lane, command);
      long start = System.nanoTime();
      return failure -> timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    };
  }

  private Timer timer(Lane lane, String command) {
    Map<String, Timer> timers = commands.get(lane);
    Timer timer = timers == null ? null : timers.get(command);
    return timer != null ? timer : newTimer(lane, command);
  }

  private Timer newTimer(Lane lane, String command) {
    Timer timer = Timer.builder("redis.command")
        .description("From giving a command away to its answer")
        .tags(tags.and("lane", lower(lane), "command", command))
        .publishPercentileHistogram()
        .register(registry);
    Map<String, Timer> timers = commands.get(lane);
    if (timers != null) {
      timers.put(command, timer);
    }
    return timer;
  }

  void watch(List<? extends SharedConnection<?, ?>> shared, SharedWriter writer) {
    Gauge.builder(
            "redis.shared.up",
            shared,
            all -> all.stream().filter(c -> c.link() != null).count())
        .description("Shared connections that are up")
        .tags(tags)
        .register(registry);
    Gauge.builder(
            "redis.shared.inflight",
            shared,
            all -> all.stream().mapToInt(c -> c.inFlight().get()).sum())
        .description("Commands sent over shared connections and not answered yet")
        .tags(tags)
        .register(registry);
    Gauge.builder("redis.shared.waiting", writer, SharedWriter::waiting)
        .description("Commands that wait for a shared connection")
        .tags(tags)
        .register(registry);
  }

  PoolMeters pool(String address) {
    return new OfPool(tags.and("node", address));
  }

  void watch(ExclusivePool<?, ?> pool) {
    Tags node = tags.and("node", pool.address());
    gauge("redis.pool.active", "Connections that are lent", node, pool, ExclusivePool::active);
    gauge("redis.pool.idle", "Connections that are not lent", node, pool, ExclusivePool::idle);
    gauge("redis.pool.waiting", "Who waits to borrow", node, pool, ExclusivePool::waiting);
  }

  /** Else a new pool for the same node would find its gauges taken. */
  void forget(ExclusivePool<?, ?> pool) {
    Tags node = tags.and("node", pool.address());
    for (String name : List.of("redis.pool.active", "redis.pool.idle", "redis.pool.waiting")) {
      Gauge gauge = registry.find(name).tags(node).gauge();
      if (gauge != null) {
        registry.remove(gauge);
      }
    }
  }

  private void gauge(
      String name,
      String description,
      Tags node,
      ExclusivePool<?, ?> pool,
      java.util.function.ToDoubleFunction<ExclusivePool<?, ?>> value) {
    Gauge.builder(name, pool, value).description(description).tags(node).register(registry);
  }

  private final class OfPool implements PoolMeters {
    private final Timer wait;
    private final Timer usage;
    private final Counter timeouts;
    private final Counter leaks;
    private final Counter creations;
    private final Map<Destroyed, Counter> destructions = new EnumMap<>(Destroyed.class);

    OfPool(Tags node) {
      wait = timer("redis.pool.wait", "From asking for a connection to having it", node);
      usage = timer("redis.pool.usage", "From having a connection to giving it back", node);
      timeouts = counter("redis.pool.timeouts", "Those who went without a connection", node);
      leaks = counter("redis.pool.leaks", "Connections reported as not coming back", node);
      creations = counter("redis.pool.created", "Connections opened", node);
      for (Destroyed reason : Destroyed.values()) {
        destructions.put(
            reason,
            counter(
                "redis.pool.destroyed", "Connections closed", node.and("reason", lower(reason))));
      }
    }

    private Timer timer(String name, String description, Tags node) {
      return Timer.builder(name)
          .description(description)
          .tags(node)
          .publishPercentileHistogram()
          .register(registry);
    }

    private Counter counter(String name, String description, Tags node) {
      return Counter.builder(name).description(description).tags(node).register(registry);
    }

    @Override
    public void borrowed(long waitNanos) {
      wait.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void used(long nanos) {
      usage.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void timedOut() {
      timeouts.increment();
    }

    @Override
    public void leaked() {
      leaks.increment();
    }

    @Override
    public void created() {
      creations.increment();
    }

    @Override
    public void destroyed(Destroyed reason) {
      @Nullable Counter counter = destructions.get(reason);
      if (counter != null) {
        counter.increment();
      }
    }
  }
}
