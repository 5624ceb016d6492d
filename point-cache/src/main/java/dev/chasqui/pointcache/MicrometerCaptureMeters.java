package dev.chasqui.pointcache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;

/** Meters of Micrometer, all named {@code pointcache.capture.…}. They are in the registry until {@link #close()}. */
final class MicrometerCaptureMeters implements CaptureMeters {
  private final MeterRegistry registry;
  private final Counter fences;
  private final Counter generations;
  private final List<Meter> registered;

  MicrometerCaptureMeters(MeterRegistry registry, String namespace, Capture capture) {
    this.registry = registry;
    Tags tags = Tags.of("namespace", namespace);
    fences = Counter.builder("pointcache.capture.fences")
        .description("Keys that were fenced, each twice")
        .tags(tags)
        .register(registry);
    generations = Counter.builder("pointcache.capture.generations")
        .description("How often all rows had to be dropped")
        .tags(tags)
        .register(registry);
    registered = List.of(
        fences,
        generations,
        Gauge.builder("pointcache.capture.leading", capture, now -> now.isLeading() ? 1 : 0)
            .description("1 if it is this process that captures")
            .tags(tags)
            .register(registry),
        Gauge.builder("pointcache.capture.behind", capture, Capture::secondsBehind)
            .description("How far it is behind")
            .baseUnit("seconds")
            .tags(tags)
            .register(registry));
  }

  @Override
  public void fenced(int keys) {
    fences.increment(keys);
  }

  @Override
  public void droppedAll() {
    generations.increment();
  }

  @Override
  public void close() {
    registered.forEach(registry::remove);
  }
}
