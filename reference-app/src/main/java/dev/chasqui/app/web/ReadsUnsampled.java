package dev.chasqui.app.web;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import java.util.Set;

/**
 * Samples no request that only reads, unless its caller has it sampled: there are many, they would leave no room for the
 * changes, and one that fails or is slow is kept late. All else is as another sampler says.
 */
public final class ReadsUnsampled implements Sampler {
  static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final Set<String> READS = Set.of("GET", "HEAD");

  private final Sampler otherwise;

  public ReadsUnsampled(Sampler otherwise) {
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
    boolean isFirst = !Span.fromContext(parent).getSpanContext().isValid();
    String method = attributes.get(METHOD);
    return isFirst && method != null && READS.contains(method)
        ? SamplingResult.drop()
        : otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "ReadsUnsampled{" + otherwise.getDescription() + "}";
  }
}
