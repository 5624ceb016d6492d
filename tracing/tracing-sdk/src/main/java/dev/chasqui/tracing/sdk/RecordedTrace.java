package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The spans of one trace that have ended here. Those whose parent is not among them, as it is still under way or was made
 * elsewhere, stand beside the first.
 *
 * @param id 32 hexadecimal digits
 * @param spans not empty, in the order that they began
 */
public record RecordedTrace(String id, List<SpanData> spans) {
  /** Earlier first; of those that began at the same time the one that took longer. */
  private static final Comparator<SpanData> ORDER = Comparator.comparingLong(
          SpanData::getStartEpochNanos)
      .thenComparing(Comparator.comparingLong(SpanData::getEndEpochNanos).reversed());

  /**
   * Checks and sorts them.
   *
   * @throws IllegalArgumentException if there are none, or one is of another trace
   */
  public RecordedTrace {
    if (spans.isEmpty()) {
      throw new IllegalArgumentException("spans must not be empty");
    }
    for (SpanData span : spans) {
      if (!span.getTraceId().equals(id)) {
        throw new IllegalArgumentException(
            "spans must be of trace " + id + ", was of " + span.getTraceId());
      }
    }
    spans = spans.stream().sorted(ORDER).toList();
  }

  /** Says whether a span failed, by its status. */
  public static boolean isFailed(SpanData span) {
    return span.getStatus().getStatusCode() == StatusCode.ERROR;
  }

  /** Returns how many of its spans failed. */
  public long failures() {
    return spans.stream().filter(RecordedTrace::isFailed).count();
  }

  /** Returns the span of its first line, by whose name it goes. */
  public SpanData first() {
    return lines().get(0).span();
  }

  /**
   * A span and where it stands.
   *
   * @param depth how many there are above it
   */
  public record Line(SpanData span, int depth) {}

  /** Returns all spans, each followed by those below it. */
  public List<Line> lines() {
    Set<String> ids = new HashSet<>();
    spans.forEach(span -> ids.add(span.getSpanId()));
    Map<String, List<SpanData>> below = new HashMap<>();
    List<SpanData> first = new ArrayList<>();
    for (SpanData span : spans) {
      if (ids.contains(span.getParentSpanId())) {
        below.computeIfAbsent(span.getParentSpanId(), id -> new ArrayList<>()).add(span);
      } else {
        first.add(span);
      }
    }
    Set<SpanData> added = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Line> lines = new ArrayList<>();
    first.forEach(span -> add(span, below, added, lines));
    while (!below.isEmpty()) { // what is below itself, whoever made such ids
      String id = below.keySet().iterator().next();
      takeBelow(id, below).forEach(span -> add(span, below, added, lines));
    }
    return lines;
  }

  private static void add(
      SpanData first, Map<String, List<SpanData>> below, Set<SpanData> added, List<Line> lines) {
    Deque<Line> next = new ArrayDeque<>(); // not by recursion: some traces are deep
    next.push(new Line(first, 0));
    while (!next.isEmpty()) {
      Line line = next.pop();
      if (!added.add(line.span)) {
        continue;
      }
      lines.add(line);
      List<SpanData> children = takeBelow(line.span.getSpanId(), below);
      for (int i = children.size() - 1; i >= 0; i--) { // the first of them comes next
        next.push(new Line(children.get(i), line.depth + 1));
      }
    }
  }

  private static List<SpanData> takeBelow(String id, Map<String, List<SpanData>> below) {
    List<SpanData> children = below.remove(id);
    return children == null ? List.of() : children;
  }

  /** Returns when its first span began, as nanoseconds since 1970. */
  public long start() {
    return spans.get(0).getStartEpochNanos();
  }

  /** Returns when its last span ended, as nanoseconds since 1970. */
  public long end() {
    return spans.stream().mapToLong(SpanData::getEndEpochNanos).max().orElse(start());
  }
}
