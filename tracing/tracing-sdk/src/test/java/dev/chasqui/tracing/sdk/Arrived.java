package dev.chasqui.tracing.sdk;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Takes what is sampled, as exporters do. */
final class Arrived implements SpanProcessor {
  private final Queue<SpanData> spans = new ConcurrentLinkedQueue<>();
  private volatile boolean isClosed;

  /** In the order that they arrived. */
  List<SpanData> all() {
    return List.copyOf(spans);
  }

  List<String> names() {
    return spans.stream().map(SpanData::getName).toList();
  }

  SpanData named(String name) {
    List<SpanData> found =
        spans.stream().filter(span -> span.getName().equals(name)).toList();
    if (found.size() != 1) {
      throw new AssertionError("not one span " + name + " in " + names());
    }
    return found.get(0);
  }

  void clear() {
    spans.clear();
  }

  boolean isClosed() {
    return isClosed;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (span.getSpanContext().isSampled()) {
      spans.add(span.toSpanData());
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public void close() {
    isClosed = true;
  }
}
