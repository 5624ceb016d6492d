package dev.chasqui.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The current span and its trace: fields, ids, and how they go along to other threads. For all that makes spans there is
 * {@link Tracing}.
 *
 * <p><b>Threads:</b> what is current is so on one thread. What {@link #keep} and {@link #threads} return takes along what is
 * current when it is made, or when a task is handed over.
 */
public final class Trace {
  /** What holds for all spans that are made in a context. */
  enum Mark {
    /** None are. */
    MUTED,
    /** They are sampled. */
    FORCED
  }

  private static final ContextKey<Mark> MARK = ContextKey.named("dev.chasqui.tracing.mark");

  private Trace() {}

  /** Sets a field on the current span; null sets nothing. */
  public static void field(String key, @Nullable String value) {
    if (value != null) {
      Span.current().setAttribute(key, value);
    }
  }

  /** Sets a field on the current span. */
  public static void field(String key, long value) {
    Span.current().setAttribute(key, value);
  }

  /** Sets a field on the current span. */
  public static void field(String key, double value) {
    Span.current().setAttribute(key, value);
  }

  /** Sets a field on the current span. */
  public static void field(String key, boolean value) {
    Span.current().setAttribute(key, value);
  }

  /** Sets a field on the current span; null sets nothing. */
  public static <T> void field(AttributeKey<T> key, @Nullable T value) {
    if (value != null) {
      Span.current().setAttribute(key, value);
    }
  }

  /** Returns the id of the current trace: 32 hexadecimal digits, empty if there is none. */
  public static String id() {
    SpanContext span = Span.current().getSpanContext();
    return span.isValid() ? span.getTraceId() : "";
  }

  /** Returns the id of the current span: 16 hexadecimal digits, empty if there is none. */
  public static String spanId() {
    SpanContext span = Span.current().getSpanContext();
    return span.isValid() ? span.getSpanId() : "";
  }

  /**
   * Does something without spans: what is done often and says nothing, such as looking for work. None are made by any {@link
   * Tracing}; nor by others if they ask a sampler that goes by the parent, as OpenTelemetry's own does.
   */
  public static <T extends @Nullable Object, X extends Throwable> T mute(Tracing.Call<T, X> body)
      throws X {
    return within(muted(), body);
  }

  /** Does something that has no result without any span. */
  public static <X extends Throwable> void mute(Tracing.Action<X> body) throws X {
    Trace.<@Nullable Void, X>mute(body.asCall());
  }

  /** The current trace if there is one, else another, that nobody samples. */
  private static Context muted() {
    Context context = Context.current().with(MARK, Mark.MUTED);
    SpanContext span = Span.fromContext(context).getSpanContext();
    if (span.isValid() && !span.isSampled()) {
      return context;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return context.with(Span.wrap(SpanContext.create(
        span.isValid() ? span.getTraceId() : TraceId.fromLongs(random.nextLong(), notZero(random)),
        span.isValid() ? span.getSpanId() : SpanId.fromLong(notZero(random)),
        TraceFlags.getDefault(),
        span.getTraceState())));
  }

  private static long notZero(ThreadLocalRandom random) {
    return random.nextLong() | 1;
  }

  /**
   * Does something that is sampled whatever the sampler would say, where that asks {@link #isForced} and nothing is muted. It goes along to
   * others as the flag of what is sampled.
   */
  public static <T extends @Nullable Object, X extends Throwable> T force(Tracing.Call<T, X> body)
      throws X {
    Context context = Context.current();
    return within(mark(context) == Mark.MUTED ? context : forced(context), body);
  }

  /** Does something that has no result, and is sampled. */
  public static <X extends Throwable> void force(Tracing.Action<X> body) throws X {
    Trace.<@Nullable Void, X>force(body.asCall());
  }

  /** Tells a sampler whether what is done in a context is to be sampled. */
  public static boolean isForced(Context context) {
    return context.get(MARK) == Mark.FORCED;
  }

  /** Tells a sampler whether what is done in a context is to make no spans, though the span above it may be recorded. */
  public static boolean isMuted(Context context) {
    return context.get(MARK) == Mark.MUTED;
  }

  /** Does something in another context than the current one. */
  static <T extends @Nullable Object, X extends Throwable> T within(
      Context context, Tracing.Call<T, X> body) throws X {
    Scope scope = context.makeCurrent();
    try {
      return body.call();
    } finally {
      scope.close();
    }
  }

  static @Nullable Mark mark(Context context) {
    return context.get(MARK);
  }

  static Context forced(Context context) {
    return context.with(MARK, Mark.FORCED);
  }

  /** Keeps what is current now for when it runs. */
  public static Runnable keep(Runnable body) {
    return Context.current().wrap(body);
  }

  /** Keeps what is current now for when it is called. A lambda with a result is one of these, not a {@link Runnable}. */
  public static <T> Callable<T> keep(Callable<T> body) {
    return Context.current().wrap(body);
  }

  /** Keeps what is current now for when it is applied: what follows on a future, whoever completes that. */
  public static <T, R> Function<T, R> keep(Function<T, R> body) {
    return Context.current().wrapFunction(body);
  }

  /** Keeps what is current now for when it is applied. */
  public static <T, U, R> BiFunction<T, U, R> keep(BiFunction<T, U, R> body) {
    return Context.current().wrapFunction(body);
  }

  /** Keeps what is current now for when it is asked. The name differs for lambdas fit several of these. */
  public static <T> Supplier<T> keepSupplier(Supplier<T> body) {
    return Context.current().wrapSupplier(body);
  }

  /** Keeps what is current now for when it accepts something. */
  public static <T> Consumer<T> keepConsumer(Consumer<T> body) {
    return Context.current().wrapConsumer(body);
  }

  /** Keeps what is current now for when it accepts something. */
  public static <T, U> BiConsumer<T, U> keepConsumer(BiConsumer<T, U> body) {
    return Context.current().wrapConsumer(body);
  }

  /** Each task keeps what is current when it is handed over. Wrapping twice is as once. */
  public static Executor threads(Executor executor) {
    if (executor instanceof ScheduledExecutorService scheduled) {
      return threads(scheduled);
    }
    if (executor instanceof ExecutorService service) {
      return threads(service);
    }
    return executor instanceof ContextExecutor ? executor : new ContextExecutor(executor);
  }

  /** Each task keeps what is current when it is handed over. Wrapping twice is as once. */
  public static ExecutorService threads(ExecutorService executor) {
    if (executor instanceof ScheduledExecutorService scheduled) {
      return threads(scheduled);
    }
    return executor instanceof ContextExecutorService
        ? executor
        : new ContextExecutorService(executor);
  }

  /**
   * Each task keeps what is current when it is handed over, those of a rate or delay too, each time. If each is to be a trace
   * of its own, see {@link Tracing#tick}. Wrapping twice is as once.
   */
  public static ScheduledExecutorService threads(ScheduledExecutorService executor) {
    return executor instanceof ContextScheduledExecutorService
        ? executor
        : new ContextScheduledExecutorService(executor);
  }

  /**
   * Each thread keeps what is current when it is made: for threads that do one task, as those of structured tasks. The
   * workers of a JDK's pool outlive the task they are made for, so they keep nothing; wrap the pool instead.
   */
  public static ThreadFactory threadFactory(ThreadFactory factory) {
    return factory instanceof ContextThreadFactory ? factory : new ContextThreadFactory(factory);
  }
}
