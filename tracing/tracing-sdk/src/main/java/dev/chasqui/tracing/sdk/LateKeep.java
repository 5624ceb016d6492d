package dev.chasqui.tracing.sdk;

import dev.chasqui.tracing.Trace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps traces that nobody sampled, once it is known that they failed or were slow. Its {@link #sampler} has recorded
 * what another would drop; as a processor it puts that aside until its local root ends, which is the span above it whose parent
 * is none or elsewhere. If one of them failed, by its status, or the local root took too long, all go on to the next
 * processor as if they were sampled, and the root has a field {@code chasqui.kept}, which is {@code failed} or {@code slow}. What
 * is sampled goes straight on, and other processes keep theirs or not by themselves: they learned that the trace is not sampled.
 *
 * <p>Spans that end after their local root go on at once if their trace was kept, and else only if they failed themselves; so
 * does what begins then. Nothing is recorded in {@link Trace#mute}, or below a span that was not recorded itself.
 *
 * <p><b>Limits:</b> a trace with more spans than one may have leaves the later ones out, of those that failed only if there are
 * too many of these alone, and says how many on its root, as {@code chasqui.kept.left_out}. If there are too many in all, the
 * local root that began first is decided before it ended: what there is goes on if some of it failed or it took too long already, the field on one of those.
 * So spans that never end take room, and no more than that.
 *
 * <p><b>Costs:</b> every span is recorded, and takes a lock for a moment when it begins and when it ends: somewhat more than a
 * sampled one costs without its export. <b>Threads:</b> safe for any number. <b>Errors:</b> what the next processor throws
 * of a span that goes on late is logged; of one that goes straight on it is as without this.
 */
public final class LateKeep implements SpanProcessor {
  /**
   * What is kept, and how much is put aside for that.
   *
   * @param slow a local root that took longer has its trace kept; positive
   * @param maximumSpans of all traces, under way or put aside, at least 1; about 1 kB each, 16 kB with an exception
   * @param maximumSpansOfATrace that are put aside at and below one local root, at least 1 and not more than {@code
   *     maximumSpans}
   */
  public record Limits(Duration slow, int maximumSpans, int maximumSpansOfATrace) {
    /** Refuses what cannot be. */
    public Limits {
      if (slow.isNegative() || slow.isZero()) {
        throw new IllegalArgumentException("slow must be positive, was " + slow);
      }
      if (maximumSpans < 1) {
        throw new IllegalArgumentException("maximumSpans must be at least 1, was " + maximumSpans);
      }
      if (maximumSpansOfATrace < 1 || maximumSpansOfATrace > maximumSpans) {
        throw new IllegalArgumentException(
            "maximumSpansOfATrace must be 1 to maximumSpans, which is " + maximumSpans + ", was "
                + maximumSpansOfATrace);
      }
    }
  }

  private static final AttributeKey<String> KEPT = AttributeKey.stringKey("chasqui.kept");
  private static final AttributeKey<Long> LEFT_OUT = AttributeKey.longKey("chasqui.kept.left_out");
  private static final String FAILED = "failed";
  private static final String SLOW = "slow";

  /** Most traces that are known to have been kept, for what ends or begins after their root: about 100 B each. */
  private static final int REMEMBERED = 1_000;

  private final SpanProcessor next;
  private final Limits limits;

  /**
   * Those that are not decided, by the ids of their spans: of all that are under way or put aside. Guarded by this, as what
   * follows is. Invariant: after every method these are the ids of the undecided and no others, and at most as many as the limit
   * says. Nothing of others is called meanwhile, but the clock of a span.
   */
  private final Map<String, LocalTrace> traces = new HashMap<>();

  private final Set<LocalTrace> undecided = new LinkedHashSet<>(); // by when their root began
  private final Set<String> kept = new LinkedHashSet<>(); // ids of traces
  private long decidedEarly;

  /** Makes one that hands spans on to {@code next}, which closes with it. */
  public LateKeep(SpanProcessor next, Limits limits) {
    this.next = next;
    this.limits = limits;
  }

  /** Returns a sampler that has recorded what {@code otherwise} would drop, where it may be kept. */
  public Sampler sampler(Sampler otherwise) {
    return new RecordingSampler(otherwise);
  }

  private static final class RecordingSampler implements Sampler {
    private final Sampler otherwise;

    RecordingSampler(Sampler otherwise) {
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
      SamplingResult result =
          otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
      return result.getDecision() == SamplingDecision.DROP && mayBeKept(parent)
          ? new RecordedOnly(result, result.getAttributes())
          : result;
    }

    /** Where it begins a local root, or is below a span that is put aside. */
    private static boolean mayBeKept(Context parent) {
      if (Trace.isMuted(parent)) {
        return false;
      }
      Span span = Span.fromContext(parent);
      SpanContext above = span.getSpanContext();
      return !isLocal(above)
          || (!above.isSampled()
              && span instanceof ReadableSpan recorded // others, such as of who wants none, are not
              && !isPartOfSampled(recorded));
    }

    @Override
    public String getDescription() {
      return "LateKeep{" + otherwise.getDescription() + "}";
    }

    @Override
    public String toString() {
      return getDescription();
    }
  }

  private static boolean isLocal(SpanContext span) {
    return span.isValid() && !span.isRemote();
  }

  /** Of what is sampled, a part that somebody left out: there is nothing to keep late. */
  private static boolean isPartOfSampled(ReadableSpan span) {
    SpanContext parent = span.getParentSpanContext();
    return isLocal(parent) && parent.isSampled();
  }

  private static boolean isPutAside(ReadableSpan span) {
    return !span.getSpanContext().isSampled() && !isPartOfSampled(span);
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    if (next.isStartRequired()) {
      next.onStart(parent, span);
    }
    if (isPutAside(span)) {
      LocalTrace oldest = begin(span);
      if (oldest != null) {
        handOn(oldest);
      }
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  /** Returns the one that had to go for it, if any. */
  private synchronized @Nullable LocalTrace begin(ReadableSpan begun) {
    SpanContext span = begun.getSpanContext();
    SpanContext parent = begun.getParentSpanContext();
    LocalTrace trace;
    if (isLocal(parent)) {
      trace = traces.get(parent.getSpanId());
      if (trace == null) { // decided already: what becomes of this span is seen when it ends
        return null;
      }
    } else {
      trace = new LocalTrace(begun, limits.maximumSpansOfATrace());
      undecided.add(trace);
    }
    trace.ids().add(span.getSpanId());
    traces.put(span.getSpanId(), trace);
    if (traces.size() <= limits.maximumSpans()) {
      return null;
    }
    LocalTrace oldest = undecided.iterator().next(); // has a span at least
    decide(oldest);
    decidedEarly++;
    return oldest;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (!isPutAside(span)) {
      next.onEnd(span);
      return;
    }
    SpanData ended = span.toSpanData();
    LocalTrace trace = end(ended);
    if (trace == null) {
      handOnAlone(ended);
    } else if (trace.hasRoot(ended)) {
      handOn(trace);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  /** Returns the trace it is of, which is decided if this is its root; null if it was before. */
  private synchronized @Nullable LocalTrace end(SpanData span) {
    LocalTrace trace = traces.get(span.getSpanId());
    if (trace != null) {
      String leftOut = trace.take(span);
      if (leftOut != null) {
        traces.remove(leftOut);
      }
      if (trace.hasRoot(span)) {
        decide(trace);
      }
    }
    return trace;
  }

  /** From then on nobody else has it. */
  private void decide(LocalTrace trace) {
    undecided.remove(trace);
    traces.keySet().removeAll(trace.ids());
    if (trace.hasFailed()) {
      trace.keptAs(FAILED);
    } else if (Duration.ofNanos(trace.nanos()).compareTo(limits.slow()) > 0) {
      trace.keptAs(SLOW);
    } else {
      return;
    }
    if (kept.add(trace.traceId()) && kept.size() > REMEMBERED) {
      Iterator<String> first = kept.iterator();
      first.next();
      first.remove();
    }
  }

  private void handOn(LocalTrace decided) {
    String reason = decided.kept();
    if (reason == null) {
      return;
    }
    AttributesBuilder said = Attributes.builder().put(KEPT, reason);
    if (decided.leftOut() > 0) {
      said.put(LEFT_OUT, decided.leftOut());
    }
    List<SampledSpan> spans = new ArrayList<>();
    for (SpanData span : decided.spans()) {
      spans.add(new SampledSpan(span, spans.isEmpty() ? said.build() : Attributes.empty()));
    }
    EndedSpan.handOn(spans, next);
  }

  /** Of a trace that was decided before it ended. */
  private void handOnAlone(SpanData span) {
    boolean isOfKept;
    synchronized (this) {
      isOfKept = kept.contains(span.getTraceId());
    }
    if (isOfKept) {
      EndedSpan.handOn(List.of(new SampledSpan(span)), next);
    } else if (RecordedTrace.isFailed(span)) {
      EndedSpan.handOn(List.of(new SampledSpan(span, Attributes.of(KEPT, FAILED))), next);
    }
  }

  /**
   * Returns how many local roots were decided before they ended since this was made. If it grows, there are more spans at the same
   * time than the limit says, or some that never end.
   */
  public synchronized long decidedEarly() {
    return decidedEarly;
  }

  /** Spans that are under way or put aside. */
  synchronized int size() {
    return traces.size();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return next.forceFlush();
  }

  /** Hands on what has failed or is slow of what is under way, and shuts the next one down. */
  @Override
  public CompletableResultCode shutdown() {
    decideAll().forEach(this::handOn);
    return next.shutdown();
  }

  /** Does the same, and waits for it as the next one does. */
  @Override
  public void close() {
    decideAll().forEach(this::handOn);
    next.close();
  }

  private synchronized List<LocalTrace> decideAll() {
    List<LocalTrace> all = List.copyOf(undecided);
    all.forEach(this::decide);
    return all;
  }

  @Override
  public String toString() {
    return "LateKeep{" + limits + ", " + next + "}";
  }
}
