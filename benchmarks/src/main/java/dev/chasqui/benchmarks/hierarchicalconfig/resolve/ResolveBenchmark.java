package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Makes an effective config of 1,399 settings out of what several levels say, and reads every one of
 * them as its type: some do their work when they resolve, some when they are read. The levels are
 * there already, in the form in which whoever takes part keeps them.
 *
 * @param <C> the effective config of whoever takes part
 */
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public abstract class ResolveBenchmark<C> extends Measured {
  /** How many levels, and how many overrides they have together. */
  @Param({"5x130", "5x260", "5x520", "10x130"})
  public String levelsAndOverrides = "5x130";

  private Supplier<C> resolver = () -> {
    throw new IllegalStateException("setUp has not run");
  };
  private List<Setting<?>> settings = List.of();

  /** What makes an effective config out of the sample's levels, anew at every call. */
  abstract Supplier<C> resolver(Sample sample);

  /** The value of a setting: read as its type, only then made a double. */
  abstract double number(C config, Setting<?> setting);

  @Setup
  public void setUp() {
    String[] numbers = levelsAndOverrides.split("x", 2);
    Sample sample = Sample.of(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    resolver = resolver(sample);
    settings = List.copyOf(sample.catalogue().settings());
  }

  List<Setting<?>> settings() {
    return settings;
  }

  C resolved() {
    return resolver.get();
  }

  @Benchmark
  public double resolveAndReadAll() {
    C config = resolved();
    double sum = 0;
    for (Setting<?> setting : settings) {
      sum += number(config, setting);
    }
    return sum;
  }
}
