package dev.chasqui.benchmarks.hierarchicalconfig.edit;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One entry of one level changes: a new effective config of 1,399 settings, 5 levels and 130 overrides,
 * the one before it staying as it is.
 *
 * @param <C> the effective config of whoever takes part
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+UseG1GC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class EditBenchmark<C> {
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
