package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;

/** What another sampler said of a span, which is recorded and not sampled all the same. */
record RecordedOnly(SamplingResult otherwise, Attributes attributes) implements SamplingResult {
  @Override
  public SamplingDecision getDecision() {
    return SamplingDecision.RECORD_ONLY;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public TraceState getUpdatedTraceState(TraceState ofParent) {
    return otherwise.getUpdatedTraceState(ofParent);
  }
}
