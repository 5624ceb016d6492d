package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;

/** A span that was not sampled when it began, as if it had been. */
class SampledSpan extends DelegatingSpanData {
  private final SpanContext context;
  private final Attributes attributes;
  private final int attributesAdded;

  SampledSpan(SpanData span) {
    this(span, Attributes.empty());
  }

  /** With these attributes besides its own. */
  SampledSpan(SpanData span, Attributes added) {
    this(span, span.getSpanId(), added);
  }

  /** With another id too. */
  SampledSpan(SpanData span, String spanId, Attributes added) {
    super(span);
    SpanContext was = span.getSpanContext();
    byte flags = (byte) (was.getTraceFlags().asByte() | TraceFlags.getSampled().asByte());
    context = SpanContext.create(
        was.getTraceId(), spanId, TraceFlags.fromByte(flags), was.getTraceState());
    attributes = added.isEmpty()
        ? span.getAttributes()
        : span.getAttributes().toBuilder().putAll(added).build();
    attributesAdded = added.size();
  }

  @Override
  public SpanContext getSpanContext() {
    return context;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public int getTotalAttributeCount() {
    return super.getTotalAttributeCount() + attributesAdded;
  }
}
