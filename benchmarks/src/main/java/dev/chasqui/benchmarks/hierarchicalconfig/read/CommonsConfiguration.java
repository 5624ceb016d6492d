package dev.chasqui.benchmarks.hierarchicalconfig.read;

import java.time.Duration;
import org.apache.commons.configuration2.Configuration;
import org.apache.commons.configuration2.MapConfiguration;

/** Apache Commons Configuration 2. Values are kept as objects: texts would be parsed at every read. */
public class CommonsConfiguration extends TypedReadBenchmark {
  private volatile Configuration snapshot = new MapConfiguration(all());

  @Override
  int fps() {
    return snapshot.getInt("camera.fps");
  }

  @Override
  boolean enabled() {
    return snapshot.getBoolean("camera.enabled");
  }

  @Override
  String label() {
    return snapshot.getString("camera.label");
  }

  @Override
  Duration interval() {
    return snapshot.getDuration("camera.interval");
  }
}
