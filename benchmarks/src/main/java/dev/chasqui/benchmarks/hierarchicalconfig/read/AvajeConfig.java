package dev.chasqui.benchmarks.hierarchicalconfig.read;

import io.avaje.config.Configuration;
import java.time.Duration;

/** avaje-config. It keeps texts, parses them at every read, and changes in place. */
public class AvajeConfig extends TypedReadBenchmark {
  private final Configuration configuration =
      Configuration.builder().putAll(texts()).build();

  @Override
  int fps() {
    return configuration.getInt("camera.fps");
  }

  @Override
  boolean enabled() {
    return configuration.getBool("camera.enabled");
  }

  @Override
  String label() {
    return configuration.get("camera.label");
  }

  @Override
  Duration interval() {
    return configuration.getDuration("camera.interval");
  }
}
