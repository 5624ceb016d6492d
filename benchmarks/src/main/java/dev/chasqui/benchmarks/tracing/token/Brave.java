package dev.chasqui.benchmarks.tracing.token;

import brave.propagation.B3SingleFormat;
import brave.propagation.TraceContext;

/** Brave's single text, b3. */
public class Brave extends TokenBenchmark {
  private final TraceContext context = TraceContext.newBuilder()
      .traceIdHigh(1)
      .traceId(2)
      .spanId(3)
      .sampled(true)
      .build();

  @Override
  Object write() {
    return B3SingleFormat.writeB3SingleFormat(context);
  }

  @Override
  Object read(Object written) {
    Object read = B3SingleFormat.parseB3SingleFormat((String) written);
    return read == null ? "" : read;
  }
}
