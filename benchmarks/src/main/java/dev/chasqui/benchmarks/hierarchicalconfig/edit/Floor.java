package dev.chasqui.benchmarks.hierarchicalconfig.edit;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A map of all values is copied and one of them replaced, whether a nearer level has it or not. */
public class Floor extends EditBenchmark<Map<String, Number>> {
  @Override
  Supplier<Map<String, Number>> editor(Sample sample, String key, Number value) {
    Map<String, Number> before = new HashMap<>(sample.defaults());
    sample.layers().forEach(before::putAll);
    return () -> {
      Map<String, Number> after = new HashMap<>(before);
      after.put(key, value);
      return after;
    };
  }
}
