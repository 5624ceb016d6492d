package dev.chasqui.benchmarks.hierarchicalconfig.read;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Map;

/** A volatile field, the map in it, and a cast. */
public class PlainMap extends TypedReadBenchmark {
  private volatile Map<String, Object> snapshot = all();

  @Override
  int fps() {
    return (Integer) requireNonNull(snapshot.get("camera.fps"));
  }

  @Override
  boolean enabled() {
    return (Boolean) requireNonNull(snapshot.get("camera.enabled"));
  }

  @Override
  String label() {
    return (String) requireNonNull(snapshot.get("camera.label"));
  }

  @Override
  Duration interval() {
    return (Duration) requireNonNull(snapshot.get("camera.interval"));
  }
}
