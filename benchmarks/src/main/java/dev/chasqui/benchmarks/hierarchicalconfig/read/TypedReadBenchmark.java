package dev.chasqui.benchmarks.hierarchicalconfig.read;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * Reads one of 1,399 settings from the snapshot in force, which another thread may replace at any
 * time. Whoever takes part reads as its documentation says it is read fast, and holds the values in
 * the form that it reads fastest.
 */
public abstract class TypedReadBenchmark extends Measured {
  static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);
  static final Setting<Boolean> ENABLED = Setting.ofBoolean("camera.enabled").withDefault(false);
  static final Setting<String> LABEL = Setting.ofString("camera.label").withDefault("");
  static final Setting<Duration> INTERVAL =
      Setting.ofDuration("camera.interval").withDefault(Duration.ofMinutes(1));

  /** The four settings that are read, at values other than their defaults. */
  static final Map<String, Object> READ = Map.<String, Object>of(
      FPS.key(),
      30,
      ENABLED.key(),
      true,
      LABEL.key(),
      "front left",
      INTERVAL.key(),
      Duration.ofSeconds(30));

  /** Those that are there too, so that there are 1,399 in all. */
  static List<Setting<?>> others() {
    return Sample.of(1, 0).catalogue().settings().stream().skip(READ.size()).toList();
  }

  /** All 1,399 by key. */
  static Map<String, Object> all() {
    Map<String, Object> all = new HashMap<>(READ);
    others().forEach(setting -> all.put(setting.key(), setting.defaultValue()));
    return all;
  }

  /** All 1,399 by key, for those that keep texts. */
  static Map<String, String> texts() {
    Map<String, String> texts = new HashMap<>();
    all().forEach((key, value) -> texts.put(key, value.toString()));
    return texts;
  }

  abstract int fps();

  abstract boolean enabled();

  abstract String label();

  abstract Duration interval();

  @Benchmark
  public int readInt() {
    return fps();
  }

  @Benchmark
  public boolean readBoolean() {
    return enabled();
  }

  @Benchmark
  public String readString() {
    return label();
  }

  @Benchmark
  public Duration readDuration() {
    return interval();
  }
}
