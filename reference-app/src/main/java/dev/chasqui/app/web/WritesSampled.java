package dev.chasqui.app.web;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples requests that change something, or whose caller has them sampled, as another sampler says; and at most 50 of them a
 * second. Most requests only read, anybody may say that theirs be sampled, and the memory for traces is for changes. What is
 * not sampled is kept late if it fails or is slow. All that is no request is as the other sampler says.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class WritesSampled implements Sampler {
  static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  private static final int MOST_A_SECOND = 50;
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");

  private final Sampler otherwise;
  private final LongSupplier nanoClock;
  private final AtomicReference<Count> count;

  /** How many there have been since a second began. */
  private record Count(long since, int requests) {
    private Count next(long now) {
      return now - since >= SECOND_NANOS ? new Count(now, 1) : new Count(since, requests + 1);
    }
  }

  /** @param nanoClock nanoseconds since any fixed moment, never going back */
  public WritesSampled(Sampler otherwise, LongSupplier nanoClock) {
    this.otherwise = otherwise;
    this.nanoClock = nanoClock;
    this.count = new AtomicReference<>(new Count(nanoClock.getAsLong(), 0));
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    String method = attributes.get(METHOD);
    if (method == null || kind != SpanKind.SERVER) {
      return otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
    }
    boolean isWanted = (WRITES.contains(method) && !isEvaluation(attributes.get(PATH)))
        || Span.fromContext(parent).getSpanContext().isSampled();
    if (!isWanted) {
      return SamplingResult.drop();
    }
    SamplingResult result = otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
    if (result.getDecision() != SamplingDecision.RECORD_AND_SAMPLE) {
      return result;
    }
    long now = nanoClock.getAsLong();
    return count.updateAndGet(before -> before.next(now)).requests > MOST_A_SECOND
        ? SamplingResult.drop()
        : result;
  }

  /** It is sent by POST, for the context in its body, and changes nothing. */
  private static boolean isEvaluation(@Nullable String path) {
    return path != null && path.contains("/ofrep/v1/evaluate/");
  }

  @Override
  public String getDescription() {
    return "WritesSampled{" + otherwise.getDescription() + "}";
  }
}
