package dev.chasqui.benchmarks.hierarchicalconfig.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;

/** Lightbend Config. A duration is kept as a number: a text would be parsed at every read. */
public class Lightbend extends TypedReadBenchmark {
  private volatile Config snapshot = ConfigFactory.parseMap(all());

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
