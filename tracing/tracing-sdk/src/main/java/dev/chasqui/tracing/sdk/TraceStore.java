package dev.chasqui.tracing.sdk;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The traces of the last while, in memory: those that are sampled, of which a span has ended here. Give it to an SDK as one of
 * its processors. When there are too many spans, those of the trace go whose last span ended longest ago; of a trace with
 * more spans than a trace may have, the later ones are left out.
 *
 * <p><b>Threads:</b> safe for any number; each span that ends takes a lock for a moment.
 */
public final class TraceStore implements SpanProcessor {
  private static final int SHORTEST_BEGINNING = 4;

  private final int maximumSpans;
  private final int maximumSpansOfATrace;
  private final Map<String, List<SpanData>> traces = new LinkedHashMap<>(); // guarded by this
  private int spans; // guarded by this

  /**
   * Makes one.
   *
   * @param maximumSpans of all traces, at least 1
   * @param maximumSpansOfATrace at least 1
   */
  public TraceStore(int maximumSpans, int maximumSpansOfATrace) {
    if (maximumSpans < 1 || maximumSpansOfATrace < 1) {
      throw new IllegalArgumentException(
          "maximumSpans and maximumSpansOfATrace must be at least 1, were " + maximumSpans + " and "
              + maximumSpansOfATrace);
    }
    this.maximumSpans = maximumSpans;
    this.maximumSpansOfATrace = Math.min(maximumSpansOfATrace, maximumSpans);
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
      add(span.toSpanData());
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  private synchronized void add(SpanData span) {
    List<SpanData> trace = traces.remove(span.getTraceId());
    if (trace == null) {
      trace = new ArrayList<>();
    }
    traces.put(span.getTraceId(), trace); // as the last
    if (trace.size() < maximumSpansOfATrace) {
      trace.add(span);
      spans++;
    }
    Iterator<List<SpanData>> oldest = traces.values().iterator();
    while (spans > maximumSpans && traces.size() > 1) {
      spans -= oldest.next().size();
      oldest.remove();
    }
  }

  /** Returns all, the one first whose last span ended last. */
  public List<RecordedTrace> recent() {
    Map<String, List<SpanData>> copies = new LinkedHashMap<>();
    synchronized (this) { // not for as long as sorting takes
      traces.forEach((id, found) -> copies.put(id, List.copyOf(found)));
    }
    List<RecordedTrace> recent = new ArrayList<>();
    copies.forEach((id, found) -> recent.add(new RecordedTrace(id, found)));
    Collections.reverse(recent);
    return List.copyOf(recent);
  }

  /** Finds a trace by its id or by the beginning of it, of at least 4 digits. Of several that begin so it is the last. */
  public Optional<RecordedTrace> find(String beginning) {
    if (beginning.length() < SHORTEST_BEGINNING) {
      return Optional.empty();
    }
    String id = "";
    List<SpanData> found = List.of();
    synchronized (this) {
      for (Map.Entry<String, List<SpanData>> trace : traces.entrySet()) {
        if (trace.getKey().startsWith(beginning)) {
          id = trace.getKey();
          found = trace.getValue();
        }
      }
      found = List.copyOf(found);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new RecordedTrace(id, found));
  }
}
