package dev.chasqui.benchmarks.hierarchicalconfig.edit;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import java.util.Map;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/**
 * One entry of one level changes: a new effective config of 1,399 settings, 5 levels and 130 overrides,
 * the one before it staying as it is.
 *
 * @param <C> the effective config of whoever takes part
 */
public abstract class EditBenchmark<C> extends Measured {
  private Supplier<C> editor = () -> {
    throw new IllegalStateException("setUp has not run");
  };

  /** What makes the config after the edit out of the one before, anew at every call. */
  abstract Supplier<C> editor(Sample sample, String key, Number value);

  @Setup
  public void setUp() {
    Sample sample = Sample.of(5, 130);
    Map.Entry<String, Number> entry =
        sample.layers().get(1).entrySet().iterator().next();
    Number other = sample.layers().get(1).values().stream()
        .filter(value -> value.getClass() == entry.getValue().getClass())
        .findFirst()
        .orElse(entry.getValue());
    editor = editor(sample, entry.getKey(), other);
  }

  @Benchmark
  public C edit() {
    return editor.get();
  }
}
