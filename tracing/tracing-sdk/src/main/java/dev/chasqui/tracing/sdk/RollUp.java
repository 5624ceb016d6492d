package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;

/** Children of one span, with the same name, that are one span together. Guarded by the lock of the {@link SpanBudget} that has it. */
final class RollUp {
  private static final AttributeKey<Long> COUNT = AttributeKey.longKey("chasqui.rollup.count");
  private static final AttributeKey<Long> FAILED = AttributeKey.longKey("chasqui.rollup.failed");
  private static final AttributeKey<Double> TOTAL =
      AttributeKey.doubleKey("chasqui.rollup.total_ms");
  private static final AttributeKey<Double> LONGEST =
      AttributeKey.doubleKey("chasqui.rollup.max_ms");
  private static final double NANOS_OF_A_MILLISECOND = 1e6;

  private final String name;
  private SpanData example; // the first that failed, or else the first
  private long start = Long.MAX_VALUE;
  private long end = Long.MIN_VALUE;
  private long count;
  private long failed;
  private long totalNanos;
  private long longestNanos;

  RollUp(String name, SpanData first) {
    this.name = name;
    this.example = first;
  }

  void add(SpanData span) {
    if (RecordedTrace.isFailed(span)) {
      if (failed == 0) {
        example = span;
      }
      failed++;
    }
    long nanos = span.getEndEpochNanos() - span.getStartEpochNanos();
    count++;
    totalNanos += nanos;
    longestNanos = Math.max(longestNanos, nanos);
    start = Math.min(start, span.getStartEpochNanos());
    end = Math.max(end, span.getEndEpochNanos());
  }

  /** Once nothing is added any more. */
  SampledSpan span(String id) {
    return new Span(
        this,
        id,
        Attributes.builder()
            .put(COUNT, count)
            .put(FAILED, failed)
            .put(TOTAL, totalNanos / NANOS_OF_A_MILLISECOND)
            .put(LONGEST, longestNanos / NANOS_OF_A_MILLISECOND)
            .build());
  }

  private static final class Span extends SampledSpan {
    private final RollUp of;

    Span(RollUp of, String id, Attributes added) {
      super(of.example, id, added);
      this.of = of;
    }

    @Override
    public String getName() {
      return of.name + " (rolled up)";
    }

    @Override
    public long getStartEpochNanos() {
      return of.start;
    }

    @Override
    public long getEndEpochNanos() {
      return of.end;
    }

    @Override
    public StatusData getStatus() {
      return of.failed > 0 ? of.example.getStatus() : StatusData.unset();
    }
  }
}
