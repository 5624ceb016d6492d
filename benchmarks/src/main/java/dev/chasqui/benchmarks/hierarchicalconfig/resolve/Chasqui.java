package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Setting;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;

/** Ours: reads every entry as its setting's type, checks it, and can explain the outcome. */
public class Chasqui extends ResolveBenchmark<EffectiveConfig> {
  @Override
  Supplier<EffectiveConfig> resolver(Sample sample) {
    Resolver resolver = new Resolver(sample.catalogue(), sample.hierarchy());
    List<Profile> profiles = sample.profiles();
    return () -> resolver.resolve(profiles, DeviceContext.NONE, Instant.EPOCH);
  }

  @Override
  double number(EffectiveConfig config, Setting<?> setting) {
    return ((Number) config.get(setting)).doubleValue();
  }

  @Benchmark
  public EffectiveConfig resolve() {
    return resolved();
  }
}
