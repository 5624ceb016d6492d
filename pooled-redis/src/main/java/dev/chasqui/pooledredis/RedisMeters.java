package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.protocol.CommandType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Meters of Micrometer, all named {@code redis.…}. They are in the registry until {@link #close()}, those of a pool until
 * {@link #forget}.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class RedisMeters implements AutoCloseable {
  /** Few enough for a histogram of each command; Micrometer's own choice would be four times as many. */
  private static final Duration[] BUCKETS = LongStream.of(
          50,
          100,
          250,
          500,
          1_000,
          2_500,
          5_000,
          10_000,
          25_000,
          50_000,
          100_000,
          250_000,
          500_000,
          1_000_000,
          2_500_000,
          5_000_000,
          10_000_000)
      .mapToObj(micros -> Duration.ofNanos(micros * 1_000))
      .toArray(Duration[]::new);

  private final MeterRegistry registry;
  private final Tags client;
  private final Set<Meter> registered = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Of every command that Lettuce knows: what applications make up may be without end. */
  private final Map<String, OfCommand> commands = new HashMap<>();

  private final OfCommand others = new OfCommand("other");

  RedisMeters(MeterRegistry registry, String name) {
    this.registry = registry;
    this.client = Tags.of("client", name);
    for (CommandType type : CommandType.values()) {
      commands.put(type.toString(), new OfCommand(type.toString()));
    }
  }

  CommandObserver commands() {
    return (lane, name) -> {
      OfCommand command = commands.getOrDefault(name, others);
      long start = System.nanoTime();
      return failure -> command
          .timer(lane, Outcome.of(failure))
          .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    };
  }

  void watch(List<? extends SharedConnection<?, ?>> shared, SharedWriter writer) {
    gauge(
        "redis.shared.up",
        "Shared connections that are up",
        client,
        shared,
        all -> all.stream().filter(connection -> connection.link() != null).count());
    gauge(
        "redis.shared.inflight",
        "Commands sent over shared connections and not answered yet",
        client,
        shared,
        all -> all.stream().mapToInt(SharedConnection::inFlight).sum());
    gauge(
        "redis.shared.waiting",
        "Commands that wait for a shared connection",
        client,
        writer,
        SharedWriter::waiting);
  }

  PoolMeters pool(String address) {
    return new OfPool(node(address));
  }

  void watch(ExclusivePool<?, ?> pool) {
    Tags node = node(pool.address());
    gauge("redis.pool.active", "Connections that are lent", node, pool, ExclusivePool::active);
    gauge("redis.pool.idle", "Connections that are not lent", node, pool, ExclusivePool::idle);
    gauge("redis.pool.waiting", "Who waits to borrow", node, pool, ExclusivePool::waiting);
  }

  private Tags node(String address) {
    return client.and("node", address);
  }

  /** Removes the meters of {@code pool}: else the next one for the same node would find its gauges taken. */
  void forget(ExclusivePool<?, ?> pool) {
    remove(meter -> pool.address().equals(meter.getId().getTag("node")));
  }

  /** Removes all meters. What is told afterwards is forgotten. */
  @Override
  public void close() {
    closed = true;
    remove(meter -> true);
  }

  private void remove(Predicate<Meter> which) {
    registered.removeIf(meter -> {
      boolean found = which.test(meter);
      if (found) {
        registry.remove(meter);
      }
      return found;
    });
  }

  private <M extends Meter> M keep(M meter) {
    registered.add(meter);
    if (closed) { // a command may end, and have its first timer made, while we close
      remove(meter::equals);
    }
    return meter;
  }

  private <T> void gauge(
      String name, String description, Tags tags, T of, ToDoubleFunction<T> value) {
    keep(Gauge.builder(name, of, value).description(description).tags(tags).register(registry));
  }

  private Timer timer(String name, String description, Tags tags) {
    return keep(Timer.builder(name)
        .description(description)
        .tags(tags)
        .serviceLevelObjectives(BUCKETS)
        .minimumExpectedValue(BUCKETS[0])
        .maximumExpectedValue(BUCKETS[BUCKETS.length - 1])
        .register(registry));
  }

  private Counter counter(String name, String description, Tags tags) {
    return keep(Counter.builder(name).description(description).tags(tags).register(registry));
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What became of a command. In lower case, the value of the tag {@code outcome}. */
  private enum Outcome {
    ANSWERED,
    REFUSED,
    UNSENT,
    LOST;

    static Outcome of(@Nullable Throwable failure) {
      if (failure == null) {
        return ANSWERED;
      }
      if (failure instanceof RedisCommandExecutionException) {
        return REFUSED;
      }
      return failure instanceof RedisUnavailableException ? UNSENT : LOST;
    }
  }

  /** The timers of a command. Each is made when it is first needed: of most commands, none ever is. */
  private final class OfCommand {
    private final String name;
    private final Map<Outcome, Timer> shared = new ConcurrentHashMap<>();
    private final Map<Outcome, Timer> exclusive = new ConcurrentHashMap<>();

    OfCommand(String name) {
      this.name = name;
    }

    Timer timer(Lane lane, Outcome outcome) {
      Map<Outcome, Timer> timers = lane == Lane.SHARED ? shared : exclusive;
      Timer timer = timers.get(outcome);
      return timer != null
          ? timer
          : timers.computeIfAbsent(outcome, first -> newTimer(lane, first));
    }

    private Timer newTimer(Lane lane, Outcome outcome) {
      return RedisMeters.this.timer(
          "redis.command",
          "From giving a command away to its answer",
          client.and("lane", lower(lane), "command", name, "outcome", lower(outcome)));
    }
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

    @Override
    public void borrowed(long waitNanos) {
      wait.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void used(long since, LongSupplier nanoClock) {
      usage.record(nanoClock.getAsLong() - since, TimeUnit.NANOSECONDS);
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
      requireNonNull(destructions.get(reason)).increment();
    }
  }
}
