package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.List;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;

/** Lightbend Config: each layer falls back on the next, then substitutions are resolved. */
public class Lightbend extends ResolveBenchmark<Config> {
  @Override
  Supplier<Config> resolver(Sample sample) {
    List<Config> nearestFirst =
        sample.nearestFirst().stream().map(ConfigFactory::parseMap).toList();
    return () -> {
      Config merged = ConfigFactory.empty();
      for (Config layer : nearestFirst) {
        merged = merged.withFallback(layer);
      }
      return merged.resolve();
    };
  }

  @Override
  double number(Config config, Setting<?> setting) {
    return Sample.isInt(setting) ? config.getInt(setting.key()) : config.getDouble(setting.key());
  }

  @Benchmark
  public Config resolve() {
    return resolved();
  }
}
