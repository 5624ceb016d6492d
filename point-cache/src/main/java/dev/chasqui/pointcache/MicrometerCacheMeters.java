package dev.chasqui.pointcache;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Meters of Micrometer, all named {@code pointcache.…}. They are in the registry until {@link #close()}. */
final class MicrometerCacheMeters implements CacheMeters {
  private final MeterRegistry registry;
  private final Tags namespace;
  private final Set<Meter> registered = ConcurrentHashMap.newKeySet();
  private final Counter fences;
  private final Counter failedFences;

  MicrometerCacheMeters(MeterRegistry registry, String namespace, BooleanSupplier bypassed) {
    this.registry = registry;
    this.namespace = Tags.of("namespace", namespace);
    this.fences = fences("placed");
    this.failedFences = fences("failed");
    registered.add(Gauge.builder("pointcache.bypassed", bypassed, now -> now.getAsBoolean() ? 1 : 0)
        .description("1 while all rows come from the database")
        .tags(this.namespace)
        .strongReference(true)
        .register(registry));
  }

  private Counter fences(String outcome) {
    return counter(
        "pointcache.fences", "Keys that were to be fenced", namespace.and("outcome", outcome));
  }

  private Counter counter(String name, String description, Tags tags) {
    Counter counter = Counter.builder(name).description(description).tags(tags).register(registry);
    registered.add(counter);
    return counter;
  }

  @Override
  public void fenced(int keys, boolean succeeded) {
    (succeeded ? fences : failedFences).increment(keys);
  }

  @Override
  public CacheMeters.OfTable table(Table table) {
    return new OfTable(namespace.and("table", table.toString()));
  }

  @Override
  public void close() {
    registered.forEach(registry::remove);
    registered.clear();
  }

  private static <E extends Enum<E>, M> Map<E, M> each(Class<E> type, Function<String, M> meter) {
    Map<E, M> meters = new EnumMap<>(type);
    for (E constant : requireNonNull(type.getEnumConstants())) {
      meters.put(constant, meter.apply(constant.name().toLowerCase(Locale.ROOT)));
    }
    return meters;
  }

  private final class OfTable implements CacheMeters.OfTable {
    private final Map<Source, Counter> answers;
    private final Map<Fill, Counter> fills;
    private final Map<Sampler.Outcome, Counter> samples;
    private final Timer loads;
    private final Timer failedLoads;

    OfTable(Tags table) {
      answers = each(
          Source.class,
          source -> counter("pointcache.answers", "Answers given", table.and("source", source)));
      fills = each(
          Fill.class,
          outcome -> counter(
              "pointcache.fills", "What was to be kept in Redis", table.and("outcome", outcome)));
      samples = each(
          Sampler.Outcome.class,
          outcome -> counter(
              "pointcache.samples",
              "Hits in Redis that were compared with the primary",
              table.and("outcome", outcome)));
      loads = loads(table, "read");
      failedLoads = loads(table, "failed");
    }

    private Timer loads(Tags table, String outcome) {
      Timer timer = Timer.builder("pointcache.load")
          .description("Statements to the database")
          .tags(table.and("outcome", outcome))
          .publishPercentileHistogram()
          .register(registry);
      registered.add(timer);
      return timer;
    }

    @Override
    public void answered(Source source) {
      requireNonNull(answers.get(source)).increment();
    }

    @Override
    public void loaded(long nanos, boolean succeeded) {
      (succeeded ? loads : failedLoads).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void filled(Fill outcome) {
      requireNonNull(fills.get(outcome)).increment();
    }

    @Override
    public void sampled(Sampler.Outcome outcome) {
      requireNonNull(samples.get(outcome)).increment();
    }
  }
}
