package dev.chasqui.tracing.sdk;

import dev.chasqui.tracing.Trace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets one span have so many sampled children of the same name, and makes one span of the rest: of a query in a loop, of ten
 * thousand elements of a batch. Its {@link #sampler} has those above the budget recorded only, so that what is below them is not
 * sampled either, here and in other processes, by all who go by the parent. As a processor it adds them up, and hands that on to
 * the next processor when the parent ends, before the parent: a span whose name ends in {@code (rolled up)}, from the start of the
 * first to the end of the last, with the fields {@code chasqui.rollup.name}, {@code chasqui.rollup.count}, {@code
 * chasqui.rollup.failed}, {@code chasqui.rollup.total_ms} and {@code chasqui.rollup.max_ms}. All else but its id is that of the
 * first that failed, with status and events, or else of the first.
 *
 * <p>Ids in names, as {@link CardinalityGuard} has them, do not make names differ. What is done in {@link Trace#force} is above no
 * budget: whoever forces a trace wants to see all of it. Only children that begin before their parent ends are counted. Those
 * that end after it are added up too, in another such span once all have ended.
 *
 * <p><b>Limits:</b> counted are 100 names below one parent, and the children of 10,000 parents at the same time. Further names
 * have no budget. With further parents, those are forgotten whose first child began first: what was added up goes on then, and
 * each that ends later by itself; and they may have as many children again.
 *
 * <p><b>Costs:</b> a lock for a moment when a sampled child begins, and when a sampled span ends. <b>Threads:</b> safe for any
 * number. <b>Errors:</b> what the next processor throws of what was added up is logged; of others it is as without this.
 */
public final class SpanBudget implements SpanProcessor {
  private static final int USUAL_CHILDREN =
      50; // a page of a list, and one sees that there are many
  private static final int MOST_NAMES = 100;
  private static final int MOST_PARENTS = 10_000;

  /** Of a span above the budget: the name that it is counted by. */
  private static final AttributeKey<String> COUNTED_AS =
      AttributeKey.stringKey("chasqui.rollup.name");

  private final SpanProcessor next;
  private final int maximumChildren;
  private final IdGenerator ids = IdGenerator.random();

  /**
   * By the ids of their parents, the one first whose first child began first. Guarded by this; invariant: at most {@link
   * #MOST_PARENTS} after every method, each of whom has not ended, or has children above the budget that have not. Nothing of
   * others is called meanwhile.
   */
  private final Map<String, Children> parents = new LinkedHashMap<>();

  /** Makes one of 50 children that hands spans on to {@code next}, which closes with it. */
  public SpanBudget(SpanProcessor next) {
    this(next, USUAL_CHILDREN);
  }

  /**
   * Makes one that hands spans on to {@code next}, which closes with it.
   *
   * @param maximumChildren of one span, with the same name, at least 1
   */
  public SpanBudget(SpanProcessor next, int maximumChildren) {
    if (maximumChildren < 1) {
      throw new IllegalArgumentException(
          "maximumChildren must be at least 1, was " + maximumChildren);
    }
    this.next = next;
    this.maximumChildren = maximumChildren;
  }

  /** Those of one span. */
  private static final class Children {
    final Map<String, Integer> counts = new HashMap<>();
    final Map<String, RollUp> rollUps = new LinkedHashMap<>();
    int open; // of those above the budget
    boolean hasParentEnded;

    List<RollUp> take() {
      List<RollUp> taken = List.copyOf(rollUps.values());
      rollUps.clear();
      return taken;
    }
  }

  /** Returns a sampler that has recorded only what is above the budget of what {@code otherwise} would sample. */
  public Sampler sampler(Sampler otherwise) {
    return new CountingSampler(otherwise);
  }

  private final class CountingSampler implements Sampler {
    private final Sampler otherwise;

    CountingSampler(Sampler otherwise) {
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
      Span above = Span.fromContext(parent);
      if (result.getDecision() != SamplingDecision.RECORD_AND_SAMPLE
          || !isCounted(above)
          || Trace.isForced(parent)) {
        return result;
      }
      String counted = Ids.without(name);
      boolean isWithin = begin(above.getSpanContext().getSpanId(), counted);
      if (!above.isRecording()) { // else its end, which may have come before, forgets this
        endParent(above.getSpanContext().getSpanId());
      }
      return isWithin
          ? result
          : new RecordedOnly(
              result,
              result.getAttributes().toBuilder().put(COUNTED_AS, counted).build());
    }

    private static boolean isCounted(Span parent) {
      SpanContext context = parent.getSpanContext();
      return context.isSampled() && !context.isRemote() && parent.isRecording();
    }

    @Override
    public String getDescription() {
      return "SpanBudget{" + maximumChildren + ", " + otherwise.getDescription() + "}";
    }

    @Override
    public String toString() {
      return getDescription();
    }
  }

  /** Says whether a child is within the budget. */
  private boolean begin(String parentId, String name) {
    Children forgotten = null;
    boolean isWithin;
    synchronized (this) {
      Children children = parents.get(parentId);
      if (children == null) {
        forgotten = parents.size() < MOST_PARENTS ? null : forgetOldest();
        children = new Children();
        parents.put(parentId, children);
      }
      isWithin = isWithin(children, name);
    }
    if (forgotten != null) {
      handOn(forgotten.take());
    }
    return isWithin;
  }

  private Children forgetOldest() {
    var oldest = parents.entrySet().iterator();
    Children children = oldest.next().getValue();
    oldest.remove();
    return children;
  }

  private boolean isWithin(Children children, String name) {
    Integer before = children.counts.get(name);
    if (before == null && children.counts.size() >= MOST_NAMES) {
      return true;
    }
    if (before != null && before >= maximumChildren) {
      children.open++;
      return false;
    }
    children.counts.put(name, before == null ? 1 : before + 1);
    return true;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    if (next.isStartRequired()) {
      next.onStart(parent, span);
    }
  }

  @Override
  public boolean isStartRequired() {
    return next.isStartRequired();
  }

  @Override
  public void onEnd(ReadableSpan span) {
    SpanContext context = span.getSpanContext();
    if (context.isSampled()) {
      endParent(context.getSpanId());
      next.onEnd(span);
      return;
    }
    String counted = span.getAttribute(COUNTED_AS);
    if (counted == null) {
      next.onEnd(span);
    } else {
      handOn(end(span.toSpanData(), counted));
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  private void endParent(String id) {
    handOn(takeOf(id));
  }

  /** Returns what the children of a span are together that ends. */
  private synchronized List<RollUp> takeOf(String parentId) {
    Children children = parents.get(parentId);
    if (children == null) {
      return List.of();
    }
    children.hasParentEnded = true;
    if (children.open == 0) {
      parents.remove(parentId);
    }
    return children.take();
  }

  /** Adds a child, and returns what is due for it is the last of a parent that has ended. */
  private synchronized List<RollUp> end(SpanData child, String name) {
    String parentId = child.getParentSpanId();
    Children children = parents.get(parentId);
    if (children == null || children.open == 0) { // its parent was forgotten since
      RollUp alone = new RollUp(name, child);
      alone.add(child);
      return List.of(alone);
    }
    children.rollUps.computeIfAbsent(name, n -> new RollUp(n, child)).add(child);
    children.open--;
    if (!children.hasParentEnded || children.open > 0) {
      return List.of();
    }
    parents.remove(parentId);
    return children.take();
  }

  private void handOn(List<RollUp> rollUps) {
    List<SampledSpan> spans = new ArrayList<>(rollUps.size());
    for (RollUp rollUp : rollUps) {
      spans.add(rollUp.span(ids.generateSpanId()));
    }
    EndedSpan.handOn(spans, next);
  }

  /** Parents that are not forgotten. */
  synchronized int size() {
    return parents.size();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return next.forceFlush();
  }

  /** Hands on what was added up so far, and shuts the next one down. */
  @Override
  public CompletableResultCode shutdown() {
    handOn(takeAll());
    return next.shutdown();
  }

  /** Does the same, and waits for it as the next one does. */
  @Override
  public void close() {
    handOn(takeAll());
    next.close();
  }

  private synchronized List<RollUp> takeAll() {
    List<RollUp> all = new ArrayList<>();
    parents.values().forEach(children -> all.addAll(children.take()));
    parents.clear();
    return all;
  }

  @Override
  public String toString() {
    return "SpanBudget{" + maximumChildren + ", " + next + "}";
  }
}
