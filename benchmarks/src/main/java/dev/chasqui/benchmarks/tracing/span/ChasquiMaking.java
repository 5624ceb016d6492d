package dev.chasqui.benchmarks.tracing.span;

import dev.chasqui.tracing.TracingConfig;

/** Ours as it comes, making spans of what is not sampled too. */
public class ChasquiMaking extends Chasqui {
  @Override
  TracingConfig config() {
    return TracingConfig.DEFAULT;
  }
}
