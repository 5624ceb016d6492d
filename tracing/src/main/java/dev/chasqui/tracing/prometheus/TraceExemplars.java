package dev.chasqui.tracing.prometheus;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import org.jspecify.annotations.Nullable;

/**
 * Tells Prometheus' client of the current span, so that histograms and counters show a trace for what they counted. With
 * Micrometer:
 *
 * <pre>{@code
 * new PrometheusMeterRegistry(config, new PrometheusRegistry(), Clock.SYSTEM, new TraceExemplars())
 * }</pre>
 *
 * <p>They are in the OpenMetrics format only. Prometheus before 2.43 refuses all metrics if ones that are neither of them have
 * exemplars; set {@code io.prometheus.exporter.exemplarsOnAllMetricTypes} to {@code false} for it.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class TraceExemplars implements io.prometheus.metrics.tracer.common.SpanContext {
  /** Makes one. */
  public TraceExemplars() {}

  private static SpanContext current() {
    return Span.current().getSpanContext();
  }

  @Override
  public @Nullable String getCurrentTraceId() {
    return current().isValid() ? current().getTraceId() : null;
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    return current().isValid() ? current().getSpanId() : null;
  }

  @Override
  public boolean isCurrentSpanSampled() {
    return current().isSampled();
  }

  @Override
  public void markCurrentSpanAsExemplar() {
    Span.current().setAttribute(EXEMPLAR_ATTRIBUTE_NAME, EXEMPLAR_ATTRIBUTE_VALUE);
  }
}
