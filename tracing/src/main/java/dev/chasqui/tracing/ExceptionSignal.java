package dev.chasqui.tracing;

/**
 * Where exceptions are recorded, as OpenTelemetry's {@code OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN} says it. Status and {@code
 * error.type} are set on the span whatever is chosen here.
 */
public enum ExceptionSignal {
  /** As an event of the span that it left. */
  SPAN_EVENT,
  /** As a log record that belongs to the span that it left: where OpenTelemetry is going. */
  LOG,
  /** As both, while one moves from the first to the second. */
  BOTH
}
