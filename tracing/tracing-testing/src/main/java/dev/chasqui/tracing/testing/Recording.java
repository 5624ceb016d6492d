package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.testing.internal.ContextWatch;
import dev.chasqui.tracing.testing.internal.Place;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The spans of a test. Guarded by itself, and notified when one ends. */
final class Recording implements SpanProcessor {
  /** Of one test; what comes after them is counted only. */
  static final int MOST_SPANS = 20_000;

  private final MarkedIds ids;
  private final Map<String, OpenSpan> open = new LinkedHashMap<>();
  private final List<SpanData> ended = new ArrayList<>();
  private long leftOut;

  /**
   * A span that has not ended.
   *
   * @param at where it began
   */
  record OpenSpan(String name, Place at) {
    String told() {
      return "span '" + name + "' has not ended\n      begun " + at;
    }
  }

  Recording(MarkedIds ids) {
    this.ids = ids;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    if (!ids.take(span.getSpanContext().getTraceId())) {
      return; // what an earlier test began goes on
    }
    OpenSpan begun = new OpenSpan(span.getName(), ContextWatch.site());
    synchronized (this) {
      open.put(span.getSpanContext().getSpanId(), begun);
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    SpanData data = span.toSpanData();
    synchronized (this) {
      boolean isOfThisTest = open.remove(data.getSpanId()) != null;
      if (!isOfThisTest) {
        return; // of the one before, which said so
      }
      if (ended.size() < MOST_SPANS) {
        ended.add(data);
      } else {
        leftOut++;
      }
      notifyAll();
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  synchronized void clear() {
    open.clear();
    ended.clear();
    leftOut = 0;
  }

  synchronized List<SpanData> ended() {
    return List.copyOf(ended);
  }

  synchronized long leftOut() {
    return leftOut;
  }

  synchronized List<OpenSpan> open() {
    return List.copyOf(open.values());
  }

  /** Waits until something is there, for so long at most; asks each time that a span has ended, and at the end once more. */
  synchronized boolean await(Duration patience, Supplier<Boolean> isThere)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!isThere.get()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return isThere.get();
      }
      wait(Math.min(left, 50)); // not all of it shows in spans that end
    }
    return true;
  }
}
