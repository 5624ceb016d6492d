package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;

/** The least that can be done: every layer put into one map, unread and unchecked. */
public class Floor extends ResolveBenchmark<Map<String, Number>> {
  @Override
  Supplier<Map<String, Number>> resolver(Sample sample) {
    Map<String, Number> defaults = sample.defaults();
    List<Map<String, Number>> layers = sample.layers();
    return () -> {
      Map<String, Number> merged = new HashMap<>(defaults);
      layers.forEach(merged::putAll);
      return merged;
    };
  }

  @Override
  double number(Map<String, Number> config, Setting<?> setting) {
    return requireNonNull(config.get(setting.key())).doubleValue();
  }

  @Benchmark
  public Map<String, Number> resolve() {
    return resolved();
  }
}
