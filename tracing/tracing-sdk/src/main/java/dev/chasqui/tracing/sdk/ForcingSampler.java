package dev.chasqui.tracing.sdk;

import dev.chasqui.tracing.Trace;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;

/**
 * Samples what is done in {@link Trace#force}, and all else as another sampler says. Others learn of it by the flag that goes along
 * with a trace, so only where it is forced need there be one of these.
 *
 * <p><b>Threads:</b> safe for any number, if the other is.
 */
public final class ForcingSampler implements Sampler {
  private final Sampler otherwise;

  /** Makes one that asks {@code otherwise} about all that is not forced. */
  public ForcingSampler(Sampler otherwise) {
    this.otherwise = otherwise;
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    return Trace.isForced(parent)
        ? SamplingResult.recordAndSample()
        : otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "ForcingSampler{" + otherwise.getDescription() + "}";
  }

  @Override
  public String toString() {
    return getDescription();
  }
}
