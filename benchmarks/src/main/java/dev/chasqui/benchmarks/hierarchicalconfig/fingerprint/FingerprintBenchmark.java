package dev.chasqui.benchmarks.hierarchicalconfig.fingerprint;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Makes the fingerprint of an effective config's content: anew, which is a benchmark of whoever takes
 * part since some must have a config that was never asked for it, and after an edit of one entry.
 */
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public abstract class FingerprintBenchmark extends Measured {
  /** How many of 1,399 settings have an entry. */
  @Param({"130", "1399"})
  public int keys = 130;

  /** Takes over what entries say, and the one that another value is to be given to. */
  abstract void setUp(Sample sample, Map<String, Number> entries, String key, Number other);

  /** As if nobody had asked before. */
  abstract String fingerprintAnew();

  /** Makes the edit, too. That of the config before the edit has been made. */
  abstract String fingerprintAfterEdit();

  @Setup
  public void setUp() {
    Sample sample = Sample.of(1, 0);
    Map<String, Number> defaults = sample.defaults();
    List<Setting<?>> settings = List.copyOf(sample.catalogue().settings());
    SortedMap<String, Number> entries = new TreeMap<>();
    for (int i = 0; i < keys; i++) { // spread over all of them
      String key = settings.get(i * settings.size() / keys).key();
      entries.put(key, requireNonNull(defaults.get(key)));
    }
    for (Map.Entry<String, Number> entry : entries.entrySet()) {
      Number other = entry.getValue().intValue() == 0 ? 1 : 0;
      if (sample.catalogue().check(entry.getKey(), Sample.json(other)) == null) {
        setUp(sample, entries, entry.getKey(), other);
        return;
      }
    }
    throw new IllegalStateException("no setting may be 0 and 1");
  }

  @Benchmark
  public String editAndFingerprint() {
    return fingerprintAfterEdit();
  }
}
