package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.InstrumentationLibraryInfo;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a span, as processors take it. */
final class EndedSpan implements ReadableSpan {
  private static final System.Logger LOG = System.getLogger(EndedSpan.class.getName());

  private final SpanData data;

  private EndedSpan(SpanData data) {
    this.data = data;
  }

  /**
   * Hands spans on, long after they ended. Whoever ends another one meanwhile has nothing to do with them, so what fails is
   * logged, and does not reach it.
   */
  static void handOn(List<? extends SpanData> spans, SpanProcessor next) {
    for (SpanData span : spans) {
      try {
        next.onEnd(new EndedSpan(span));
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, next + " failed on span " + span.getName(), e);
      }
    }
  }

  @Override
  public SpanContext getSpanContext() {
    return data.getSpanContext();
  }

  @Override
  public SpanContext getParentSpanContext() {
    return data.getParentSpanContext();
  }

  @Override
  public String getName() {
    return data.getName();
  }

  @Override
  public SpanData toSpanData() {
    return data;
  }

  @Override
  @Deprecated
  public InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
    return data.getInstrumentationLibraryInfo();
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return data.getInstrumentationScopeInfo();
  }

  @Override
  public boolean hasEnded() {
    return true;
  }

  @Override
  public long getLatencyNanos() {
    return data.getEndEpochNanos() - data.getStartEpochNanos();
  }

  @Override
  public SpanKind getKind() {
    return data.getKind();
  }

  @Override
  public <T> @Nullable T getAttribute(AttributeKey<T> key) {
    return data.getAttributes().get(key);
  }

  @Override
  public Attributes getAttributes() {
    return data.getAttributes();
  }

  @Override
  public String toString() {
    return data.toString();
  }
}
