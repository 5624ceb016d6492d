package dev.chasqui.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers {@code traceparent} and {@code tracestate} of <a href="https://www.w3.org/TR/trace-context-2/">W3C Trace
 * Context level 2</a>. Unlike OpenTelemetry's own it asks its getter for all values of a header: two parents are none,
 * several lists of states are one; it knows the keys of level 2; and what it cannot show in a {@link TraceState} goes on as
 * it came.
 *
 * <p>What cannot be read is as if it were not there. <b>Threads:</b> safe for any number.
 */
public final class TraceContextPropagator implements TextMapPropagator {
  static final String TRACEPARENT = "traceparent";
  static final String TRACESTATE = "tracestate";

  /** Makes one; it has no state. */
  public TraceContextPropagator() {}

  @Override
  public Collection<String> fields() {
    return List.of(TRACEPARENT, TRACESTATE);
  }

  @Override
  public <C> void inject(Context context, @Nullable C carrier, TextMapSetter<C> setter) {
    SpanContext span = Span.fromContext(context).getSpanContext();
    if (!span.isValid()) {
      return;
    }
    setter.set(carrier, TRACEPARENT, TraceParent.write(span));
    String state = state(context, span);
    if (!state.isEmpty()) {
      setter.set(carrier, TRACESTATE, state);
    }
  }

  /** What goes on as {@code tracestate}; empty if nothing does. */
  static String state(Context context, SpanContext span) {
    return TraceStateList.write(
        span.getTraceId(), span.getTraceState(), context.get(TraceStateList.KEY));
  }

  @Override
  public <C> Context extract(Context context, @Nullable C carrier, TextMapGetter<C> getter) {
    Iterator<String> parents = getter.getAll(carrier, TRACEPARENT);
    if (!parents.hasNext()) {
      return context;
    }
    String parent = parents.next();
    if (parents.hasNext()) {
      return context;
    }
    SpanContext span = TraceParent.read(parent);
    return span == null ? context : with(context, span, getter.getAll(carrier, TRACESTATE));
  }

  /** A context in which a span is current that came from elsewhere, with the states that came along. */
  static Context with(Context context, SpanContext span, Iterator<String> states) {
    if (!states.hasNext()) {
      return context.with(Span.wrap(span));
    }
    TraceStateList list = TraceStateList.read(span.getTraceId(), states);
    if (list == null) {
      return context.with(Span.wrap(span));
    }
    SpanContext withState = SpanContext.createFromRemoteParent(
        span.getTraceId(), span.getSpanId(), span.getTraceFlags(), list.known());
    return context.with(Span.wrap(withState)).with(TraceStateList.KEY, list);
  }

  @Override
  public String toString() {
    return "TraceContextPropagator";
  }
}
