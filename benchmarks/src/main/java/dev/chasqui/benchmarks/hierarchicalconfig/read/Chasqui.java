package dev.chasqui.benchmarks.hierarchicalconfig.read;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Ours: a volatile field, and the setting's value in the effective config in it. */
public class Chasqui extends TypedReadBenchmark {
  private volatile EffectiveConfig snapshot = resolve();

  static EffectiveConfig resolve() {
    Catalogue catalogue =
        Catalogue.of(Stream.concat(Stream.of(FPS, ENABLED, LABEL, INTERVAL), others().stream())
            .toList());
    Map<String, Entry> entries = Map.of(
        FPS.key(), entry(FPS, 30),
        ENABLED.key(), entry(ENABLED, true),
        LABEL.key(), entry(LABEL, "front left"),
        INTERVAL.key(), entry(INTERVAL, Duration.ofSeconds(30)));
    return new Resolver(catalogue, Hierarchy.DEFAULT)
        .resolve(
            List.of(new Profile(new Scope("device", "truck-7-cam"), 0, 0, entries)),
            DeviceContext.NONE,
            Instant.EPOCH);
  }

  private static <T> Entry entry(Setting<T> setting, T value) {
    return Entry.of(setting.type().encode(value));
  }

  @Override
  int fps() {
    return snapshot.get(FPS);
  }

  @Override
  boolean enabled() {
    return snapshot.get(ENABLED);
  }

  @Override
  String label() {
    return snapshot.get(LABEL);
  }

  @Override
  Duration interval() {
    return snapshot.get(INTERVAL);
  }
}
