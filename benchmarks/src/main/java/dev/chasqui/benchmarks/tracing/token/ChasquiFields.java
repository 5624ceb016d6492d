package dev.chasqui.benchmarks.tracing.token;

import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.OpenTelemetry;
import java.util.HashMap;
import java.util.Map;

/** Ours, into a map and from it. */
public class ChasquiFields extends TokenBenchmark {
  private final Tracing tracing = Tracing.of("bench", OpenTelemetry.noop());

  @Override
  Object write() {
    Map<String, String> map = new HashMap<>();
    tracing.inject(map::put);
    return map;
  }

  @Override
  @SuppressWarnings("unchecked") // what write gave
  Object read(Object written) {
    return tracing.extract((Map<String, String>) written);
  }
}
