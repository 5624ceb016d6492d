package dev.chasqui.tracing.sdk;

import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What there is of a trace at and below one local root, until it is decided. Spans that failed are the last to be left out, for
 * their sake it is kept. Guarded by the lock of the {@link LateKeep} that has it.
 */
final class LocalTrace {
  private final ReadableSpan begun;
  private final String traceId;
  private final String rootId;
  private final int maximumSpansBelow;
  private final Set<String> ids = new HashSet<>();
  private final Deque<SpanData> others = new ArrayDeque<>();
  private final List<SpanData> failed = new ArrayList<>();
  private @Nullable SpanData root;
  private @Nullable String kept;
  private boolean hasFailed;
  private long leftOut;

  /** @param maximumSpans that have ended, its root with them */
  LocalTrace(ReadableSpan root, int maximumSpans) {
    this.begun = root;
    this.traceId = root.getSpanContext().getTraceId();
    this.rootId = root.getSpanContext().getSpanId();
    this.maximumSpansBelow = maximumSpans - 1;
  }

  String traceId() {
    return traceId;
  }

  boolean hasRoot(SpanData span) {
    return span.getSpanId().equals(rootId);
  }

  /** Those of spans that have begun and are not left out. */
  Set<String> ids() {
    return ids;
  }

  boolean hasFailed() {
    return hasFailed;
  }

  /** Says why it is kept. */
  void keptAs(String reason) {
    kept = reason;
  }

  /** Null if it is not, or not decided. */
  @Nullable
  String kept() {
    return kept;
  }

  /** How long its root took; until that ends, how long it has been under way. */
  long nanos() {
    return root == null
        ? begun.getLatencyNanos()
        : root.getEndEpochNanos() - root.getStartEpochNanos();
  }

  /** Takes a span that has ended, and says the id of the one that is left out for it, which may be itself; or null. */
  @Nullable
  String take(SpanData span) {
    boolean isFailed = RecordedTrace.isFailed(span);
    hasFailed |= isFailed;
    if (hasRoot(span)) {
      root = span;
      return null;
    }
    boolean isFull = others.size() + failed.size() >= maximumSpansBelow;
    if (isFull && (!isFailed || others.isEmpty())) {
      return leaveOut(span);
    }
    String out = isFull ? leaveOut(others.removeLast()) : null;
    if (isFailed) {
      failed.add(span);
    } else {
      others.add(span);
    }
    return out;
  }

  private String leaveOut(SpanData span) {
    leftOut++;
    ids.remove(span.getSpanId());
    return span.getSpanId();
  }

  /** How many of the spans that ended. */
  long leftOut() {
    return leftOut;
  }

  /** All that have ended, the first of them its root or, if that has not, one that failed, if any. */
  List<SpanData> spans() {
    List<SpanData> spans = new ArrayList<>(1 + failed.size() + others.size());
    if (root != null) {
      spans.add(root);
    }
    spans.addAll(failed);
    spans.addAll(others);
    return spans;
  }
}
