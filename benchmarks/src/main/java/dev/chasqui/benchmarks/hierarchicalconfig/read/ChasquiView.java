package dev.chasqui.benchmarks.hierarchicalconfig.read;

import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.LiveConfig;
import java.time.Duration;

/** Ours: one live view of four settings that fit together, as a record. */
public class ChasquiView extends TypedReadBenchmark {
  private final LiveConfig config = new LiveConfig(Chasqui.resolve());
  private final Live<Camera> camera = config.live(
      now -> new Camera(now.get(FPS), now.get(ENABLED), now.get(LABEL), now.get(INTERVAL)));

  private record Camera(int fps, boolean enabled, String label, Duration interval) {}

  @Override
  int fps() {
    return camera.get().fps();
  }

  @Override
  boolean enabled() {
    return camera.get().enabled();
  }

  @Override
  String label() {
    return camera.get().label();
  }

  @Override
  Duration interval() {
    return camera.get().interval();
  }
}
