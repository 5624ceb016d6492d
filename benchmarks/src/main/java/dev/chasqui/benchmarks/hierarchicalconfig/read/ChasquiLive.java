package dev.chasqui.benchmarks.hierarchicalconfig.read;

import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.LiveConfig;
import java.time.Duration;

/** Ours: live values in fields, as an application keeps them. */
public class ChasquiLive extends TypedReadBenchmark {
  private final LiveConfig config = new LiveConfig(Chasqui.resolve());
  private final Live<Integer> fps = config.live(FPS);
  private final Live<Boolean> enabled = config.live(ENABLED);
  private final Live<String> label = config.live(LABEL);
  private final Live<Duration> interval = config.live(INTERVAL);

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
