package dev.chasqui.benchmarks.hierarchicalconfig.read;

import com.netflix.archaius.DefaultPropertyFactory;
import com.netflix.archaius.api.Property;
import com.netflix.archaius.api.PropertyRepository;
import com.netflix.archaius.config.MapConfig;
import java.time.Duration;

/** Netflix Archaius 2, by the property objects that it hands out: they cache what they parsed. */
public class Archaius extends TypedReadBenchmark {
  private final PropertyRepository properties =
      DefaultPropertyFactory.from(MapConfig.from(texts()));
  private final Property<Integer> fps = properties.get("camera.fps", Integer.class);
  private final Property<Boolean> enabled = properties.get("camera.enabled", Boolean.class);
  private final Property<String> label = properties.get("camera.label", String.class);
  private final Property<Duration> interval = properties.get("camera.interval", Duration.class);

  @Override
  int fps() {
    return fps.get();
  }

  @Override
  boolean enabled() {
    return enabled.get();
  }

  @Override
  String label() {
    return label.get();
  }

  @Override
  Duration interval() {
    return interval.get();
  }
}
