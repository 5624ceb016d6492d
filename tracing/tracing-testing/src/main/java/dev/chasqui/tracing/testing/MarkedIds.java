package dev.chasqui.tracing.testing;

import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Random ids of traces, all of which begin with the same digits: so one sees whose they are. */
final class MarkedIds implements IdGenerator {
  private final IdGenerator random = IdGenerator.random();
  private final String mark =
      String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt());

  @Override
  public String generateSpanId() {
    return random.generateSpanId();
  }

  @Override
  public String generateTraceId() {
    return mark + random.generateTraceId().substring(mark.length());
  }

  boolean areIn(String traceId) {
    return traceId.startsWith(mark);
  }
}
