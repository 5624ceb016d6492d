package dev.chasqui.benchmarks.hierarchicalconfig.read;

import java.time.Duration;

/** What nobody can undercut: a volatile field, and a component of the record in it. */
public class Floor extends TypedReadBenchmark {
  private volatile Values snapshot = new Values(30, true, "front left", Duration.ofSeconds(30));

  private record Values(int fps, boolean enabled, String label, Duration interval) {}

  @Override
  int fps() {
    return snapshot.fps();
  }

  @Override
  boolean enabled() {
    return snapshot.enabled();
  }

  @Override
  String label() {
    return snapshot.label();
  }

  @Override
  Duration interval() {
    return snapshot.interval();
  }
}
